"""Bringing a place to this version: what was there is put by first, and stays when it fails."""

import gzip
import logging
import os
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from microfed.errors import Invalid
from microfed.keeping.backup import make_folder
from microfed.keeping.filesystems import network_of
from microfed.settings import Settings
from microfed.store.dump import dump
from microfed.store.engines import for_reading
from microfed.store.migrate import HEAD, migrate

log = logging.getLogger(__name__)


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
    except (SQLAlchemyError, RuntimeError, OSError) as error:
        log.exception("the upgrade failed")
        raise Invalid(
            f"the upgrade to revision {HEAD} failed, and the database is as it was before:"
            f" {str(error).splitlines()[0]}. Start the version you had, or see `microfed doctor`"
        ) from error


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
