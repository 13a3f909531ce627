"""Transactions: where they come from, which thread runs them, and what follows them.

`read` answers from one consistent snapshot; `write` returns once its commit is durable. Calls that
wait together share one wake-up of a thread, and on SQLite one commit: that is what makes
synchronous=FULL affordable.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from microfed import clock
from microfed.disks import must_be_alive
from microfed.errors import TryLater
from microfed.here import Here
from microfed.store.engines import for_reading, for_writing, open_engine
from microfed.store.lanes import Call, Lane
from microfed.store.news import News

log = logging.getLogger(__name__)
# While the database is away every request meets it: one line in so many seconds is enough.
SAID_EVERY = 10.0
T = TypeVar("T")
R = TypeVar("R")
Work = Callable[["Tx"], T]


@dataclass(slots=False)
class Tx:
    """A transaction in progress. Operations take it first and never commit it.

    `out_of_reach` names what was asked of other servers in vain, so that nobody asks again.
    """

    connection: Connection
    now: datetime
    here: Here
    out_of_reach: frozenset[str] = frozenset()
    news: list[tuple[str, Any]] = field(default_factory=list)
    memo: dict[Any, Any] = field(default_factory=dict)  # what was gathered once, by what it is

    @cached_property
    def session(self) -> Session:
        """Return entities, for paths where 100 µs do not matter; hot paths use `connection`."""
        return Session(self.connection, join_transaction_mode="rollback_only")

    def at_hand(self, kind: type[R], id_: int) -> R | None:
        """Return an entity that was read or made in this transaction, without asking for it."""
        if "session" not in self.__dict__:
            return None
        found: R | None = self.session.identity_map.get(self.session.identity_key(kind, id_))
        return found

    def tell(self, topic: str, what: Any = None) -> None:
        """Let whoever listens to `topic` know, once this is committed: workers, open streams."""
        item = (topic, what)
        if item not in self.news:
            self.news.append(item)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Do something that may be undone on its own when it raises."""
        with _savepoint(self.connection):
            try:
                yield
                self.flush()
            except BaseException:
                if "session" in self.__dict__:
                    self.session.expunge_all()
                raise

    def flush(self) -> None:
        """Write what the session holds, so that `connection` sees it."""
        if "session" in self.__dict__:
            self.session.flush()

    def close(self, *, keep: bool = True) -> None:
        """Write what the session holds, or forget it, and let go of it."""
        if "session" in self.__dict__:
            if keep:
                self.session.flush()
            self.session.close()


