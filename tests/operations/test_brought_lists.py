"""Each line of a list is done by one worker, once, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from microfed.errors import Conflict, Forbidden, NotFound
from microfed.operations.brought_lists import begin_list, do_line, go_on, leave_line, stop_list
from microfed.store.bringing import BroughtLine, BroughtList
from microfed.store.database import Database, Tx
from microfed.store.people import Follow
from microfed.store.queues import Delivery
from microfed.vocab.brought_lists import read_brought_list
from tests.people import neighbour, stranger

LINES = read_brought_list(b"eva@north.test\nada@here.test\n???\n", "following")


def test_many_workers_do_a_line_once(db: Database) -> None:
    with db.writing() as tx:
        ada, eva = neighbour(tx, "ada"), stranger(tx, "eva@north.test")
        id_ = begin_list(tx, member_id=ada.id, kind="following", read=LINES)
        eva_id, ada_id = eva.id, ada.id
    together = Barrier(4)

    def work(_: int) -> None:
        together.wait()
        with db.writing() as tx:
            do_line(tx, id_, 1, target_id=eva_id)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))

    with pytest.raises(Forbidden), db.writing() as tx:
        do_line(tx, id_, 2, target_id=ada_id)
    with db.reading() as tx:
        row = tx.session.get_one(BroughtList, id_)
        assert (row.state, row.total, row.done, row.made) == ("reading", 3, 2, 1)
        for table in (Follow, Delivery):
            assert tx.connection.scalar(select(func.count()).select_from(table)) == 1
    with db.writing() as tx:
        leave_line(tx, id_, 2, "refused")
        leave_line(tx, id_, 2, "refused")
        go_on(tx, id_, after=2)
    with db.reading() as tx:
        row = tx.session.get_one(BroughtList, id_)
        assert (row.state, row.done, row.made) == ("done", 3, 1)
        assert row.left == {
            "bad": {"count": 1, "examples": ["3 · ???"]},
            "refused": {"count": 1, "examples": ["2 · ada@here.test"]},
        }


def test_one_list_at_a_time_and_nobody_elses(tx: Tx) -> None:
    ada, bob = neighbour(tx, "ada"), neighbour(tx, "bob")
    id_ = begin_list(tx, member_id=ada.id, kind="following", read=LINES)

    with pytest.raises(Conflict):
        begin_list(tx, member_id=ada.id, kind="blocks", read=LINES)
    begin_list(tx, member_id=bob.id, kind="following", read=LINES)
    with pytest.raises(NotFound):
        stop_list(tx, member_id=bob.id, id_=id_)
    stop_list(tx, member_id=ada.id, id_=id_)

    left = select(func.count()).select_from(BroughtLine).where(BroughtLine.list_id == id_)
    assert tx.connection.scalar(left) == 0
    begin_list(tx, member_id=ada.id, kind="following", read=LINES)
