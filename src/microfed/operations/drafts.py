"""Words that wait: kept by their author until they are said, however often the line is cut.

A draft is a planned post without a time; what was planned and could not be said becomes one.
"""

from dataclasses import asdict

from sqlalchemy import delete, func, select

from microfed.errors import Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.saying import MOST_CHARACTERS
from microfed.operations.wishes import MOST_PLANNED, Wish
from microfed.store.database import Tx
from microfed.store.own import PlannedPost
from microfed.store.people import Actor


def keep_draft(tx: Tx, *, author: Actor, wish: Wish, id_: int | None = None) -> PlannedPost:
    """`author` keeps words for later; `id_` is of the draft that they replace, if any."""
    if len(wish.text) > 4 * MOST_CHARACTERS:
        raise Invalid("a draft is too long", {"status": "too many characters"})
    known = None if id_ is None else tx.session.get(PlannedPost, id_)
    if known is not None and known.actor_id == author.id:
        known.parameters, known.due_at, known.error = asdict(wish), None, None
        tx.flush()
        return known
    count = select(func.count(PlannedPost.id)).where(PlannedPost.actor_id == author.id)
    if (tx.connection.scalar(count) or 0) >= MOST_PLANNED:
        raise Invalid(f"at most {MOST_PLANNED} drafts are kept", {"draft": "too many"})
    draft = PlannedPost(id=id_at(tx.now), actor_id=author.id, due_at=None, parameters=asdict(wish))
    tx.session.add(draft)
    tx.flush()
    return draft


def need_own_draft(tx: Tx, *, actor_id: int, id_: int) -> PlannedPost:
    """Return someone's own draft or planned post: to others there is none."""
    draft = tx.session.get(PlannedPost, id_)
    if draft is None or draft.actor_id != actor_id:
        raise NotFound("there is no such draft")
    return draft


def drop_draft(tx: Tx, *, actor_id: int, id_: int) -> None:
    """Someone's draft is not needed any more; one that is gone already is no mistake."""
    tx.connection.execute(
        delete(PlannedPost).where(PlannedPost.id == id_, PlannedPost.actor_id == actor_id)
    )


def take_time_away(tx: Tx, *, actor_id: int, id_: int) -> None:
    """What was planned waits, without a time, for its author to change it."""
    need_own_draft(tx, actor_id=actor_id, id_=id_).due_at = None
    tx.flush()
    tx.tell("planned")
