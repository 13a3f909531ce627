"""Inserting once: a row that may be there already, without an error and without a race."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite

from microfed.store.database import Tx
from microfed.store.rows import Table


def insert_once(tx: Tx, table: type[Table], values: Mapping[str, Any]) -> bool:
    """Insert a row; return False, and change nothing, when it breaks a unique key."""
    statement = _insert_or_nothing(table, tx.connection.dialect.name)
    return tx.connection.execute(statement, values).rowcount == 1


def insert_all(tx: Tx, table: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, leaving out those that break a unique key."""
    if rows:
        tx.connection.execute(_insert_or_nothing(table, tx.connection.dialect.name), rows)


@lru_cache(256)
def _insert_or_nothing(table: type[Table], dialect: str) -> Executable:
    # Built once: building costs more than running. Without the option SQLAlchemy lets go of the
    # cursor, and on PostgreSQL of its row count with it.
    options = {"preserve_rowcount": True}
    if dialect == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing().execution_options(**options)
    # 60 ms of every command's start, for the few places that run on PostgreSQL.
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.insert(table).on_conflict_do_nothing().execution_options(**options)
