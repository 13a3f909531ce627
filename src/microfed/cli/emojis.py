"""`microfed emoji …`: the small pictures with a name that this place gives."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database, read_settings
from microfed.errors import Refused, TryLater
from microfed.house import House
from microfed.media.limits import MOST_EMOJI_BYTES
from microfed.operations.emojis import (
    add_emoji,
    clean_shortcode,
    find_emoji_elsewhere,
    remove_emoji,
)
from microfed.queries.files import our_emojis
from microfed.uploading import make_picture

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]


@app.command("add")
def add(
    name: str,
    picture: Annotated[Path | None, typer.Argument(help="A PNG, GIF or WebP file.")] = None,
    of: Annotated[
        str, typer.Option("--of", help="Copy the emoji of that name seen in posts of a server.")
    ] = "",
    category: str = "",
    as_json: Json = False,
) -> None:
    """Give an emoji, from a file or as another server has it."""
    if (picture is None) == (not of):
        typer.echo("microfed: give either a picture or --of SERVER", err=True)
        raise typer.Exit(2)
    settings = read_settings()
    with open_database(settings):
        # The whole server: too much to load for commands that only look something up.
        from microfed.app import open_house  # noqa: PLC0415

        house = open_house(settings)
        try:
            url = asyncio.run(_add(house, clean_shortcode(name), picture, of, category or None))
        except (Refused, TryLater) as refused:
            typer.echo(f"microfed: {refused}", err=True)
            raise typer.Exit(1) from None
        finally:
            house.db.close()
    if as_json:
        say_json({"shortcode": clean_shortcode(name), "url": url})
    else:
        say(f":{clean_shortcode(name)}: is at {url}")


@app.command("remove")
def remove(name: str, as_json: Json = False) -> None:
    """Give an emoji no more."""
    try:
        with open_database() as db, db.writing() as tx:
            remove_emoji(tx, by=None, shortcode=name)
    except Refused as refused:
        raise fail(refused) from None
    say_json({"removed": name.strip(":")}) if as_json else say(f":{name.strip(':')}: is gone")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show the emojis of this place."""
    with open_database() as db, db.reading() as tx:
        found = [(emoji.shortcode, emoji.category, emoji.url) for emoji in our_emojis(tx)]
    if as_json:
        keys = ("shortcode", "category", "url")
        say_json({"emojis": [dict(zip(keys, row, strict=True)) for row in found]})
        return
    for shortcode, category, url in found:
        say(f":{shortcode}:  {category or ''}  {url}")
    if not found:
        say("No emojis yet: microfed emoji add NAME PICTURE")


async def _add(house: House, name: str, picture: Path | None, of: str, category: str | None) -> str:
    with tempfile.TemporaryDirectory(prefix="microfed-emoji-") as folder:
        source = picture or Path(folder) / "emoji"
        try:
            if picture is None:
                await _fetch(house, name, of, source)
            file = await make_picture(house, source.resolve(), "emoji")
        finally:
            await house.web.close()
    add_it = partial(add_emoji, by=None, shortcode=name, file=file, category=category)
    return await house.db.write(lambda tx: add_it(tx).url)


async def _fetch(house: House, name: str, host: str, into: Path) -> None:
    url = await house.db.read(lambda tx: find_emoji_elsewhere(tx, shortcode=name, host=host))
    answer = await house.web.get(url, accept="image/*", max_bytes=MOST_EMOJI_BYTES, into=into)
    if not answer.is_success:
        raise TryLater(f"{host} does not give this emoji now")
