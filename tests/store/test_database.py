"""Transactions on both engines: nothing lost, nothing shared by mistake, snapshots that hold."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from microfed.errors import Forbidden, TryLater
from microfed.here import Here
from microfed.store.database import Database, Tx
from microfed.store.insert import insert_once
from microfed.store.migrate import migrate
from microfed.store.queues import Host, Seen


def bump(tx: Tx) -> None:
    tx.connection.execute(update(Host).where(Host.host == "a").values(failures=Host.failures + 1))


def failures(tx: Tx) -> int | None:
    return tx.connection.scalar(select(Host.failures).where(Host.host == "a"))


@pytest.fixture
def counted(db: Database) -> Database:
    with db.writing() as tx:
        tx.session.add(Host(host="a", failures=0))
    return db


async def test_concurrent_writes_lose_nothing(counted: Database) -> None:
    await asyncio.gather(*[counted.write(bump) for _ in range(200)])

    assert await counted.read(failures) == 200


async def test_a_refusal_undoes_its_own_work_alone(counted: Database) -> None:
    def refused(tx: Tx) -> None:
        tx.session.add(Host(host="b", failures=0))
        tx.session.flush()
        raise Forbidden("no")

    results = await asyncio.gather(
        *[counted.write(refused if k % 2 else bump) for k in range(20)], return_exceptions=True
    )

    assert sum(isinstance(result, Forbidden) for result in results) == 10
    assert await counted.read(lambda tx: tx.connection.scalar(select(func.count(Host.id)))) == 1
    assert await counted.read(failures) == 10


async def test_an_attempt_is_undone_without_the_rest(counted: Database) -> None:
    def work(tx: Tx) -> None:
        bump(tx)
        with pytest.raises(Forbidden), tx.attempt():
            tx.session.add(Host(host="b", failures=0))
            raise Forbidden("no")

    await counted.write(work)

    assert await counted.read(failures) == 1
    assert await counted.read(lambda tx: tx.connection.scalar(select(func.count(Host.id)))) == 1


async def test_another_process_takes_its_turn(counted: Database) -> None:
    with counted.writing() as tx:
        bump(tx)
        waiting = asyncio.ensure_future(counted.write(bump))
        await asyncio.sleep(0)
    await waiting

    assert await counted.read(failures) == 2


async def test_what_comes_twice_is_inserted_once(db: Database) -> None:
    def work(tx: Tx) -> bool:
        return insert_once(tx, Seen, {"uri": "https://x.test/1", "seen_at": tx.now})

    results = await asyncio.gather(*[db.write(work) for _ in range(20)])

    assert sorted(results) == [False] * 19 + [True]


async def test_news_is_told_after_the_commit_and_only_then(counted: Database) -> None:
    heard: list[object] = []
    counted.news.listen("stream", heard.append)

    def refused(tx: Tx) -> None:
        tx.tell("stream", "never")
        raise Forbidden("no")

    def done(tx: Tx) -> None:
        tx.tell("stream", "once")
        tx.tell("stream", "once")

    await asyncio.gather(counted.write(refused), counted.write(done), return_exceptions=True)

    assert heard == ["once"]


async def test_a_read_cannot_write(counted: Database) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"):
        await counted.read(bump)

    assert await counted.read(failures) == 0


async def test_a_database_that_is_locked_for_long_answers_in_words(tmp_path: Path) -> None:
    path = tmp_path / "locked.db"
    migrate(f"sqlite:///{path}")
    db = Database(f"sqlite:///{path}?timeout=0.05", Here("https://here.test", "here.test"))
    await db.write(lambda tx: tx.connection.exec_driver_sql("PRAGMA busy_timeout=50"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(TryLater, match="cannot do this now"):
        await db.write(lambda tx: None)

    other.execute("ROLLBACK")
    other.close()
    assert await db.write(lambda tx: 1) == 1
    db.close()
