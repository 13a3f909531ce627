"""`microfed handover`: everything that whoever comes after needs, in one folder or one file."""

import asyncio
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated

import typer

from microfed import clock
from microfed.cli.printing import fail, say, say_json
from microfed.cli.safe import bare_database, progress, read_passphrase
from microfed.cli.starting import read_settings
from microfed.errors import Invalid, Refused
from microfed.handing_over import as_markdown, points
from microfed.keeping.backup import make_backup
from microfed.keeping.doctor import STAMP, last_backup
from microfed.keeping.shelf import name_for
from microfed.queries.handover import handover
from microfed.settings import Settings
from microfed.storage import open_storage
from microfed.store.database import Database
from microfed.words import all_words

NAMES = {"en": "handover.md", "fr": "passation.md"}


def handover_command(
    target: Annotated[Path, typer.Argument(help="A folder to fill, or a file: name.zip.")],
    encrypt: Annotated[
        Path, typer.Option("--encrypt", help="A file whose first line is the passphrase.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on the last line.")
    ] = False,
) -> None:
    """Write a sealed backup, and the list of what is to be handed over in French and English."""
    settings = read_settings()
    work = settings.data.resolve() / "backups"
    try:
        passphrase = read_passphrase(encrypt)
        is_file = target.suffix == ".zip"
        if target.exists() and (is_file or not target.is_dir() or any(target.iterdir())):
            raise Invalid(f"{target} is there already: nothing is written over")
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".handover-", dir=work) as within:
            folder = Path(within) if is_file else target
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with bare_database(settings) as db, progress(as_json) as tell:
                backup = folder / name_for(settings.host, clock.now(), is_sealed=True)
                kept = asyncio.run(
                    make_backup(
                        db,
                        open_storage(settings.storage),
                        backup,
                        work=work,
                        passphrase=passphrase,
                        tell=tell,
                    )
                )
                (work / STAMP).touch()
                still = _write_lists(settings, db, folder)
            if is_file:
                _pack(folder, target)
    except Refused as refused:
        raise fail(refused) from None
    except OSError as error:
        raise fail(Invalid(f"it could not be written: {error}")) from None
    if as_json:
        say_json({"target": str(target), "backup": backup.name, "rows": kept.rows, "open": still})
        return
    say(f"{target}: {backup.name}, {', '.join(NAMES.values())}")
    say(f"{len(still)} things are open:" if still else "Nothing is open that the place sees.")
    for words in still:
        say(f"  {words}")


def _write_lists(settings: Settings, db: Database, folder: Path) -> list[str]:
    """Write the lists; return what is still open, in English."""
    now = clock.now()
    with db.reading() as tx:
        found = handover(tx)
    all_ = points(settings, found, backup_at=last_backup(settings), now=now)
    for language, name in NAMES.items():
        text = as_markdown(
            all_, all_words()[language], place=settings.title, host=settings.host, now=now
        )
        (folder / name).write_text(text, encoding="utf-8")
    english = all_words()["en"]
    return [point.say(english) for point in all_ if point.state == "open"]


def _pack(folder: Path, target: Path) -> None:
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        # Whoever else works on this machine does not read it meanwhile.
        with (
            os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
            zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive,
        ):
            for path in sorted(folder.iterdir()):
                archive.write(path, path.name)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