class Database:
    """Where transactions come from."""

    def __init__(self, url: str, here: Here) -> None:
        self.url = url
        self.here = here
        self.engine = open_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        file = self.engine.url.database if self.is_sqlite else None
        self._folder = None if file in (None, "", ":memory:") else Path(file).absolute().parent
        self.news = News(None if self.is_sqlite else self.engine)
        self._to_write = for_writing(self.engine)
        self._to_read = for_reading(self.engine)
        several = 1 if self.is_sqlite else 4
        batch = 64 if self.is_sqlite else 1
        self._reader = Lane("microfed-reader", self._runner(), batch=batch, threads=several)
        self._slow_reader = Lane("microfed-slow-reader", self._runner(), batch=1)
        self._writer = Lane("microfed-writer", self._run_writes, batch=batch, threads=several)
        self.lanes = {"read": self._reader, "read slowly": self._slow_reader, "write": self._writer}
        self._writing: Connection | None = None
        self._foreign_version: int | None = None
        self._silent_until = 0.0

    async def read(self, work: Work[T]) -> T:
        """Return `work(tx)`, which sees one consistent snapshot."""
        return await self._reader.call(work)

    async def read_slowly(self, work: Work[T]) -> T:
        """Like `read`, for what may take long and must not stand before a timeline."""
        return await self._slow_reader.call(work)

    async def write(self, work: Work[T], *, out_of_reach: frozenset[str] = frozenset()) -> T:
        """Return `work(tx)` once everything it did is durable; if it raises, nothing was done."""
        return await self._writer.call(work, out_of_reach)

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Read from a shell or a test."""
        with self._to_read.begin() as connection:
            tx = Tx(connection, clock.now(), self.here)
            yield tx
            tx.close(keep=False)

    @contextmanager
    def writing(self, *, out_of_reach: frozenset[str] = frozenset()) -> Iterator[Tx]:
        """Write from a shell or a test; waits for other processes' turn."""
        with self._to_write.begin() as connection:
            tx = Tx(connection, clock.now(), self.here, out_of_reach)
            yield tx
            tx.close()
            self.news.carry(connection, tx.news)
        self.news.spread(tx.news)

    def close(self) -> None:
        """Finish what waits and let go of every connection."""
        for lane in (self._reader, self._slow_reader, self._writer):
            lane.close()
        if self._writing is not None:
            self._writing.close()
            self._writing = None
        self.news.close()
        self.engine.dispose()

    def _runner(self) -> Callable[[list[Call]], None]:
        """Return what a reading lane does with its calls, with a connection of its own."""
        kept: list[Connection] = []

        def run(calls: list[Call]) -> None:
            if not self.is_sqlite:
                self._run_alone(calls[0], self._to_read)
                return
            try:
                if not kept:
                    connection = self._to_read.connect()
                    connection.exec_driver_sql("PRAGMA query_only=ON")
                    connection.rollback()
                    kept.append(connection)
                with kept[0].begin():
                    self._run_reads(calls, kept[0])
            except OperationalError as error:  # the file cannot be opened, or not be read
                raise self._in_words(error) from error

        return run

    def _run_reads(self, calls: list[Call], connection: Connection) -> None:
        for call in calls:
            tx = Tx(connection, clock.now(), self.here)
            try:
                call.result = call.work(tx)
            except Exception as error:  # it belongs to this caller alone
                call.error = self._in_words(error, is_read=True)
            finally:
                tx.close(keep=False)

    def _run_writes(self, calls: list[Call]) -> None:
        if not self.is_sqlite:
            self._run_alone(calls[0], self._to_write)
            return
        done: list[Tx] = []
        try:
            if self._writing is None:
                self._writing = self._to_write.connect()
            connection = self._writing
            with connection.begin():
                self._notice_other_processes(connection)
                for call in calls:
                    tx = Tx(connection, clock.now(), self.here, call.out_of_reach)
                    try:
                        with _savepoint(connection):
                            call.result = call.work(tx)
                            tx.close()
                    except Exception as error:  # it undoes this call alone
                        call.error = self._in_words(error)
                        tx.close(keep=False)
                    else:
                        done.append(tx)
        except OperationalError as error:  # a full disk, a lock that another process keeps
            raise self._in_words(error) from error
        if done and self._folder is not None:
            must_be_alive(self._folder)
        for tx in done:
            self.news.spread(tx.news)

    def _run_alone(self, call: Call, engine: Any) -> None:
        """PostgreSQL: each call is its own transaction; a lost connection is tried once more."""
        for attempt in (1, 2):
            try:
                with engine.begin() as connection:
                    tx = Tx(connection, clock.now(), self.here, call.out_of_reach)
                    try:
                        call.result = call.work(tx)
                        tx.close()
                    except BaseException:
                        tx.close(keep=False)
                        raise
                    self.news.carry(connection, tx.news)
            except DBAPIError as error:
                # Before COMMIT nothing was done, and a serialisation failure says so too. So does a
                # key that somebody else made meanwhile: the second time, what they made is seen.
                if attempt == 1 and (error.connection_invalidated or _is_collision(error)):
                    continue
                call.error = self._in_words(error)
            except Exception as error:  # it belongs to this caller alone
                call.error = error
            else:
                self.news.spread(tx.news)
            return

    def _in_words(self, error: Exception, *, is_read: bool = False) -> Exception:
        """Return what the caller can act on: a database that cannot do it now may do so later.

        Why is for the log: it may name machines and files. Said once in a while, not each time.
        """
        if not isinstance(error, OperationalError) or _is_our_mistake(error, is_read):
            return error
        if time.monotonic() >= self._silent_until:
            self._silent_until = time.monotonic() + SAID_EVERY
            log.error("the database cannot do what it is asked: %s", error.orig)
        return TryLater("the database cannot do this now")

    def _notice_other_processes(self, connection: Connection) -> None:
        """Tell the caches when a command beside this server has written to the same file."""
        version = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        if self._foreign_version not in (None, version):
            self.news.spread([("elsewhere", None)])
        self._foreign_version = version


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    """Undo alone what raises inside; on SQLite by hand, SQLAlchemy's own costs ten times more."""
    if connection.dialect.name != "sqlite":
        with connection.begin_nested():
            yield
        return
    raw: Any = connection.connection.driver_connection
    raw.execute("SAVEPOINT attempt")
    try:
        yield
    except BaseException:
        raw.execute("ROLLBACK TO attempt")
        raw.execute("RELEASE attempt")
        raise
    raw.execute("RELEASE attempt")


def _is_collision(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in ("40001", "40P01", "23505")


def _is_our_mistake(error: OperationalError, is_read: bool) -> bool:
    """Say whether SQLite means the question (no such column, a write where one reads), and not its
    file."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_ERROR or (is_read and code == sqlite3.SQLITE_READONLY)
