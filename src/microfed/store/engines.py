"""The two engines, SQLite and PostgreSQL, set up so that they promise the same."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from microfed.store.texts import dump_text, load_text

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # what was answered survives a power cut; shared commits pay for it
    "busy_timeout=5000",
    "foreign_keys=ON",
    "cache_size=-8000",
    "mmap_size=268435456",
    "temp_store=MEMORY",
)


def open_engine(url: str) -> Engine:
    """Return an engine for `url`: `sqlite:///path` or `postgresql://…`.

    When it fails, what members wrote does not stand in the error, for errors are logged.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        # Every lane keeps its own connection; a pool would only hand them round.
        engine = create_engine(
            parsed,
            poolclass=NullPool,
            connect_args={"check_same_thread": False, "cached_statements": 512},
            json_serializer=dump_text,
            json_deserializer=load_text,
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=8,
            # A server that is just going down may take a connection and never speak.
            connect_args={"connect_timeout": 5},
            json_serializer=dump_text,
            json_deserializer=load_text,
            hide_parameters=True,
        )
    raise ValueError(f"DATABASE_URL must begin with sqlite:/// or postgresql://, not {url!r}")


def for_writing(engine: Engine) -> Engine:
    """Return `engine` with transactions that may write."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(sqlite_begin="IMMEDIATE")
    return engine.execution_options(isolation_level="READ COMMITTED")


def for_reading(engine: Engine) -> Engine:
    """Return `engine` with transactions that see one snapshot and cannot write."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(sqlite_begin="DEFERRED")
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails with "database is locked" whatever
    # the busy_timeout; an immediate one waits its turn.
    kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")
