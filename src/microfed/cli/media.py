"""`microfed media …`: whether all files are there and whole, and moving them to another storage."""

import asyncio
import hashlib
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database, read_settings
from microfed.errors import Invalid, Refused
from microfed.queries.files import KeptFile, bytes_by_kind, files_after
from microfed.storage import RAW, Storage, open_storage
from microfed.store.database import Database

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
AT_ONCE = 4
_CHUNK = 1 << 20


@app.command("sizes")
def sizes(as_json: Json = False) -> None:
    """Show how many bytes are kept, by what they are."""
    with open_database() as db, db.reading() as tx:
        found = bytes_by_kind(tx)
    if as_json:
        say_json({"bytes": found})
        return
    for kind, size in sorted(found.items()):
        say(f"{kind:<10} {size / 1_000_000:>10.1f} MB")
    if not found:
        say("No files yet.")


@app.command("verify")
def verify(
    delete_strays: Annotated[
        bool, typer.Option("--delete-strays", help="Delete files that nothing knows of.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check that every file is there and whole; end with 1 when one is not."""
    settings = read_settings()
    storage = _storage(settings.storage)
    with open_database(settings) as db:
        known = list(_all_files(db))
        broken: list[str] = []

        async def check(file: KeptFile) -> None:
            if not await _is_whole(storage, file):
                broken.append(file.key)

        asyncio.run(_each("Checking", known, check, as_json))
        strays = asyncio.run(_strays(storage, {file.key for file in known}, delete_strays))
    if as_json:
        say_json({"files": len(known), "broken": sorted(broken), "strays": strays})
    else:
        say(f"{len(known)} files, {len(broken)} missing or broken, {len(strays)} known to nobody")
        for key in sorted(broken):
            say(f"broken: {key}")
    if broken:
        raise typer.Exit(1)


@app.command("move")
def move(
    to: Annotated[str, typer.Option("--to", help="file:///folder or s3://bucket/prefix?endpoint=")],
    as_json: Json = False,
) -> None:
    """Copy every file to another storage, and check each. May be broken off and begun again.

    Then set STORAGE_URL to it and start anew; what is in the old place may be deleted afterwards.
    """
    settings = read_settings()
    source, target = _storage(settings.storage), _storage(to)
    if settings.storage == to:
        raise fail(Invalid("the files are there already"))
    copied, lost = 0, []

    async def copy(file: KeptFile) -> None:
        nonlocal copied
        # What a broken-off run has left is not copied again, but read all the same.
        if await target.size(file.key) == file.bytes and await _is_whole(target, file):
            return
        with tempfile.TemporaryDirectory(prefix="microfed-move-") as folder:
            path = Path(folder) / "file"
            try:
                await source.fetch(file.key, path)
            except FileNotFoundError:
                lost.append(file.key)
                return
            await target.put(file.key, path)
        if not await _is_whole(target, file):
            lost.append(file.key)
            return
        copied += 1

    with open_database(settings) as db:
        files = list(_all_files(db))
        asyncio.run(_each("Moving", files, copy, as_json))
    if as_json:
        say_json({"files": len(files), "copied": copied, "lost": sorted(lost)})
    else:
        say(f"{len(files)} files, {copied} copied now, {len(lost)} missing or broken")
        say(f"Now set MICROFED_STORAGE_URL={to} and start the server anew.")
    if lost:
        raise typer.Exit(1)


def _storage(url: str) -> Storage:
    try:
        return open_storage(url)
    except ValueError as error:
        raise fail(Invalid(str(error))) from None
    except ImportError:
        raise fail(Invalid("for s3:// install microfed with the extra [s3]")) from None
    except Refused as refused:
        raise fail(refused) from None


def _all_files(db: Database) -> Iterator[KeptFile]:
    last = ""
    while True:
        with db.reading() as tx:
            portion = files_after(tx, last)
        if not portion:
            return
        yield from portion
        last = portion[-1].key


async def _each(
    what: str, files: list[KeptFile], work: Callable[[KeptFile], Awaitable[None]], is_quiet: bool
) -> None:
    # Only these commands show progress.
    from rich.progress import Progress  # noqa: PLC0415

    waiting = iter(files)
    with Progress(disable=is_quiet, transient=True) as progress:
        task = progress.add_task(what, total=len(files))

        async def some() -> None:
            for file in waiting:
                await work(file)
                progress.advance(task)

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))


async def _is_whole(storage: Storage, file: KeptFile) -> bool:
    if await storage.size(file.key) != file.bytes:
        return False
    digest = hashlib.sha256()
    async for piece in storage.read(file.key, 0, file.bytes):
        digest.update(piece)
    return digest.hexdigest() == file.sha256


async def _strays(storage: Storage, known: set[str], delete: bool) -> list[str]:
    """Return files that no row knows. An upload may be about to get its row: it is left alone."""
    found = [
        key async for key in storage.all_keys() if key not in known and not key.endswith(f".{RAW}")
    ]
    if delete:
        for key in found:
            await storage.delete(key)
    return found
