"""Migrations: bringing a database to the shape this version expects, all or nothing."""

import logging
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from microfed.errors import Invalid
from microfed.store.engines import for_writing, open_engine

log = logging.getLogger(__name__)

# The newest file in migrations/versions; a test compares. Knowing it spares the commands the
# import of alembic (11 MiB, 150 ms) when there is nothing to do.
HEAD = "0021"


def migrations_folder() -> Path:
    """Return where the migration files are: beside the source, or inside the installed package."""
    inside = Path(__file__).parent.parent / "migrations"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "migrations"


def current_revision(connection: Connection) -> str | None:
    """Return the revision this database stands at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(
    url: str, to: str = HEAD, *, before: Callable[[Engine, str], None] | None = None
) -> None:
    """Bring the database at `url` to a revision in one transaction; safe to call at every start.

    `before` is called with what is there, before anything of it is changed: it may put it by.
    """
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            stands_at = current_revision(connection)
        if stands_at == to:
            return
        if stands_at is not None and stands_at > HEAD:
            raise Invalid(
                f"this database is of a later version ({stands_at}) than this program ({HEAD}):"
                " install that version, or restore the backup made before the upgrade"
            )
        if stands_at is not None and before is not None:
            before(engine, stands_at)
        _upgrade(engine, to)
    finally:
        engine.dispose()


def _upgrade(engine: Engine, to: str) -> None:
    # Heavy, and only needed when there is something to migrate.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("path_separator", "os")
    with for_writing(engine).connect() as connection:
        if engine.dialect.name == "sqlite":
            # Tables that are made anew would delete what refers to them. The pragma has no effect
            # inside a transaction, so it comes before.
            raw = connection.connection.driver_connection
            if raw is not None:
                raw.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(726001)"))
            if current_revision(connection) == to:  # another process was faster
                return
            config.attributes["connection"] = connection
            command.upgrade(config, to)
            if engine.dialect.name == "sqlite":
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise RuntimeError(f"the migration would break references: {broken}")
    log.info("the database is now at revision %s", to)
