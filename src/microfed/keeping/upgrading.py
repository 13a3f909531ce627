"""Bringing a place to this version: what was there is put by first, and stays when it fails."""

import gzip
import logging
import os
import sqlite3
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from microfed.errors import Invalid
from microfed.keeping.backup import make_folder
from microfed.keeping.filesystems import network_of
from microfed.settings import Settings
from microfed.store.dump import dump
from microfed.store.engines import for_reading
from microfed.store.migrate import HEAD, migrate

log = logging.getLogger(__name__)
_OF_THE_FILE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CORRUPT,
}


def upgrade(settings: Settings) -> None:
    """Bring the database to the shape this version expects; Invalid, and nothing changed, if not.

    The migration is one transaction: killed or failed, the database is as it was. The copy beside
    is for what nobody thought of, and for who wants the version before back.
    """
    must_be_on_this_machine(settings.database)

    def put_by(engine: Engine, revision: str) -> None:
        keep_before(engine, settings.data.resolve() / "backups", revision)

    try:
        migrate(settings.database, before=put_by)
    except OperationalError as error:
        if (why := why_it_is_away(error, settings)) is None:
            raise _failed(error) from error
        raise Invalid(why) from error
    except (SQLAlchemyError, RuntimeError, OSError) as error:
        raise _failed(error) from error


def make_data_folder(settings: Settings) -> None:
    """Have the folder of the data; Invalid, with how to mend it, where it cannot be."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Invalid(
            f"the folder {settings.data} cannot be made ({error.strerror}): let MICROFED_DATA name"
            " one that the user the server runs as may write in"
        ) from error


def why_it_is_away(error: OperationalError, settings: Settings) -> str | None:
    """Return what is the matter with a database that cannot be opened or written, and its mend;
    None when the question was wrong, and not the place it was asked."""
    said = str(error.orig).splitlines()[0] if str(error.orig) else "it does not say why"
    if isinstance(error.orig, sqlite3.OperationalError):
        if error.orig.sqlite_errorcode & 0xFF not in _OF_THE_FILE:
            return None
        path = make_url(settings.database).database
        return (
            f"the database {path} cannot be opened for writing ({said}): let its folder and all in"
            " it belong to the user the server runs as, and make room on its disk"
        )
    if getattr(error.orig, "sqlstate", None) is not None:
        return None
    return (
        f"the database does not answer ({said}): start PostgreSQL, or let MICROFED_DATABASE_URL"
        " name where it is"
    )


def _failed(error: Exception) -> Invalid:
    log.error("the upgrade failed", exc_info=error)
    return Invalid(
        f"the upgrade to revision {HEAD} failed, and the database is as it was before:"
        f" {str(error).splitlines()[0]}. Start the version you had, or see `microfed doctor`"
    )


def must_be_on_this_machine(url: str) -> None:
    """Refuse a SQLite file on a network file system."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return
    kind = network_of(Path(parsed.database).absolute().parent)
    if kind is not None:
        raise Invalid(
            f"the database {parsed.database} is on a network file system ({kind}), where SQLite"
            " loses data: set MICROFED_DATA to a folder of this machine, or use PostgreSQL"
        )


def keep_before(engine: Engine, folder: Path, revision: str) -> Path:
    """Write the database down as lines before it is changed; return where."""
    make_folder(folder)
    target = folder / f"before-{HEAD}-from-{revision}.jsonl.gz"
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        made = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "wb") as file:
            with (
                gzip.open(file, "wb", compresslevel=5) as lines,
                for_reading(engine).begin() as connection,
            ):
                for portion in dump(connection):
                    lines.write(portion)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    log.info("the database as it is was put by: %s", target)
    return target
