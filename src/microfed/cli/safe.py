"""`microfed backup`, `restore` and `verify`: so that nothing is ever lost."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from microfed import clock
from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import read_settings
from microfed.disks import is_of_the_disk, try_to_write
from microfed.errors import Invalid, Refused
from microfed.here import Here
from microfed.keeping.backup import Kept, Tell, make_backup, make_folder
from microfed.keeping.doctor import STAMP
from microfed.keeping.restore import check_backup, is_equal, make_findable_again, restore
from microfed.keeping.shelf import Folder, make_room, name_for, open_shelf
from microfed.settings import Settings
from microfed.storage import open_storage
from microfed.store.database import Database
from microfed.store.migrate import migrate

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
Passphrase = Annotated[
    Path | None, typer.Option("--decrypt", help="A file whose first line is the passphrase.")
]
_DOING = {
    "database": "Database",
    "media": "Media",
    "words": "Search",
    "written": "Writing",
    "checked": "Checking",
}


def backup(
    file: Annotated[Path | None, typer.Argument(help="The file to write.")] = None,
    to: Annotated[str, typer.Option("--to", help="A folder, or s3://bucket/prefix.")] = "",
    keep: Annotated[int, typer.Option("--keep", min=1, help="How many to keep there.")] = 7,
    encrypt: Annotated[
        Path | None, typer.Option("--encrypt", help="A file whose first line is a passphrase.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put by everything: database and media of one moment, while the server goes on."""
    settings = read_settings()
    if file is not None and to:
        raise fail(Invalid("give a file or --to, not both"))
    try:
        passphrase = read_passphrase(encrypt)
        shelf = open_shelf(to or str(settings.data / "backups"))
        usual = settings.data.resolve() / "backups"
        meant = file.parent if file else shelf.folder if isinstance(shelf, Folder) else None
        work = _workplace(usual, meant)
        folder = shelf.folder if isinstance(shelf, Folder) else work
        name = name_for(settings.host, clock.now(), is_sealed=bool(passphrase))
        target = file or folder / name
        with bare_database(settings) as db, progress(as_json) as tell:
            kept = asyncio.run(
                make_backup(
                    db,
                    open_storage(settings.storage),
                    target,
                    work=work,
                    passphrase=passphrase,
                    tell=tell,
                )
            )
        where, gone = str(target), list[str]()
        if file is None:
            where = shelf.put(target)
            if not isinstance(shelf, Folder):
                target.unlink()
            gone = make_room(shelf, settings.host, keep)
        if work == usual:
            (work / STAMP).touch()
    except Refused as refused:
        raise fail(refused) from None
    except OSError as error:
        raise fail(Invalid(f"the backup could not be written: {error}")) from None
    if as_json:
        say_json({"file": where, "deleted": gone, **asdict(kept)})
        return
    say(f"{where}: {kept.rows} rows, {kept.files} files of {kept.bytes / 1e6:.1f} MB")
    _tell_missing(kept)
    for name in gone:
        say(f"deleted, to keep {keep}: {name}")


def _workplace(usual: Path, meant: Path | None) -> Path:
    """Return where to work: on a disk that is full or dying nothing can be written any more, and
    just then a backup elsewhere is what saves a place."""
    try:
        make_folder(usual)
        try_to_write(usual)
    except OSError as error:
        if not is_of_the_disk(error):
            raise
    else:
        return usual
    return Path(tempfile.gettempdir()) if meant is None else meant.resolve()


def restore_command(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    verify: Annotated[bool, typer.Option("--verify", help="Read all once more after.")] = False,
    decrypt: Passphrase = None,
    as_json: Json = False,
) -> None:
    """Make a place of a backup, where there is none: in an empty database and folder."""
    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    is_same = None
    try:
        passphrase = read_passphrase(decrypt)
        storage = open_storage(settings.storage)
        with progress(as_json) as tell:
            kept, url = check_backup(file, passphrase=passphrase, tell=tell)
            if url != settings.url:
                raise Invalid(
                    f"this is the backup of {url}: set MICROFED_URL to it, for an address is part"
                    " of every member's name"
                )
            asyncio.run(
                restore(
                    file,
                    url=settings.database,
                    storage=storage,
                    work=settings.data.resolve() / "backups",
                    passphrase=passphrase,
                    tell=tell,
                )
            )
            if verify:
                with bare_database(settings) as db:
                    is_same = asyncio.run(is_equal(kept, file, db, storage, passphrase))
            migrate(settings.database)
            with bare_database(settings) as db:
                make_findable_again(db, tell)
    except Refused as refused:
        raise fail(refused) from None
    if as_json:
        say_json({"equal": is_same, **asdict(kept)})
    else:
        say(f"restored {kept.rows} rows and {kept.files - len(kept.missing)} files")
        _tell_missing(kept)
        if is_same:
            say("read once more: database and media are what the backup holds")
    if is_same is False:
        raise fail(Invalid("what was restored is not what the backup holds"))


def verify(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    decrypt: Passphrase = None,
    as_json: Json = False,
) -> None:
    """Check that a backup is whole and can be read, without restoring it."""
    try:
        with progress(as_json) as tell:
            kept, url = check_backup(file, passphrase=read_passphrase(decrypt), tell=tell)
    except Refused as refused:
        raise fail(refused) from None
    if as_json:
        say_json({"url": url, **asdict(kept)})
        return
    say(f"whole: {url}, {kept.rows} rows, {kept.files} files of {kept.bytes / 1e6:.1f} MB")
    _tell_missing(kept)


def _tell_missing(kept: Kept) -> None:
    for key in kept.missing:
        say(f"was missing or broken in the storage already: {key}")


def read_passphrase(file: Path | None) -> str:
    """Return the first line of a file; empty without one. Invalid when it is too short."""
    if file is None:
        return ""
    try:
        words = file.read_text().partition("\n")[0].strip()
    except OSError as error:
        raise Invalid(f"the passphrase cannot be read: {error}") from None
    if len(words) < 12:
        raise Invalid("a passphrase has at least 12 letters: take five words that do not belong")
    return words


@contextmanager
def bare_database(settings: Settings) -> Iterator[Database]:
    """Open the database as it stands: a backup is made before an upgrade, not after."""
    here = Here(settings.url, settings.handle_host, settings.federation, settings.media_url)
    db = Database(settings.database, here)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def progress(is_quiet: bool) -> Iterator[Tell]:
    """Show how far it is, on the error output, so that scripts read the other one."""
    # Only these commands show progress.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), disable=is_quiet, transient=True) as bar:
        shown = {}

        def tell(what: str, more: int, of: int) -> None:
            if what not in shown:
                shown[what] = bar.add_task(_DOING[what], total=of or None)
            bar.update(shown[what], advance=more)

        yield tell
