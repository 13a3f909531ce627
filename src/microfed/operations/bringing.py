"""Bringing an archive along: it waits, is read on and on, ends, is stopped, or is taken back.

How far it is stands in its row and grows in the transaction that makes the posts, so that whoever
goes on after a power cut begins where nothing was done yet.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update

from microfed.errors import Conflict, NotFound
from microfed.ids import id_at
from microfed.operations.files import Kept, keep_files, let_go
from microfed.operations.old_posts import Prepared, keep_old_post
from microfed.operations.taking_back import delete_post, forget_post
from microfed.store.bringing import Import, ImportedPost
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.media import StoredFile
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.archive_contents import PARTS, POSTS
from microfed.vocab.archives import LeftOut

SLOT = "import"
DUE = ("waiting", "reading", "removing")
KEPT = (*DUE, "found")
LEASE = timedelta(minutes=3)
MOST_ATTEMPTS = 5
MOST_EXAMPLES = 20
KEPT_PER_MEMBER = 10
KEPT_UNDECIDED = timedelta(days=7)


def begin_import(
    tx: Tx,
    *,
    member_id: int,
    file: Kept,
    takes_answers: bool = False,
    parts: Sequence[str] | None = None,
) -> int:
    """A member brought an archive; it is read as soon as somebody has time. Returns its id.

    Without `parts` it is only looked into, and they choose. One that waits for that goes.
    Raises Conflict while another one is being read.
    """
    hold_member(tx, member_id)
    id_ = id_at(tx.now)
    values = {
        "id": id_,
        "member_id": member_id,
        "asked_at": tx.now,
        "state": "waiting",
        "key": file.key,
        "takes_answers": takes_answers,
        **dict.fromkeys(("total", "done", "made", "files", "attempts"), 0),
        "left": {},
    }
    if parts is not None:
        values["parts"] = wish(parts)
    if not insert_once(tx, Import, values):
        raise Conflict("another archive is being read")
    keep_files(tx, [file], actor_id=member_id)
    _drop_undecided(tx, (Import.member_id == member_id))
    _forget_older(tx, member_id)
    tx.tell("imports")
    return id_


def claim_import(tx: Tx) -> int | None:
    """Return an archive that nobody reads at the moment; it is the caller's for LEASE."""
    row = tx.session.scalar(
        select(Import)
        .where(
            Import.state.in_(DUE),
            Import.claimed_until.is_(None) | (Import.claimed_until <= tx.now),
        )
        .order_by(Import.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    if row.attempts >= MOST_ATTEMPTS:  # what ends us each time is not tried for ever
        if row.state != "removing":
            refuse_import(tx, row.id, "broken")
            return None
        row.attempts = 0
    row.attempts += 1
    row.claimed_until = tx.now + LEASE
    if row.state == "waiting" and row.parts is not None:
        row.state = "reading"
    tx.flush()
    return row.id


def hold_import(tx: Tx, id_: int) -> None:
    """Whoever reads it is still at it."""
    tx.connection.execute(
        update(Import)
        .where(Import.id == id_, Import.state.in_(DUE))
        .values(claimed_until=tx.now + LEASE)
    )


def release_imports(tx: Tx) -> None:
    """Give back what a process that is no more was reading; only where no other works."""
    tx.connection.execute(
        update(Import).where(Import.claimed_until.is_not(None)).values(claimed_until=None)
    )


def wish(parts: Sequence[str]) -> dict[str, Any]:
    """Return what a member wants of an archive, as its row keeps it."""
    todo = [part for part in PARTS if part in parts and part != POSTS]
    return {"posts": POSTS in parts, "todo": todo, "done": {}}


def import_is_open(tx: Tx, id_: int, *, whose: str | None, total: int) -> None:
    """It could be opened: it is of the account `whose` and tells of `total` things."""
    tx.connection.execute(update(Import).where(Import.id == id_).values(whose=whose, total=total))


def take_in(tx: Tx, id_: int, *, at: int, items: Sequence[Prepared | LeftOut]) -> bool:
    """Make the posts of the next `items`, those from `at` on. False when that is no more wanted:
    it was stopped, or somebody else was faster."""
    row = tx.session.get(Import, id_, with_for_update=True)
    if row is None or row.state != "reading" or row.done != at:
        return False
    author = tx.session.get_one(Actor, row.member_id)
    if author.gone_at is not None or author.suspended_at is not None:
        return False
    left = dict(row.left)
    for item in items:
        if isinstance(item, LeftOut):
            note_left(left, item)
            continue
        try:
            keep_old_post(tx, author=author, import_id=id_, prepared=item)
        except LeftOut as out:
            note_left(left, out)
            continue
        row.made += 1
        row.files += len(item.media)
        for lack in item.left:
            note_left(left, lack)
    row.left, row.done = left, at + len(items)
    row.attempts, row.claimed_until = 0, tx.now + LEASE
    tx.flush()
    return True


def finish_import(tx: Tx, id_: int) -> None:
    """It is read to its end."""
    _end(tx, id_, "done", ("reading",))


def refuse_import(tx: Tx, id_: int, why: str) -> None:
    """It cannot be read; `why` is one of vocab.archives.REFUSALS."""
    if _end(tx, id_, "refused", ("waiting", "reading")):
        tx.connection.execute(update(Import).where(Import.id == id_).values(error=why))


def stop_import(tx: Tx, *, member_id: int, id_: int) -> None:
    """A member wants no more of it read; what is made stays. Too late, it is harmless."""
    need_import(tx, member_id, id_)
    _end(tx, id_, "stopped", ("waiting", "found", "reading"))


def take_back_import(tx: Tx, *, member_id: int, id_: int) -> None:
    """A member wants nothing of it here: the worker takes its posts away, then it is forgotten.

    Raises Conflict while another one is being read.
    """
    need_import(tx, member_id, id_)
    hold_member(tx, member_id)
    check_alone(tx, tx.session.get_one(Import, id_))
    _end(tx, id_, "removing", ("waiting", "found", "reading", "done", "stopped", "refused"))
    tx.tell("imports")


def remove_some(tx: Tx, id_: int, *, most: int = 50) -> bool:
    """Take away the next posts of an archive, the newest first; say whether there are more.

    What nobody has met goes quietly. Whoever answered, liked or passed on one is told.
    """
    row = tx.session.get(Import, id_, with_for_update=True)
    if row is None or row.state != "removing":
        return False
    author = tx.session.get_one(Actor, row.member_id)
    mine = select(ImportedPost.post_id).where(
        ImportedPost.import_id == id_, ImportedPost.post_id.is_not(None)
    )
    ids = list(tx.connection.scalars(mine.order_by(ImportedPost.post_id.desc()).limit(most)))
    for post_id in ids:
        met = tx.connection.scalar(
            select(
                Post.likes_count + Post.boosts_count + Post.replies_count + Post.quotes_count
            ).where(Post.id == post_id)
        )
        post = tx.session.get(Post, post_id)
        if post is None:
            continue
        remove = delete_post if met else forget_post
        remove(tx, author=author, post=post)
    row.claimed_until, row.attempts = tx.now + LEASE, 0
    if not ids:
        tx.session.delete(row)
    tx.flush()
    return bool(ids)


def drop_undecided(tx: Tx) -> int:
    """Let go of archives of which nobody chose anything in KEPT_UNDECIDED; return how many."""
    return _drop_undecided(tx, Import.asked_at < tx.now - KEPT_UNDECIDED)


def _drop_undecided(tx: Tx, which: ColumnElement[bool]) -> int:
    rows = tx.session.scalars(select(Import).where(Import.state == "found", which).limit(100)).all()
    for row in rows:
        let_go(tx, StoredFile.key == row.key)
        tx.session.delete(row)
    tx.flush()
    return len(rows)


def hold_member(tx: Tx, member_id: int) -> None:
    """Let nothing else of a member begin in between."""
    tx.connection.execute(select(Actor.id).where(Actor.id == member_id).with_for_update())


def check_alone(tx: Tx, row: Import) -> None:
    """Raise Conflict while another archive of the same member is being read."""
    busy = select(Import.id).where(Import.member_id == row.member_id, Import.state.in_(DUE))
    if tx.connection.scalar(busy.where(Import.id != row.id)) is not None:
        raise Conflict("another archive is being read")


def need_import(tx: Tx, member_id: int, id_: int) -> None:
    """Raise NotFound unless the archive is the member's."""
    row = tx.session.get(Import, id_)
    if row is None or row.member_id != member_id:
        raise NotFound("there is no such archive of yours")


def _end(tx: Tx, id_: int, state: str, before: Sequence[str]) -> bool:
    tx.flush()
    done = tx.connection.execute(
        update(Import)
        .where(Import.id == id_, Import.state.in_(before))
        .values(state=state, claimed_until=None, attempts=0, finished_at=tx.now)
    )
    if not done.rowcount:
        return False
    key = tx.connection.scalar(select(Import.key).where(Import.id == id_))
    if key is not None:
        let_go(tx, StoredFile.key == key)
        tx.connection.execute(update(Import).where(Import.id == id_).values(key=None))
    tx.session.expire_all()
    return True


def _forget_older(tx: Tx, member_id: int) -> None:
    """Keep the reports of the last ones; one that made posts stays, for it can be taken back."""
    old = tx.session.scalars(
        select(Import)
        .where(
            Import.member_id == member_id, Import.made == 0, Import.state.not_in((*DUE, "found"))
        )
        .order_by(Import.id.desc())
        .offset(KEPT_PER_MEMBER)
    )
    for row in old:
        tx.session.delete(row)
    tx.flush()


def note_left(left: dict[str, Any], out: LeftOut) -> None:
    """Count what was left out, and keep some of it by name."""
    noted = left.get(out.why, {"count": 0, "examples": []})
    examples = noted["examples"]
    if out.what and len(examples) < MOST_EXAMPLES:
        examples = [*examples, out.what[:300]]
    left[out.why] = {"count": noted["count"] + 1, "examples": examples}
