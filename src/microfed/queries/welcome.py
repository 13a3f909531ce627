"""Who has just moved in, and whom they may greet: by rules anyone can check, never by applause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, false, func, or_, select

from microfed.ids import moment_of
from microfed.queries.directory import with_my_skills
from microfed.queries.discovery import may_be_suggested
from microfed.queries.posts import load_people
from microfed.queries.silence import not_silenced
from microfed.queries.views import PersonView
from microfed.store.database import Tx
from microfed.store.directory import DirectoryEntry
from microfed.store.people import Actor, Block, Member
from microfed.store.posts import Mention, Post
from microfed.store.rows import Moment
from microfed.store.welcome import NewcomerCard

NEW_FOR = timedelta(days=14)
MOST_CARDS = 12
MOST_TO_GREET = 5
# Asked with each look at a home, and mostly answered by nothing.
_ANY_CARD = (
    select(NewcomerCard.id).where(NewcomerCard.until > bindparam("now", type_=Moment())).limit(1)
)


@dataclass(frozen=True, slots=True)
class Card:
    """Somebody new, in their own words."""

    person: PersonView
    words: str


@dataclass(frozen=True, slots=True)
class ToGreet:
    """Somebody to say hello to, and why: sponsor, caretaker, newcomer or skill."""

    person: PersonView
    why: str
    words: str = ""  # of their card


@dataclass(frozen=True, slots=True)
class Welcome:
    """What somebody new finds on their first days."""

    greet: list[ToGreet]
    my_card: str | None  # its words; None: there is none
    to_follow: int  # how many live here, wish to be found, and are not followed yet


def is_new(tx: Tx, member: Member) -> bool:
    """Say whether somebody has just moved in, or waits to."""
    return member.approved_at is None or member.approved_at > tx.now - NEW_FOR


def cards_up(tx: Tx, me: int) -> list[Card]:
    """Return the cards that hang at the moment, as a neighbour sees them, the newest first."""
    if tx.connection.scalar(_ANY_CARD, {"now": tx.now}) is None:
        return []
    rows = tx.connection.execute(
        select(NewcomerCard.id, NewcomerCard.words)
        .join(Member, Member.id == NewcomerCard.id)
        .join(Actor, Actor.id == NewcomerCard.id)
        .where(NewcomerCard.until > tx.now, *_stands(tx, me))
        .order_by(NewcomerCard.until.desc(), NewcomerCard.id.desc())
        .limit(MOST_CARDS)
    ).all()
    people = load_people(tx, [row[0] for row in rows])
    return [Card(people[id_], words) for id_, words in rows]


def welcome_of(tx: Tx, me: int, habits: Mapping[str, Any]) -> Welcome | None:
    """Return what greets somebody new at home; None for who has lived here for a
    while, or where nobody else does."""
    # Most who look at their home were here long ago: their id says so, without asking anything.
    if habits.get("knows_the_way") or moment_of(me) < tx.now - 4 * NEW_FOR:
        return None
    member = tx.session.get(Member, me)
    if member is None or member.approved_at is None or not is_new(tx, member):
        return None
    found = first_days(tx, me)
    return found if found.greet or found.to_follow else None


def first_days(tx: Tx, me: int) -> Welcome:
    """Return the same for anybody who asks for it."""
    words = tx.connection.scalar(
        select(NewcomerCard.words).where(NewcomerCard.id == me, NewcomerCard.until > tx.now)
    )
    found = people_to_greet(tx, me)
    people = load_people(tx, [id_ for id_, _ in found])
    words_of = {card.person.id: card.words for card in cards_up(tx, me)}
    greet = [ToGreet(people[id_], why, words_of.get(id_, "")) for id_, why in found]
    return Welcome(greet, words, count_to_follow(tx, me))


def people_to_greet(tx: Tx, me: int) -> list[tuple[int, str]]:
    """Return five people at most to say hello to, and why.

    Who answers for me comes first, then two who look after the place, the eldest first, then who
    is new too and shows it, the newest first, then who has a skill of mine; where there are fewer,
    more who look after it. Whom I have written to already is not named again.
    """
    preferences = tx.connection.scalar(select(Member.preferences).where(Member.id == me)) or {}
    found: dict[int, str] = {}
    named = select(Member.id).join(Actor, Actor.id == Member.id).where(*_may_be_greeted(tx, me))
    if (sponsor := preferences.get("sponsor")) is not None:
        found |= dict.fromkeys(tx.connection.scalars(named.where(Member.id == sponsor)), "sponsor")
    caretakers = named.where(Member.role.in_(("admin", "organiser"))).order_by(Member.id)
    newcomers = (
        named.join(NewcomerCard, NewcomerCard.id == Member.id)
        .where(NewcomerCard.until > tx.now)
        .order_by(NewcomerCard.until.desc(), Member.id.desc())
    )
    alike = with_my_skills(tx, me)
    skilled = (
        named.join(DirectoryEntry, DirectoryEntry.id == Member.id)
        .where(or_(false(), *alike), Actor.is_discoverable)
        .order_by(Member.id.desc())
    )
    for query, why, most in (
        (caretakers, "caretaker", 2),
        (newcomers, "newcomer", MOST_TO_GREET),
        (skilled, "skill", MOST_TO_GREET if alike else 0),
        (caretakers, "caretaker", MOST_TO_GREET),
    ):
        for id_ in tx.connection.scalars(query.limit(most)):
            found.setdefault(id_, why)
    return list(found.items())[:MOST_TO_GREET]


def neighbour_to_greet(tx: Tx, me: int, whom_id: int) -> Actor | None:
    """Return somebody who lives here, if a word of mine may come to them."""
    return tx.session.scalar(
        select(Actor)
        .join(Member, Member.id == Actor.id)
        .where(Actor.id == whom_id, *_stands(tx, me))
    )


def neighbours_to_follow(tx: Tx, me: int, *, most: int) -> Sequence[Actor]:
    """Return who lives here, wishes to be found and is not followed yet, the eldest first."""
    query = select(Actor).join(Member, Member.id == Actor.id).where(*_may_be_followed(tx, me))
    return tx.session.scalars(query.order_by(Actor.id).limit(most)).all()


def count_to_follow(tx: Tx, me: int) -> int:
    """Return how many those are."""
    query = select(func.count(Actor.id)).join(Member, Member.id == Actor.id)
    return tx.connection.scalar(query.where(*_may_be_followed(tx, me))) or 0


def _stands(tx: Tx, me: int) -> tuple[ColumnElement[bool], ...]:
    """Whoever lives here and is somebody to `me`: neither of the two has shut the other out."""
    return (
        Actor.id != me,
        Member.approved_at.is_not(None),
        Member.suspended_at.is_(None),
        Actor.gone_at.is_(None),
        Actor.suspended_at.is_(None),
        Actor.silenced_at.is_(None),
        Actor.moved_to_uri.is_(None),
        not_silenced(me, Actor.id, tx.now),
        _not_shut_out(me),
    )


def _not_shut_out(me: int) -> ColumnElement[bool]:
    return ~exists(select(Block.id).where(Block.blocker_id == Actor.id, Block.blocked_id == me))


def _may_be_greeted(tx: Tx, me: int) -> tuple[ColumnElement[bool], ...]:
    written_to = (
        select(Mention.post_id)
        .join(Post, Post.id == Mention.post_id)
        .where(Mention.actor_id == Actor.id, Post.actor_id == me)
    )
    return (*_stands(tx, me), ~exists(written_to))


def _may_be_followed(tx: Tx, me: int) -> tuple[ColumnElement[bool], ...]:
    lives_here = (Member.approved_at.is_not(None), Member.suspended_at.is_(None))
    return (*may_be_suggested(tx, me), *lives_here, _not_shut_out(me))
