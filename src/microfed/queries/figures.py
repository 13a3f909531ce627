"""How many live here and how much is said: figures of the place, never of a person's reading."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, false, func, select

from microfed.ids import moment_of
from microfed.queries.files import bytes_by_kind
from microfed.store.database import Tx
from microfed.store.letters import Mail
from microfed.store.people import HERE, Actor, Member
from microfed.store.push import Push
from microfed.store.queues import Delivery, Host, Job, Received
from microfed.store.rows import Moment

MONTH, HALF_YEAR = timedelta(days=30), timedelta(days=180)


def _posted_since(name: str) -> Any:
    return select(func.count(Actor.id)).where(
        Actor.host == HERE, Actor.last_post_at > bindparam(name, type_=Moment())
    )


_ACTIVE = _posted_since("since")
_FIGURES = select(
    select(func.count(Member.id)).where(Member.suspended_at.is_(None)).scalar_subquery(),
    _posted_since("month").scalar_subquery(),
    _posted_since("half_year").scalar_subquery(),
    select(func.coalesce(func.sum(Actor.posts_count), 0))
    .where(Actor.host == HERE)
    .scalar_subquery(),
    select(func.count(func.distinct(Actor.host))).where(Actor.host != HERE).scalar_subquery(),
)


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """What NodeInfo and the instance pages tell."""

    members: int
    active_month: int
    active_half_year: int
    posts: int
    servers: int


@dataclass(frozen=True, slots=True)
class Load:
    """What there is to do, and how old the oldest of what goes out is, in seconds."""

    waiting: dict[str, int]
    given_up: dict[str, int]
    oldest_delivery: float
    hosts: int
    hosts_down: int
    members: int
    kept: dict[str, int]  # bytes in the storage, by what they are


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """What waits."""

    received: int
    deliveries: int
    jobs: int
    hosts_down: int


def place_figures(tx: Tx) -> PlaceFigures:
    """Count members, those who posted lately, and what they posted."""
    since = {"month": tx.now - MONTH, "half_year": tx.now - HALF_YEAR}
    return PlaceFigures(*(int(figure) for figure in tx.connection.execute(_FIGURES, since).one()))


def active_since(tx: Tx, moment: datetime) -> int:
    """Count those who live here and said something since then."""
    return tx.connection.scalar(_ACTIVE, {"since": moment}) or 0


def queue_figures(tx: Tx) -> QueueFigures:
    """Count what waits: taken in, going out, to be done; and servers that do not answer."""
    count = tx.connection.scalar
    return QueueFigures(
        received=count(select(func.count(Received.id)).where(Received.due_at.is_not(None))) or 0,
        deliveries=count(select(func.count(Delivery.id))) or 0,
        jobs=count(select(func.count(Job.id)).where(Job.due_at.is_not(None))) or 0,
        hosts_down=count(select(func.count(Host.id)).where(Host.failures > 0)) or 0,
    )


def load_figures(tx: Tx) -> Load:
    """Count what waits in every queue, and what nobody tries any more; names nobody."""
    waiting: dict[str, int] = {}
    given_up: dict[str, int] = {}
    for name, (table, is_over) in _QUEUES.items():
        due, over = tx.connection.execute(
            select(func.count(table.due_at), func.count(case((is_over, table.id))))
        ).one()
        waiting[name], given_up[name] = int(due), int(over)
    oldest = tx.connection.scalar(select(func.min(Delivery.id)))
    hosts, down = tx.connection.execute(
        select(func.count(Host.id), func.count(case((Host.failures > 0, Host.id))))
    ).one()
    members = select(func.count(Member.id)).where(Member.suspended_at.is_(None))
    return Load(
        waiting,
        given_up,
        0.0 if oldest is None else max(0.0, (tx.now - moment_of(oldest)).total_seconds()),
        int(hosts),
        int(down),
        tx.connection.scalar(members) or 0,
        bytes_by_kind(tx),
    )


# A row without a moment is tried no more; a mail that was sent has none either.
_QUEUES: dict[str, tuple[Any, Any]] = {
    "received": (Received, Received.due_at.is_(None)),
    "deliveries": (Delivery, false()),
    "jobs": (Job, Job.due_at.is_(None)),
    "mails": (Mail, Mail.due_at.is_(None) & Mail.sent_at.is_(None)),
    "pushes": (Push, false()),
}
