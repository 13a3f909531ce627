"""What is held in memory follows the database, and outlives its absence."""

import pytest
from sqlalchemy import text

from microfed.errors import TryLater
from microfed.store.database import Database, Tx
from microfed.store.held import Held

pytestmark = pytest.mark.anyio


async def test_a_held_value_is_read_once_and_again_when_it_changes(db: Database) -> None:
    read = []

    def count(tx: Tx) -> int:
        read.append(tx.connection.scalar(text("SELECT 1")))
        return len(read)

    held = Held(db, count, first=0, topics=("lamp",))
    assert [await held.get(), await held.get()] == [1, 1]
    await db.write(lambda tx: tx.tell("lamp"))
    assert [await held.get(), await held.get()] == [2, 2]


async def test_while_the_database_is_away_what_was_known_goes_on_being_true(db: Database) -> None:
    is_away = True

    def read(tx: Tx) -> str:
        if is_away:
            raise TryLater("the database cannot do this now")
        return "known"

    held = Held(db, read, first="first", topics=("lamp",))
    assert await held.get() == "first"
    is_away = False
    assert await held.get() == "known"
    await db.write(lambda tx: tx.tell("lamp"))
    is_away = True
    assert await held.get() == "known"


async def test_what_changes_while_it_is_read_is_read_again(db: Database) -> None:
    lamp = ["dark"]

    def read(tx: Tx) -> str:
        seen = lamp[0]
        if seen == "dark":  # somebody lights it just after it was looked at
            lamp[0] = "bright"
            db.news.spread([("lamp", None)])
        return seen

    held = Held(db, read, first="unknown", topics=("lamp",))
    assert [await held.get(), await held.get()] == ["dark", "bright"]
