"""What every table has, and how moments are kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, Index, Integer, MetaData, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from microfed import clock
from microfed.ids import id_at

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite only makes a column the row's own number when its type is INTEGER to the letter.
BigId = BigInteger().with_variant(Integer, "sqlite")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Moment(TypeDecorator[datetime]):
    """A moment, kept as milliseconds since 1970: aware in Python, the same in both engines.

    SQLite has no type for moments and loses the time zone; numbers compare and index alike.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Write a moment."""
        return None if value is None else (value - _EPOCH) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Read a moment."""
        return None if value is None else _EPOCH + timedelta(milliseconds=value)


def new_id() -> int:
    """Return a fresh id for now."""
    return id_at(clock.now())


def part_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Return an index of some rows alone, those of the condition `where` in SQLite's words.

    To the letter as SQLAlchemy asks for it, or SQLite does not take the index. That of PostgreSQL
    stands in its migration alone: to name it here loads all of SQLAlchemy for PostgreSQL, 2 MiB and
    60 ms, where there is none.
    """
    return Index(name, *columns, unique=unique, sqlite_where=text(where))


class Table(DeclarativeBase):
    """The base of all tables: one naming convention, one set of types."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: Moment,
        str: Text,
        int: BigInteger,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


class Row(Table):
    """A table whose rows have a time-ordered integer id."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id, sort_order=-1)
