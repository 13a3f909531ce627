"""`microfed place …`: what an admin decides about the place, as at the desk."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database
from microfed.errors import Refused
from microfed.operations.place import (
    choose_federation,
    choose_registration,
    write_at_length,
    write_rules,
)
from microfed.queries.place import (
    federation_mode,
    registration_mode,
    rules_in,
    words_of_the_place,
)
from microfed.store.database import Tx

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
TextFile = Annotated[Path, typer.Argument(help="A text file in UTF-8.")]


@app.command("show")
def show(as_json: Json = False) -> None:
    """Show whom this place speaks with, how one comes in, and the rules."""
    with open_database() as db, db.reading() as tx:
        said = {
            "federation": federation_mode(tx),
            "registration": registration_mode(tx),
            "rules": [text for _, text in rules_in(words_of_the_place(tx))],
        }
    if as_json:
        say_json(said)
        return
    say(f"federation    {said['federation']}")
    say(f"registration  {said['registration']}")
    for number, rule in enumerate(said["rules"], start=1):
        say(f"rule {number}        {rule}")


@app.command("federation")
def federation(
    mode: Annotated[str, typer.Argument(help="open, allowlist, ring or closed")],
    as_json: Json = False,
) -> None:
    """Speak with every server, with listed ones, with allies alone, or with nobody."""
    _do(lambda tx: choose_federation(tx, by=None, mode=mode), {"federation": mode}, as_json)


@app.command("registration")
def registration(
    mode: Annotated[str, typer.Argument(help="invite, approval, open or closed")],
    as_json: Json = False,
) -> None:
    """Let people in by invitation, after a look, all of them, or nobody."""
    _do(lambda tx: choose_registration(tx, by=None, mode=mode), {"registration": mode}, as_json)


@app.command("rules")
def rules(file: TextFile, as_json: Json = False) -> None:
    """Take the rules from a file, one on each line."""
    lines = _text(file).splitlines()
    _do(lambda tx: write_rules(tx, by=None, rules=lines), {"rules": len(lines)}, as_json)


@app.command("about")
def about(file: TextFile, as_json: Json = False) -> None:
    """Take what this place says about itself from a file."""
    _write("extended_description", file, as_json)


@app.command("privacy")
def privacy(file: TextFile, as_json: Json = False) -> None:
    """Take what this place adds about what it keeps of people from a file."""
    _write("privacy_policy", file, as_json)


def _write(name: str, file: Path, as_json: bool) -> None:
    text = _text(file)
    _do(lambda tx: write_at_length(tx, by=None, name=name, text=text), {name: len(text)}, as_json)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        typer.echo(f"microfed: {file} cannot be read: {error}", err=True)
        raise typer.Exit(1) from None


def _do(work: Callable[[Tx], None], said: dict[str, object], as_json: bool) -> None:
    try:
        with open_database() as db, db.writing() as tx:
            work(tx)
    except Refused as refused:
        raise fail(refused) from None
    if as_json:
        say_json(said)
    else:
        say(", ".join(f"{name}: {value}" for name, value in said.items()))
