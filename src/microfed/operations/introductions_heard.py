"""Introductions that other servers speak of: proposed there, answered there, taken back there."""

from datetime import datetime

from sqlalchemy import delete, select

from microfed.errors import Conflict, Gone, NotFound
from microfed.ids import id_at
from microfed.operations.introduction_rows import (
    LASTS,
    LONGEST_REASON,
    MOST_A_DAY,
    is_apart,
    made_today,
    plan_expiry,
    side,
    sides,
)
from microfed.operations.introductions import answer
from microfed.outbound.notify import notify, take_back_notification
from microfed.store.database import Tx
from microfed.store.introductions import Introduction, IntroductionSide
from microfed.store.people import Actor


def introduction_arrived(
    tx: Tx, *, by: Actor, uri: str, to: Actor, reason: str, until: datetime | None
) -> Introduction | None:
    """Somebody elsewhere would like a neighbour to meet somebody. Twice is harmless.

    None, and nobody is told, when one of them shut the other out, beyond MOST_A_DAY of theirs, or
    when it was over before it came.
    """
    known = introduction_at(tx, uri)
    if known is not None:
        return known if known.proposer_id == by.id else None
    if by.is_local or is_apart(tx, (by.id, to.id)) or made_today(tx, by.id) >= MOST_A_DAY:
        return None
    latest = tx.now + LASTS
    expires_at = latest if until is None else min(until, latest)
    if expires_at <= tx.now or not reason:
        return None
    made = Introduction(
        id=id_at(tx.now),
        proposer_id=by.id,
        reason=reason[:LONGEST_REASON],
        state="open",
        expires_at=expires_at,
    )
    tx.session.add(made)
    tx.flush()
    asked = side(tx, made, to, True)
    asked.offer_uri = uri
    tx.session.add(asked)
    tx.flush()
    notify(tx, owner_id=to.id, kind="introduction", from_id=by.id, about_id=made.id)
    plan_expiry(tx, made)
    return made


def introduction_was_answered(tx: Tx, *, by: Actor, uri: str | None, says: str) -> bool:
    """Somebody elsewhere answered what was proposed to them here. Says whether it was that.

    An answer that comes late or once more changes nothing, and is no fault of theirs.
    """
    made = None if uri is None else introduction_at(tx, uri)
    if made is None:
        return False
    asked = tx.session.get(IntroductionSide, (made.id, by.id))
    if asked is None or asked.offer_uri != uri:
        return False
    try:
        answer(tx, who=by, id_=made.id, says=says)
    except (Conflict, Gone, NotFound):
        return True
    return True


def answer_offer(tx: Tx, *, who: Actor, uri: str, says: str) -> bool:
    """A neighbour answers what was offered to them at `uri`; False when nothing was.

    Raises Gone and Conflict as `answer` does.
    """
    made = introduction_at(tx, uri)
    asked = None if made is None else tx.session.get(IntroductionSide, (made.id, who.id))
    if made is None or asked is None or asked.offer_uri != uri:
        return False
    answer(tx, who=who, id_=made.id, says=says)
    return True


def introduction_was_undone(tx: Tx, *, by: Actor, uri: str) -> bool:
    """Somebody elsewhere would rather not. Says whether it was theirs."""
    made = None if by.is_local else introduction_at(tx, uri)
    if made is None or made.proposer_id != by.id:
        return False
    for one in sides(tx, made):
        take_back_notification(
            tx, owner_id=one.actor_id, kind="introduction", from_id=by.id, about_id=made.id
        )
    id_ = made.id
    tx.session.expunge_all()
    tx.connection.execute(delete(Introduction).where(Introduction.id == id_))
    return True


def introduction_at(tx: Tx, uri: str) -> Introduction | None:
    """Return the introduction that was offered to somebody at `uri`."""
    return tx.session.scalar(
        select(Introduction)
        .join(IntroductionSide, IntroductionSide.introduction_id == Introduction.id)
        .where(IntroductionSide.offer_uri == uri)
    )
