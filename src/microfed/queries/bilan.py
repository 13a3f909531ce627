"""A member's balance, counted when they ask for it from rows that exist anyway, and kept nowhere.

Each thing counts once, where the nearest of the people in it lives: here, in the ring, elsewhere.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, union
from sqlalchemy.orm import aliased

from microfed.ids import first_id_at
from microfed.outbound.allies import allies
from microfed.store.aid import Aid, AidAgreement
from microfed.store.bilan import BilanEntry
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.introductions import Introduction, IntroductionSide
from microfed.store.people import HERE, Actor
from microfed.store.posts import Mention, Post

SPHERES = ("here", "ring", "elsewhere")
PERIODS = (30, 90)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Figure:
    """How many of one kind of thing there were: with people here, of the ring, elsewhere."""

    here: int
    ring: int
    elsewhere: int

    @property
    def total(self) -> int:
        """How many in all."""
        return self.here + self.ring + self.elsewhere


@dataclass(frozen=True, slots=True)
class Side:
    """What a member says of time here, or on the big networks: minutes, and what they brought."""

    minutes: int
    brought: Counter[str]

    @property
    def by_hour(self) -> float | None:
        """How many things an hour brought; None where there was no time to count by."""
        return round(self.brought.total() * 60 / self.minutes, 1) if self.minutes else None


@dataclass(frozen=True, slots=True)
class Week:
    """Minutes of one week, on either side."""

    begins: datetime
    here: int
    networks: int


@dataclass(frozen=True, slots=True)
class Balance:
    """All that the page shows."""

    figures: dict[str, Figure]
    here: Side
    networks: Side
    weeks: Sequence[Week]
    entries: Sequence[BilanEntry]


def balance(tx: Tx, owner_id: int, *, days: int) -> Balance:
    """Return what the last days came to, for the member who asks about themselves."""
    entries = entries_of(tx, owner_id, since=tx.now - timedelta(days=days))
    return Balance(
        figures=counted(tx, owner_id, since=tx.now - timedelta(days=days)),
        here=_side(entries, "here"),
        networks=_side(entries, "networks"),
        weeks=_weeks(entries, tx.now, days),
        entries=entries,
    )


def entries_of(tx: Tx, owner_id: int, *, since: datetime | None = None) -> list[BilanEntry]:
    """Return what a member wrote down, the last day first."""
    query = select(BilanEntry).where(BilanEntry.owner_id == owner_id)
    if since is not None:
        query = query.where(BilanEntry.day >= since)
    return list(tx.session.scalars(query.order_by(BilanEntry.day.desc(), BilanEntry.id.desc())))


def counted(tx: Tx, me: int, *, since: datetime) -> dict[str, Figure]:
    """Return each count since then."""
    near = {HERE: 0, **{ally.host: 1 for ally in allies(tx)}}
    figures = {}
    for name, find in COUNTS.items():
        spheres: dict[int, int] = {}
        for thing, host in find(tx, me, since):
            spheres[thing] = min(spheres.get(thing, 2), near.get(host, 2))
        count = Counter(spheres.values())
        figures[name] = Figure(count[0], count[1], count[2])
    return figures


# What was found: the id of a thing, and the server of somebody in it.
Found = Iterable[tuple[int, str]]


def _people(tx: Tx, me: int, since: datetime) -> Found:
    """People to whom one said something, and who said something to one."""
    first = first_id_at(since)
    mine, theirs = aliased(Post), aliased(Post)
    named = select(Mention.actor_id).join(mine, mine.id == Mention.post_id)
    answered = select(mine.in_reply_to_actor_id)
    by_me = (mine.actor_id == me, mine.id >= first, mine.boost_of_id.is_(None))
    said = {*tx.connection.scalars(named.where(*by_me))}
    said |= {*tx.connection.scalars(answered.where(*by_me))}
    to_me = select(theirs.actor_id).where(theirs.id >= first, theirs.boost_of_id.is_(None))
    naming = to_me.join(Mention, Mention.post_id == theirs.id).where(
        Mention.actor_id == me, Mention.post_id >= first
    )
    answering = to_me.join(mine, mine.id == theirs.in_reply_to_id).where(mine.actor_id == me)
    heard = {*tx.connection.scalars(naming)} | {*tx.connection.scalars(answering)}
    both = sorted((said & heard) - {me, None})
    people = select(Actor.id, Actor.host).where(Actor.id.in_(both), Actor.kind == "Person")
    return [(row.id, row.host) for row in tx.connection.execute(people)] if both else []


def _answered(tx: Tx, me: int, since: datetime) -> Found:
    """Conversations in which one answered somebody."""
    asked = (
        select(Post.thread_id, Actor.host)
        .join(Actor, Actor.id == Post.in_reply_to_actor_id)
        .where(Post.actor_id == me, Post.id >= first_id_at(since), Actor.id != me)
    )
    return [(row[0], row[1]) for row in tx.connection.execute(asked) if row[0] is not None]


def _was_answered(tx: Tx, me: int, since: datetime) -> Found:
    """Conversations in which somebody answered one."""
    mine, theirs = aliased(Post), aliased(Post)
    asked = (
        select(mine.thread_id, Actor.host)
        .join(theirs, theirs.in_reply_to_id == mine.id)
        .join(Actor, Actor.id == theirs.actor_id)
        .where(mine.actor_id == me, theirs.id >= first_id_at(since), Actor.id != me)
    )
    return [(row[0], row[1]) for row in tx.connection.execute(asked) if row[0] is not None]


def _helped(tx: Tx, me: int, since: datetime) -> Found:
    """Offers and needs that are done: one's own that somebody answered, and others' that one
    answered."""
    answer, author, helper = aliased(Post), aliased(Actor), aliased(Actor)
    # Where it was settled with somebody, those who only answered had no part in it.
    agreed = select(AidAgreement.id).where(
        AidAgreement.aid_id == Aid.id, AidAgreement.state.in_(("accepted", "done"))
    )
    asked = (
        select(Aid.id, author.id, author.host, helper.host)
        .join(Post, Post.id == Aid.id)
        .join(answer, answer.in_reply_to_id == Post.id)
        .join(author, author.id == Post.actor_id)
        .join(helper, helper.id == answer.actor_id)
        .where(
            Aid.state == "done",
            Post.edited_at >= since,  # saying that it is done is the last word about it
            author.id != helper.id,
            or_(agreed.where(AidAgreement.person_id == helper.id).exists(), ~agreed.exists()),
            or_(author.id == me, helper.id == me),
        )
    )
    rows = tx.connection.execute(asked)
    return [(aid, theirs if by == me else ours) for aid, by, ours, theirs in rows]


def _met(tx: Tx, me: int, since: datetime) -> Found:
    """Introductions that opened a conversation: of oneself, or of others by oneself."""
    side = aliased(IntroductionSide)
    is_mine = (
        select(side.actor_id)
        .where(side.introduction_id == Introduction.id, side.actor_id == me)
        .exists()
    )
    asked = (
        select(Introduction.id, Actor.host)
        .join(IntroductionSide, IntroductionSide.introduction_id == Introduction.id)
        .join(Actor, Actor.id == IntroductionSide.actor_id)
        .where(
            Introduction.state == "met",
            func.coalesce(Introduction.post_id, Introduction.id) >= first_id_at(since),
            Actor.id != me,
            or_(is_mine, Introduction.proposer_id == me),
        )
    )
    return [(row[0], row[1]) for row in tx.connection.execute(asked)]


def _shared(tx: Tx, me: int, since: datetime) -> Found:
    """Meetings that took place, to which one went, and others too; whoever plans one goes."""
    event = aliased(Event)
    goes = select(EventAnswer.event_id, EventAnswer.actor_id).where(
        EventAnswer.state == "going", EventAnswer.actor_id.is_not(None)
    )
    plans = select(Event.id, Post.actor_id).join(Post, Post.id == Event.id)
    mine, theirs = union(goes, plans).subquery(), union(goes, plans).subquery()
    asked = (
        select(event.id, Actor.host)
        .join(mine, mine.c.event_id == event.id)
        .join(theirs, theirs.c.event_id == event.id)
        .join(Actor, Actor.id == theirs.c.actor_id)
        .where(
            mine.c.actor_id == me,
            theirs.c.actor_id != me,
            event.state != "cancelled",
            event.starts_at >= since,
            event.starts_at <= tx.now,
        )
    )
    return [(row[0], row[1]) for row in tx.connection.execute(asked)]


# What is counted, in the order of the page.
COUNTS: dict[str, Callable[[Tx, int, datetime], Found]] = {
    "people": _people,
    "answered": _answered,
    "was_answered": _was_answered,
    "helped": _helped,
    "met": _met,
    "shared": _shared,
}


def _side(entries: Iterable[BilanEntry], side: str) -> Side:
    own = [entry for entry in entries if entry.side == side]
    brought = Counter(one for entry in own for one in entry.brought)
    return Side(sum(entry.minutes for entry in own), brought)


def _weeks(entries: Iterable[BilanEntry], now: datetime, days: int) -> list[Week]:
    """Return the weeks of the period, the oldest first; each ends on the weekday of today."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    count = -(-days // 7)
    begins = [today - _WEEK * back + timedelta(days=1) for back in range(count, 0, -1)]
    minutes: Counter[tuple[int, str]] = Counter()
    for entry in entries:
        back = max((today - entry.day).days, 0) // 7
        minutes[back, entry.side] += entry.minutes
    return [
        Week(begin, minutes[count - 1 - at, "here"], minutes[count - 1 - at, "networks"])
        for at, begin in enumerate(begins)
    ]
