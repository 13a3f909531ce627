"""Everything a database says, as lines that do not depend on the engine it is kept in.

Backups, restores and moves between SQLite and PostgreSQL all speak this: a head, then each table's
rows in the order of their primary key, one JSON list a line, then how many there were and their
sha256. The tables are asked from the database itself, so that one of an earlier version can be
written down too. Words for searching are each engine's own affair: of them the dump says only
which posts can be found, and they are made anew.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, inspect
from sqlalchemy.types import BINARY, BLOB, JSON, Boolean, LargeBinary

from microfed.errors import Invalid
from microfed.store.migrate import current_revision

FORMAT = 1
WORDS = "search_words"
_PORTION = 1_000
_KINDS = ((Boolean, "yes"), (JSON, "json"), (LargeBinary, "bytes"), (BLOB, "bytes"))


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its columns by name, of what kind each is, and what makes a row one of its own."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    key: tuple[str, ...]
    key_kinds: tuple[str, ...]


@dataclass(slots=True)
class Sums:
    """What a dump holds, so that two can be compared: rows and sha256 by table."""

    revision: str
    tables: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(count for count, _ in self.tables.values())

    def whole(self) -> str:
        """Return one sha256 for all."""
        listed = sorted(f"{name} {rows} {sha}" for name, (rows, sha) in self.tables.items())
        return hashlib.sha256("\n".join([self.revision, *listed]).encode()).hexdigest()


def shapes(connection: Connection) -> list[Shape]:
    """Return the tables that are dumped, by name."""
    inspector = inspect(connection)
    found = []
    for name in sorted(inspector.get_table_names()):
        if name == "alembic_version" or name.startswith(WORDS):
            continue
        kinds = {c["name"]: _kind(c["type"]) for c in inspector.get_columns(name)}
        names = tuple(sorted(kinds))
        key = tuple(inspector.get_pk_constraint(name)["constrained_columns"]) or names
        found.append(
            Shape(name, names, tuple(kinds[n] for n in names), key, tuple(kinds[k] for k in key))
        )
    if inspector.has_table(WORDS):
        found.append(Shape(WORDS, ("post_id",), ("number",), ("post_id",), ("number",)))
    return found


def dump(
    connection: Connection, sums: Sums | None = None, tell: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """Yield all lines of what the transaction of `connection` sees; `sums` takes what they hold.

    `tell` hears now and then how many rows were written since it was told last.
    """
    revision = current_revision(connection)
    if revision is None:
        raise Invalid("this database is empty")
    sums = sums if sums is not None else Sums("")
    sums.revision = revision
    yield _line({"microfed": FORMAT, "revision": revision})
    for shape in shapes(connection):
        yield _line({"table": shape.name, "columns": shape.columns})
        digest, count = hashlib.sha256(), 0
        for portion in _portions(connection, shape):
            digest.update(portion[0])
            count += portion[1]
            if tell is not None:
                tell(portion[1])
            yield portion[0]
        sums.tables[shape.name] = (count, digest.hexdigest())
        yield _line({"end": shape.name, "rows": count, "sha256": digest.hexdigest()})
    yield _line({"whole": sums.whole()})


def sums_of(connection: Connection, tell: Callable[[int], None] | None = None) -> Sums:
    """Return what a dump of this database would hold."""
    sums = Sums("")
    for _ in dump(connection, sums, tell):
        pass
    return sums


def read_head(lines: Iterator[bytes]) -> str:
    """Return the revision of the dump that begins here."""
    head = _said(next(lines, b""))
    if head.get("microfed") != FORMAT or not isinstance(head.get("revision"), str):
        raise Invalid("this is not a database written down by microfed")
    return str(head["revision"])


def read_tables(
    lines: Iterable[bytes], sums: Sums
) -> Iterator[tuple[str, tuple[str, ...], Iterator[list[Any]]]]:
    """Yield each table with its columns and rows; Invalid as soon as something is not whole.

    The rows must be taken before the next table is asked for.
    """
    pieces = iter(lines)
    for line in pieces:
        said = _said(line)
        if "whole" in said:
            if said["whole"] != sums.whole():
                raise Invalid("the backup is damaged: its sum is not that of its tables")
            return
        if "table" not in said:
            break
        yield said["table"], tuple(said["columns"]), _rows(pieces, said["table"], sums)
    raise Invalid("the backup is damaged: it ends before its end")


def _rows(lines: Iterator[bytes], name: str, sums: Sums) -> Iterator[list[Any]]:
    digest, count = hashlib.sha256(), 0
    for line in lines:
        if line.startswith(b"["):
            digest.update(line)
            count += 1
            row: list[Any] = _said(line)
            yield row
            continue
        said = _said(line)
        if (said.get("end"), said.get("rows"), said.get("sha256")) != (
            name,
            count,
            digest.hexdigest(),
        ):
            break
        sums.tables[name] = (count, digest.hexdigest())
        return
    raise Invalid(f"the backup is damaged in the table {name}")


def _portions(connection: Connection, shape: Shape) -> Iterator[tuple[bytes, int]]:
    """Yield some rows at a time, as lines, with how many they are."""
    raw: Any = connection.connection.driver_connection
    is_sqlite = connection.dialect.name == "sqlite"
    cursor = raw.cursor() if is_sqlite else raw.cursor(name="microfed_dump")
    odd = [(n, kind) for n, kind in enumerate(shape.kinds) if kind in ("yes", "bytes")]
    try:
        cursor.execute(_select(shape, is_sqlite=is_sqlite))
        while rows := cursor.fetchmany(_PORTION):
            lines = []
            for row in rows:
                values = list(row)
                for n, kind in odd:
                    if values[n] is not None:
                        values[n] = (
                            bool(values[n])
                            if kind == "yes"
                            else base64.b64encode(values[n]).decode()
                        )
                lines.append(orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE))
            yield b"".join(lines), len(rows)
    finally:
        cursor.close()


def _select(shape: Shape, *, is_sqlite: bool) -> str:
    if is_sqlite and shape.name == WORDS:
        return "SELECT rowid FROM search_words ORDER BY rowid"
    if is_sqlite:
        columns = [f'"{name}"' for name in shape.columns]
        order = [f'"{name}"' for name in shape.key]
    else:
        columns = [
            f'"{name}"::text' if kind == "json" else f'"{name}"'
            for name, kind in zip(shape.columns, shape.kinds, strict=True)
        ]
        # SQLite compares text byte by byte; so does this collation.
        order = [
            f'"{name}" COLLATE "C"' if kind == "text" else f'"{name}"'
            for name, kind in zip(shape.key, shape.key_kinds, strict=True)
        ]
    # The names are those of our own tables.
    return f'SELECT {", ".join(columns)} FROM "{shape.name}" ORDER BY {", ".join(order)}'  # noqa: S608


def _kind(type_: Any) -> str:
    for known, kind in (*_KINDS, (BINARY, "bytes")):
        if isinstance(type_, known):
            return kind
    return "number" if type_._type_affinity.__name__ in ("Integer", "Numeric") else "text"


def _line(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def _said(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        raise Invalid("the backup is damaged: a line cannot be read") from None
