"""Filling an empty database with what a dump holds: all of it or nothing, and checked."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, text

from microfed.errors import Invalid
from microfed.store.dump import WORDS, Shape, Sums, read_head, read_tables, shapes
from microfed.store.engines import for_writing, open_engine
from microfed.store.migrate import current_revision, migrate

_PORTION = 1_000
Tell = Callable[[int], None]

_REFERENCES = text(
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
)


def refill(url: str, lines: Iterator[bytes], tell: Tell | None = None) -> Sums:
    """Write a dump into the empty database at `url`, at the revision the dump has; return its sums.

    When anything is wrong nothing was written. What can be found is noted, still without its words:
    `operations.searching.make_words_anew` fills them in.
    """
    must_be_empty(url)
    revision = read_head(lines)
    migrate(url, revision)
    engine = open_engine(url)
    try:
        with for_writing(engine).connect() as connection:
            if engine.dialect.name == "sqlite":
                # The rows come table by table: what they refer to may come later. It has no effect
                # inside a transaction.
                raw: Any = connection.connection.driver_connection
                raw.execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                return _fill(connection, lines, Sums(revision), tell)
    finally:
        engine.dispose()


def must_be_empty(url: str) -> None:
    """Refuse a database in which somebody lives already."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            if current_revision(connection) is None:
                return
            # The words of earlier versions' tables are enough: everything hangs on an actor.
            if connection.execute(text("SELECT 1 FROM actors LIMIT 1")).first() is not None:
                raise Invalid("this database is not empty: nothing was changed in it")
    finally:
        engine.dispose()


def _fill(connection: Connection, lines: Iterator[bytes], sums: Sums, tell: Tell | None) -> Sums:
    is_sqlite = connection.dialect.name == "sqlite"
    known = {shape.name: shape for shape in shapes(connection)}
    references = [] if is_sqlite else [tuple(row) for row in connection.execute(_REFERENCES)]
    for table, name, _ in references:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name in known:  # what a migration wrote itself comes with the dump
        connection.exec_driver_sql(f'DELETE FROM "{name}"')  # noqa: S608
    for name, columns, rows in read_tables(lines, sums):
        shape = known.get(name)
        if shape is None or shape.columns != columns:
            raise Invalid(f"the table {name} of the backup is not as this version knows it")
        put = _put_sqlite if is_sqlite else _put_postgresql
        put(connection, shape, _portions(shape, rows, as_numbers=is_sqlite, tell=tell))
    for table, name, definition in references:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    if is_sqlite:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise Invalid(f"the backup refers to what it does not hold: {tuple(broken)}")
    return sums


def _portions(
    shape: Shape, rows: Iterator[list[Any]], *, as_numbers: bool, tell: Tell | None
) -> Iterator[list[list[Any]]]:
    odd = [(n, k) for n, k in enumerate(shape.kinds) if k == "bytes" or (k == "yes" and as_numbers)]
    portion: list[list[Any]] = []
    for row in rows:
        for n, kind in odd:
            if row[n] is not None:
                row[n] = base64.b64decode(row[n]) if kind == "bytes" else int(row[n])
        portion.append(row)
        if len(portion) == _PORTION:
            yield portion
            if tell is not None:
                tell(len(portion))
            portion = []
    if portion:
        yield portion
        if tell is not None:
            tell(len(portion))


def _put_sqlite(connection: Connection, shape: Shape, portions: Iterator[list[list[Any]]]) -> None:
    raw: Any = connection.connection.driver_connection
    columns = ", ".join(f'"{name}"' for name in shape.columns)
    places = ", ".join("?" * len(shape.columns))
    statement = f'INSERT INTO "{shape.name}" ({columns}) VALUES ({places})'  # noqa: S608
    if shape.name == WORDS:
        statement = "INSERT INTO search_words (rowid, words) VALUES (?, '')"
    for portion in portions:
        raw.executemany(statement, portion)


def _put_postgresql(
    connection: Connection, shape: Shape, portions: Iterator[list[list[Any]]]
) -> None:
    raw: Any = connection.connection.driver_connection
    columns = ", ".join(f'"{name}"' for name in shape.columns)
    more: list[str] = []
    if shape.name == WORDS:
        columns, more = "post_id, words", [""]
    with raw.cursor() as cursor, cursor.copy(f'COPY "{shape.name}" ({columns}) FROM STDIN') as copy:
        for portion in portions:
            for row in portion:
                copy.write_row([*row, *more])
