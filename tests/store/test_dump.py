"""What a database says is the same in either engine, goes from one to the other, and is checked."""

from pathlib import Path

import pytest
from sqlalchemy import select

from microfed.errors import Invalid
from microfed.operations.searching import make_words_anew
from microfed.queries.search import search_ids
from microfed.queries.visibility import Viewer
from microfed.store.database import Database
from microfed.store.dump import dump, sums_of
from microfed.store.people import Actor
from microfed.store.refill import refill
from tests.store.told import some_life


def lines_of(db: Database) -> list[bytes]:
    with db.reading() as tx:
        return b"".join(dump(tx.connection)).splitlines(keepends=True)


def test_a_dump_goes_from_engine_to_engine_and_stays_the_same(
    db: Database, tmp_path: Path, postgres_url: str
) -> None:
    some_life(db)
    before = lines_of(db)
    other = f"sqlite:///{tmp_path}/there.db"
    if db.is_sqlite:
        other = postgres_url

    refill(other, iter(before))

    there = Database(other, db.here)
    assert lines_of(there) == before
    with there.reading() as tx:
        assert sums_of(tx.connection).rows > 10
    with there.writing() as tx:
        bo = tx.connection.scalar(select(Actor.id).where(Actor.username == "bo"))
        assert bo is not None
        while (last := make_words_anew(tx, after=0)) and make_words_anew(tx, after=last):
            pass
        assert len(search_ids(tx, Viewer(bo), "deja", limit=9)) == 1
    assert lines_of(there) == before
    there.close()


def test_what_is_damaged_changes_nothing(db: Database, tmp_path: Path) -> None:
    some_life(db)
    whole = lines_of(db)
    url = f"sqlite:///{tmp_path}/there.db"
    twisted = [line.replace(b"ada", b"eve") if line[:1] == b"[" else line for line in whole]
    for damaged in (whole[:-1], whole[: len(whole) // 2], twisted, [b"nothing\n"], []):
        with pytest.raises(Invalid):
            refill(url, iter(damaged))

    refill(url, iter(whole))  # still empty, so it may be filled

    there = Database(url, db.here)
    assert lines_of(there) == whole
    there.close()


def test_nobody_is_written_over(db: Database) -> None:
    some_life(db)
    before = lines_of(db)

    with pytest.raises(Invalid, match="not empty"):
        refill(db.url, iter(before))

    assert lines_of(db) == before
