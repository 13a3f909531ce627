"""Following a list that a member brought: line by line, each once, and nothing is ever taken away.

A line goes in the transaction that does it: whoever goes on after a power cut finds what is left.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from microfed.errors import Conflict, NotFound
from microfed.ids import id_at
from microfed.operations.bringing import hold_member, note_left
from microfed.operations.jobs import add_job
from microfed.operations.list_deeds import DEEDS
from microfed.operations.list_replacing import REPLACED, gone_lines, take_away
from microfed.queries.brought_lists import MOST_SHOWN
from microfed.store.bringing import BroughtLine, BroughtList
from microfed.store.database import Tx
from microfed.store.insert import insert_all, insert_once
from microfed.store.people import Actor
from microfed.vocab.archives import LeftOut
from microfed.vocab.brought_lists import ReadList

JOB = "bring_list"
BUSY = ("queued", "reading")


def begin_list(tx: Tx, *, member_id: int, kind: str, read: ReadList, replaces: bool = False) -> int:
    """A member brought a list; a worker follows it. Returns its id.

    With `replaces`, what they have here and it does not name goes; nothing does while a line of
    it cannot be read. Raises Conflict while another one is being followed.
    """
    hold_member(tx, member_id)
    gone: list[dict[str, Any]] = []
    if replaces and kind in REPLACED:
        gone = gone_lines(tx, me=member_id, kind=kind, read=read)
    id_ = _write_down(tx, member_id, kind, read, "reading", gone)
    go_on(tx, id_, after=0)
    return id_


def queue_list(tx: Tx, *, member_id: int, kind: str, read: ReadList) -> None:
    """An archive of a member holds a list: it is followed after those that wait already."""
    hold_member(tx, member_id)
    _write_down(tx, member_id, kind, read, "queued")
    _begin_next(tx, member_id)


def _begin_next(tx: Tx, member_id: int) -> None:
    """Begin with the list that waits longest, unless another one is being followed."""
    mine = select(BroughtList.id).where(BroughtList.member_id == member_id)
    if tx.connection.scalar(mine.where(BroughtList.state == "reading")) is not None:
        return
    waits = mine.where(BroughtList.state == "queued").order_by(BroughtList.id).limit(1)
    next_id = tx.connection.scalar(waits)
    if next_id is not None:
        tx.connection.execute(
            update(BroughtList).where(BroughtList.id == next_id).values(state="reading")
        )
        go_on(tx, next_id, after=0)


def _write_down(
    tx: Tx,
    member_id: int,
    kind: str,
    read: ReadList,
    state: str,
    gone: Sequence[dict[str, Any]] = (),
) -> int:
    id_, left = id_at(tx.now), dict[str, Any]()
    for number, said in read.bad:
        note_left(left, LeftOut("bad", f"{number} · {said}"))
    if read.beyond:
        left["beyond"] = {"count": read.beyond, "examples": []}
    lines = list(read.lines)
    if gone and read.bad:
        left["stays"] = {"count": len(gone), "examples": []}
    elif gone:
        last = max((number for number, _ in lines), default=0)
        lines += enumerate(gone, last + 1)
    values = {
        "id": id_,
        "member_id": member_id,
        "asked_at": tx.now,
        "kind": kind,
        "state": state,
        "total": len(lines) + len(read.bad) + read.beyond,
        "done": len(read.bad) + read.beyond,
        "made": 0,
        "left": left,
        "replaces": bool(gone) and not read.bad,
    }
    if not insert_once(tx, BroughtList, values):
        raise Conflict("another list is being followed")
    insert_all(
        tx, BroughtLine, [{"list_id": id_, "number": n, "words": words} for n, words in lines]
    )
    older = (
        select(BroughtList.id)
        .where(BroughtList.member_id == member_id, BroughtList.state.not_in(BUSY))
        .order_by(BroughtList.id.desc())
        .offset(MOST_SHOWN)
    )
    for old in tx.connection.scalars(older).all():
        tx.connection.execute(delete(BroughtList).where(BroughtList.id == old))
    return id_


def go_on(tx: Tx, id_: int, *, after: int, pause: timedelta = timedelta()) -> None:
    """Have the next lines done, those behind the line `after`; or it is at its end."""
    lines = select(BroughtLine.number).where(BroughtLine.list_id == id_).limit(1)
    if tx.connection.scalar(lines) is None:
        _end(tx, id_, "done")
    else:
        arguments = {"list_id": id_}
        add_job(tx, JOB, key=f"{id_}:{after}", arguments=arguments, due_at=tx.now + pause)


def do_line(tx: Tx, id_: int, number: int, *, target_id: int | None = None) -> None:
    """Do what a line says, to the person or post `target_id`, unless it is done already.

    Raises whatever the deed raises; then nothing is done, and `leave_line` says why.
    """
    row = _take(tx, id_, number)
    if row is None:
        return
    found, words = row
    me = tx.session.get_one(Actor, found.member_id)
    if me.gone_at is not None or me.suspended_at is not None:
        _end(tx, id_, "stopped")
        return
    if words.get("goes"):
        if take_away(tx, found.kind, me, words):
            left = dict(found.left)
            note_left(left, LeftOut("gone", str(words["what"])))
            found.left = left
    elif DEEDS[found.kind](tx, me, target_id or 0, words):
        found.made += 1
    else:
        left = dict(found.left)
        note_left(left, LeftOut("known", f"{number} · {words['what']}"))
        found.left = left
    tx.flush()


def leave_line(tx: Tx, id_: int, number: int, why: str) -> None:
    """A line cannot be done; `why` is one of vocab.brought_lists.LEFT."""
    row = _take(tx, id_, number)
    if row is not None:
        found, words = row
        left = dict(found.left)
        note_left(left, LeftOut(why, f"{number} · {words['what']}"))
        found.left = left
        tx.flush()


def stop_list(tx: Tx, *, member_id: int, id_: int) -> None:
    """A member wants no more of it done; what is done stays. Too late, it is harmless."""
    row = tx.session.get(BroughtList, id_)
    if row is None or row.member_id != member_id:
        raise NotFound("there is no such list of yours")
    _end(tx, id_, "stopped")


def _take(tx: Tx, id_: int, number: int) -> tuple[BroughtList, Mapping[str, Any]] | None:
    """Return the list and what a line says, and count it as done; None when it is no more to do."""
    row = tx.session.get(BroughtList, id_, with_for_update=True, populate_existing=True)
    if row is None or row.state != "reading":
        return None
    where = (BroughtLine.list_id == id_, BroughtLine.number == number)
    words = tx.connection.scalar(select(BroughtLine.words).where(*where))
    if words is None:
        return None
    tx.connection.execute(delete(BroughtLine).where(*where))
    row.done += 1
    return row, words


def _end(tx: Tx, id_: int, state: str) -> None:
    tx.flush()
    tx.connection.execute(
        update(BroughtList)
        .where(BroughtList.id == id_, BroughtList.state.in_(BUSY))
        .values(state=state)
    )
    tx.connection.execute(delete(BroughtLine).where(BroughtLine.list_id == id_))
    member_id = tx.connection.scalar(select(BroughtList.member_id).where(BroughtList.id == id_))
    if member_id is not None:
        hold_member(tx, member_id)
        _begin_next(tx, member_id)
    tx.session.expire_all()
