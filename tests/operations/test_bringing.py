"""An archive is read by one worker at a time, and each old post is made once, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from microfed.errors import Conflict
from microfed.operations.archive_parts import import_is_looked_at, take_list
from microfed.operations.bringing import (
    KEPT_UNDECIDED,
    MOST_ATTEMPTS,
    begin_import,
    claim_import,
    drop_undecided,
    release_imports,
    remove_some,
    take_back_import,
    take_in,
)
from microfed.operations.brought_lists import go_on, stop_list
from microfed.operations.files import Kept
from microfed.operations.old_posts import Prepared
from microfed.store.bringing import BroughtList, Import, ImportedPost
from microfed.store.database import Database, Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.archives import LeftOut, OldPost, Whose, read_old_post
from microfed.vocab.brought_lists import ReadList
from tests.archives import OLD, said
from tests.people import deliveries, neighbour

WHOSE = Whose(OLD, f"{OLD}/followers")


def old(n: int, **more: str) -> OldPost:
    own = {f"{OLD}/statuses/{each}" for each in range(100)}
    return read_old_post(said(n, **more), WHOSE, own=own, is_home=False, takes_answers=False)


def begun(tx: Tx, member: Actor) -> int:
    key = f"{member.id:032x}.raw"
    return begin_import(tx, member_id=member.id, file=Kept(key, "import", 1, "0"), parts=["posts"])


async def test_many_workers_make_each_post_once(db: Database) -> None:
    with db.writing() as tx:
        id_ = begun(tx, neighbour(tx, "ada"))
    together = Barrier(4)

    def work(_: int) -> tuple[int | None, bool]:
        together.wait()
        with db.writing() as tx:
            claimed = claim_import(tx)
        together.wait()
        with db.writing() as tx:
            return claimed, take_in(tx, id_, at=0, items=[Prepared(old(n)) for n in range(10)])

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(work, range(4)))

    assert sorted(str(claimed) for claimed, _ in done) == sorted([str(id_), *["None"] * 3])
    assert [is_made for _, is_made in done].count(True) == 1
    with db.reading() as tx:
        assert tx.connection.scalar(select(func.count()).select_from(Post)) == 10
        row = tx.session.get_one(Import, id_)
        assert (row.done, row.made, row.state) == (10, 10, "reading")


async def test_a_thread_goes_on_across_batches_and_is_for_those_it_was_for(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    id_ = begun(tx, ada)
    claim_import(tx)

    take_in(tx, id_, at=0, items=[Prepared(old(1)), LeftOut("boost")])
    take_in(tx, id_, at=2, items=[Prepared(old(2, inReplyTo=f"{OLD}/statuses/1"))])
    take_in(tx, id_, at=3, items=[Prepared(old(3, inReplyTo=f"{OLD}/statuses/99"))])

    first, second = tx.session.scalars(select(Post).order_by(Post.id)).all()
    tx.session.refresh(first)
    assert (second.in_reply_to_id, first.replies_count) == (first.id, 1)
    row = tx.session.get_one(Import, id_)
    assert {why: noted["count"] for why, noted in row.left.items()} == {"boost": 1, "answer": 1}
    tx.session.refresh(ada)
    assert (ada.posts_count, ada.last_post_at) == (2, datetime(2019, 3, 3, tzinfo=UTC))
    assert deliveries(tx) == []


async def test_a_list_of_an_archive_is_handed_on_once(tx: Tx) -> None:
    # Given an archive of which a list and likes are wanted, and a worker that is killed
    ada = neighbour(tx, "ada")
    key = Kept(f"{ada.id:032x}.raw", "import", 1, "0")
    id_ = begin_import(tx, member_id=ada.id, file=key, parts=["likes", "blocks", "posts"])
    claim_import(tx)
    read = ReadList(((1, {"what": "eva@north.test"}),), ())
    assert take_list(tx, id_, part="blocks", read=read)

    # When another one goes on, and does again what was done
    release_imports(tx)
    assert claim_import(tx) == id_
    again = take_list(tx, id_, part="blocks", read=read)
    likes = take_list(tx, id_, part="likes", read=read)

    # Then each list is there once, and they wait for each other
    assert (again, likes) == (False, True)
    found = tx.session.scalars(select(BroughtList).order_by(BroughtList.id)).all()
    assert [(row.kind, row.state, row.total) for row in found] == [
        ("blocks", "reading", 1),
        ("likes", "queued", 1),
    ]
    go_on(tx, found[0].id, after=1)
    stop_list(tx, member_id=ada.id, id_=found[0].id)
    tx.session.expire_all()
    assert [row.state for row in found] == ["stopped", "reading"]


async def test_an_archive_of_which_nobody_chose_is_let_go(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    key = Kept(f"{ada.id:032x}.raw", "import", 1, "0")
    id_ = begin_import(tx, member_id=ada.id, file=key)
    claim_import(tx)
    import_is_looked_at(tx, id_, whose=OLD, found={"posts": 1})
    assert (claim_import(tx), drop_undecided(tx)) == (None, 0)

    tx.now += KEPT_UNDECIDED + timedelta(seconds=1)

    assert drop_undecided(tx) == 1
    assert tx.session.get(Import, id_) is None


async def test_posts_of_one_moment_do_not_meet(tx: Tx) -> None:
    id_ = begun(tx, neighbour(tx, "ada"))
    claim_import(tx)
    items = [Prepared(old(n, published="2019-03-01T00:00:00Z")) for n in range(60)]

    assert take_in(tx, id_, at=0, items=items)

    assert tx.connection.scalar(select(func.count()).select_from(ImportedPost)) == 60


async def test_a_second_archive_waits_for_the_first(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    begun(tx, ada)

    with pytest.raises(Conflict):
        begun(tx, ada)


async def test_what_ends_the_worker_each_time_is_given_up(tx: Tx) -> None:
    id_ = begun(tx, neighbour(tx, "ada"))

    for _ in range(MOST_ATTEMPTS):
        assert claim_import(tx) == id_
        release_imports(tx)  # as after a crash
    assert claim_import(tx) is None

    row = tx.session.get_one(Import, id_)
    assert (row.state, row.error, row.key) == ("refused", "broken", None)


async def test_taking_back_goes_on_until_nothing_is_left(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    id_ = begun(tx, ada)
    claim_import(tx)
    thread = [Prepared(old(1)), Prepared(old(2, inReplyTo=f"{OLD}/statuses/1")), Prepared(old(3))]
    take_in(tx, id_, at=0, items=thread)

    take_back_import(tx, member_id=ada.id, id_=id_)
    rounds = [remove_some(tx, id_, most=2) for _ in range(4)]

    assert rounds == [True, True, False, False]
    tx.session.refresh(ada)
    assert (ada.posts_count, deliveries(tx)) == (0, [])
    assert tx.session.get(Import, id_) is None
    assert tx.connection.scalar(select(func.count()).select_from(Post)) == 0
