"""What every command begins with: the settings, and a database in the shape it expects."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from microfed.errors import Invalid
from microfed.here import Here
from microfed.keeping.upgrading import upgrade
from microfed.operations.members import found_place
from microfed.settings import Settings
from microfed.store.database import Database


def read_settings() -> Settings:
    """Return the settings, or end with one sentence per mistake that says how to mend it."""
    try:
        return Settings()
    except ValidationError as error:
        for mistake in error.errors():
            name = "_".join(str(part) for part in mistake["loc"]).upper()
            what = str(mistake["msg"]).removeprefix("Value error, ")
            sys.stderr.write(f"The setting MICROFED_{name} cannot be used: {what}.\n")
        raise SystemExit(2) from None


def upgrade_or_end(settings: Settings) -> None:
    """Bring the database to this version, or end with a sentence."""
    try:
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
def open_database(settings: Settings | None = None) -> Iterator[Database]:
    """Give a command the database, migrated, with the place's own actor in it."""
    settings = settings or read_settings()
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    upgrade_or_end(settings)
    db = Database(settings.database, here_of(settings))
    try:
        with db.writing() as tx:
            found_place(tx, title=settings.title)
        yield db
    finally:
        db.close()
