"""Introductions as each of the three may see them: nobody reads what another answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from microfed.ids import moment_of
from microfed.queries.posts import load_people
from microfed.queries.silence import not_silenced
from microfed.queries.views import PersonView
from microfed.store.database import Tx
from microfed.store.introductions import Introduction, IntroductionSide
from microfed.store.people import Actor

MOST = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody would like me to meet somebody. `state`: waits, said_no, said_yes, met, over."""

    id: int
    proposer: PersonView
    reason: str
    until: datetime
    state: str
    post_id: int | None


@dataclass(frozen=True, slots=True)
class Mine:
    """What I proposed, and what came of it. `state`: open, met, over."""

    id: int
    people: Sequence[PersonView]
    reason: str
    at: datetime
    until: datetime
    state: str
    post_id: int | None


def asked_of(tx: Tx, me: int) -> list[Asked]:
    """Return what others propose to me, the newest first: what waits for an answer, what I said."""
    rows = tx.session.execute(
        select(Introduction, IntroductionSide.answer)
        .join(IntroductionSide, IntroductionSide.introduction_id == Introduction.id)
        .join(Actor, Actor.id == Introduction.proposer_id)
        .where(
            IntroductionSide.actor_id == me,
            IntroductionSide.asked_at.is_not(None),
            Introduction.state != "withdrawn",
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
            not_silenced(me, Introduction.proposer_id, tx.now),
        )
        .order_by(Introduction.id.desc())
        .limit(MOST)
    ).all()
    people = load_people(tx, {row[0].proposer_id for row in rows})
    return [
        Asked(
            one.id,
            people[one.proposer_id],
            one.reason,
            one.expires_at,
            _seen_by_side(tx, one, answer),
            one.post_id if one.state == "met" else None,
        )
        for one, answer in rows
    ]


def proposed_by(tx: Tx, me: int) -> list[Mine]:
    """Return what I proposed and did not withdraw, the newest first."""
    rows = tx.session.scalars(
        select(Introduction)
        .where(Introduction.proposer_id == me, Introduction.state != "withdrawn")
        .order_by(Introduction.id.desc())
        .limit(MOST)
    ).all()
    pairs = tx.connection.execute(
        select(IntroductionSide.introduction_id, IntroductionSide.actor_id).where(
            IntroductionSide.introduction_id.in_([one.id for one in rows])
        )
    ).all()
    people = load_people(tx, {pair[1] for pair in pairs})
    return [
        Mine(
            one.id,
            [people[who] for which, who in pairs if which == one.id and who in people],
            one.reason,
            moment_of(one.id),
            one.expires_at,
            _state(tx, one),
            one.post_id,
        )
        for one in rows
    ]


def _state(tx: Tx, one: Introduction) -> str:
    # What ran out is over, whether or not the job that says so has come by.
    return "over" if one.state == "open" and one.expires_at <= tx.now else one.state


def _seen_by_side(tx: Tx, one: Introduction, answer: str | None) -> str:
    state = _state(tx, one)
    if answer == "no":
        return "said_no"
    if state == "met":
        return "met"
    if state == "over":
        return "over"
    return "waits" if answer is None else "said_yes"
