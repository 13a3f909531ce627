"""Is all well? What the desk shows first: what waits, what is broken, how much is kept.

Counts of what is said and done, from rows that exist anyway; never of anybody's reading.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select

from microfed.ids import first_id_at, moment_of
from microfed.queries.figures import PlaceFigures, QueueFigures, place_figures, queue_figures
from microfed.queries.files import bytes_by_kind
from microfed.store.access import DomainRule
from microfed.store.database import Tx
from microfed.store.moderation import Report, Strike
from microfed.store.people import Actor, Follow, Member
from microfed.store.posts import Post
from microfed.store.queues import Delivery, Host

WEEKS = 12
# A server that nobody looked at for so long is no news any more.
NEW_FOR = timedelta(days=30)
_WEEK = timedelta(days=7)
# A message that waits longer than these, one after the other, is more and more of a worry.
AGES = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the place: what was said, by how many, who moved in, who lived there then."""

    begins: datetime
    posts: int
    people: int
    came: int
    members: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What those who look after the place need to know in ten seconds."""

    place: PlaceFigures
    queues: QueueFigures
    pending: int
    reports: int
    appeals: int
    admins: int
    oldest_delivery: datetime | None
    ages: Sequence[int]  # how many deliveries wait, by AGES
    silent: Sequence[Host]  # servers that do not answer, the longest first
    weeks: Sequence[Week]
    bytes: dict[str, int]


@dataclass(frozen=True, slots=True)
class ServerLine:
    """Another server, as the desk lists it: how it does, and how many know each other."""

    host: str
    people: int
    followed: int
    followers: int
    failures: int
    failing_since: datetime | None
    last_error: str | None
    last_heard_at: datetime | None
    last_sent_at: datetime | None
    waiting: int
    met_at: datetime
    software: str | None


def overview(tx: Tx) -> Overview:
    """Return how the place is doing."""
    count = tx.connection.scalar
    oldest = count(select(func.min(Delivery.id)))
    admins = select(func.count(Member.id)).where(
        Member.role == "admin", Member.suspended_at.is_(None)
    )
    return Overview(
        place=place_figures(tx),
        queues=queue_figures(tx),
        pending=count(select(func.count(Member.id)).where(Member.approved_at.is_(None))) or 0,
        reports=count(select(func.count(Report.id)).where(Report.handled_at.is_(None))) or 0,
        appeals=count(
            select(func.count(Strike.id)).where(
                Strike.appealed_at.is_not(None), Strike.answered_at.is_(None)
            )
        )
        or 0,
        admins=count(admins) or 0,
        oldest_delivery=None if oldest is None else moment_of(oldest),
        ages=ages(tx),
        silent=tx.session.scalars(
            select(Host)
            .where(Host.failures > 0)
            .order_by(Host.failing_since.nulls_last(), Host.host)
            .limit(MOST_NAMED)
        ).all(),
        weeks=weeks(tx),
        bytes=bytes_by_kind(tx),
    )


def weeks(tx: Tx, most: int = WEEKS) -> list[Week]:
    """Return the last weeks, the oldest first; the last one has only begun."""
    today = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    this = today - timedelta(days=today.weekday())
    begins = [this - _WEEK * back for back in range(most - 1, -1, -1)]
    said: Counter[datetime] = Counter()
    people: dict[datetime, set[int]] = {begin: set() for begin in begins}
    rows = tx.connection.execute(
        select(Post.id, Post.actor_id).where(
            Post.is_local, Post.boost_of_id.is_(None), Post.id >= first_id_at(begins[0])
        )
    )
    for id_, actor_id in rows:
        week = _week_of(moment_of(id_), begins)
        said[week] += 1
        people[week].add(actor_id)
    stays = [
        (came, left or tx.now + _WEEK)
        for came, left in tx.connection.execute(
            select(Member.created_at, Actor.gone_at)
            .join(Actor, Actor.id == Member.id)
            .where(Member.approved_at.is_not(None))
        )
    ]
    return [
        Week(
            begin,
            said[begin],
            len(people[begin]),
            sum(begin <= came < begin + _WEEK for came, _ in stays),
            sum(came < begin + _WEEK <= left for came, left in stays),
        )
        for begin in begins
    ]


def ages(tx: Tx) -> list[int]:
    """Count the deliveries that wait by how long they do: one number for each of AGES, and one for
    all that are older."""
    limits = [first_id_at(tx.now - age) for age in AGES]
    since = [func.count(case((Delivery.id >= limit, Delivery.id))) for limit in limits]
    row = tx.connection.execute(select(*since, func.count(Delivery.id))).one()
    return [count - before for before, count in zip((0, *row), row, strict=False)]


def servers(tx: Tx, *, only_down: bool = False, most: int = 200) -> list[ServerLine]:
    """Return the servers we know, those we heard of last first."""
    query = select(Host).order_by(Host.last_heard_at.desc().nulls_last(), Host.host)
    if only_down:
        query = query.where(Host.failures > 0)
    return lines_of(tx, list(tx.session.scalars(query.limit(most))))


def new_servers(tx: Tx, *, most: int = 50) -> list[ServerLine]:
    """Return the servers that spoke to us lately for the first time, the last first: no admin has
    seen them, and no rule names them."""
    ruled = select(DomainRule.host)
    query = select(Host).where(
        Host.last_heard_at.is_not(None),
        Host.reviewed_at.is_(None),
        Host.id >= first_id_at(tx.now - NEW_FOR),
        Host.host.not_in(ruled),
    )
    return lines_of(tx, list(tx.session.scalars(query.order_by(Host.id.desc()).limit(most))))


def lines_of(tx: Tx, hosts: Sequence[Host]) -> list[ServerLine]:
    """Return servers as the desk lists them."""
    names = [one.host for one in hosts]
    people = _counted(tx, select(Actor.host, func.count(Actor.id)), names)
    followed = _counted(
        tx,
        select(Actor.host, func.count(Follow.id)).join(Follow, Follow.target_id == Actor.id),
        names,
    )
    followers = _counted(
        tx,
        select(Actor.host, func.count(Follow.id)).join(Follow, Follow.follower_id == Actor.id),
        names,
    )
    waits = tx.connection.execute(
        select(Delivery.host, func.count(Delivery.id))
        .where(Delivery.host.in_(names))
        .group_by(Delivery.host)
    )
    waiting = {row[0]: row[1] for row in waits}
    return [
        ServerLine(
            one.host,
            people.get(one.host, 0),
            followed.get(one.host, 0),
            followers.get(one.host, 0),
            one.failures,
            one.failing_since,
            one.last_error,
            one.last_heard_at,
            one.last_sent_at,
            waiting.get(one.host, 0),
            moment_of(one.id),
            one.software,
        )
        for one in hosts
    ]


def _counted(tx: Tx, query: Select[*tuple[Any, ...]], names: list[str]) -> dict[str, int]:
    rows = tx.connection.execute(query.where(Actor.host.in_(names)).group_by(Actor.host))
    return {row[0]: row[1] for row in rows}


def _week_of(moment: datetime, begins: Sequence[datetime]) -> datetime:
    return max((begin for begin in begins if begin <= moment), default=begins[0])
