"""What every command begins with: the settings, and a database in the shape it expects."""

import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from microfed.errors import Invalid
from microfed.here import Here
from microfed.keeping.upgrading import make_data_folder, upgrade, why_it_is_away
from microfed.operations.members import found_place
from microfed.settings import Settings, WrongSettings
from microfed.store.database import Database


def read_settings() -> Settings:
    """Return the settings, or end with one sentence per mistake that says how to mend it."""
    try:
        return Settings.read()
    except WrongSettings as wrong:
        for name, what in wrong.mistakes.items():
            sys.stderr.write(f"The setting MICROFED_{name.upper()} cannot be used: {what}.\n")
        raise SystemExit(2) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        sys.stderr.write(f"The file microfed.toml cannot be read: {error}.\n")
        raise SystemExit(2) from None


def upgrade_or_end(settings: Settings) -> None:
    """Have the folder, and the database in this version's shape, or end with a sentence."""
    try:
        make_data_folder(settings)
        upgrade(settings)
    except Invalid as refused:
        sys.stderr.write(f"microfed: {refused}.\n")
        raise SystemExit(1) from None


def here_of(settings: Settings) -> Here:
    """Return the addresses that are ours."""
    return Here(
        settings.url,
        settings.handle_host,
        settings.federation,
        settings.media_url,
        settings.registration,
    )


@contextmanager
def or_end(settings: Settings) -> Iterator[None]:
    """End with a sentence where the database cannot do what is needed now."""
    try:
        yield
    except OperationalError as error:  # a disk that is full, a server that went away meanwhile
        if (why := why_it_is_away(error, settings)) is None:
            raise
        sys.stderr.write(f"microfed: {why}.\n")
        raise SystemExit(1) from None


@contextmanager
def open_database(settings: Settings | None = None) -> Iterator[Database]:
    """Give a command the database, migrated, with the place's own actor in it."""
    settings = settings or read_settings()
    upgrade_or_end(settings)
    db = Database(settings.database, here_of(settings))
    try:
        with or_end(settings):
            with db.writing() as tx:
                found_place(tx, title=settings.title)
            yield db
    finally:
        db.close()
