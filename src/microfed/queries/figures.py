"""How many live here and how much is said: figures of the place, never of a person's reading."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from microfed.store.database import Tx
from microfed.store.people import HERE, Actor, Member
from microfed.store.queues import Delivery, Host, Job, Received


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """What NodeInfo and the instance pages tell."""

    members: int
    active_month: int
    active_half_year: int
    posts: int
    servers: int


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """What waits."""

    received: int
    deliveries: int
    jobs: int
    hosts_down: int


def place_figures(tx: Tx) -> PlaceFigures:
    """Count members, those who posted lately, and what they posted."""
    count = tx.connection.scalar
    lives_here = select(func.count(Member.id)).where(Member.suspended_at.is_(None))
    posted = select(func.count(Actor.id)).where(Actor.host == HERE)
    return PlaceFigures(
        members=count(lives_here) or 0,
        active_month=count(posted.where(Actor.last_post_at > tx.now - timedelta(days=30))) or 0,
        active_half_year=count(posted.where(Actor.last_post_at > tx.now - timedelta(days=180)))
        or 0,
        posts=count(select(func.coalesce(func.sum(Actor.posts_count), 0)).where(Actor.host == HERE))
        or 0,
        servers=count(select(func.count(func.distinct(Actor.host))).where(Actor.host != HERE)) or 0,
    )


def queue_figures(tx: Tx) -> QueueFigures:
    """Count what waits: taken in, going out, to be done; and servers that do not answer."""
    count = tx.connection.scalar
    return QueueFigures(
        received=count(select(func.count(Received.id)).where(Received.due_at.is_not(None))) or 0,
        deliveries=count(select(func.count(Delivery.id))) or 0,
        jobs=count(select(func.count(Job.id)).where(Job.due_at.is_not(None))) or 0,
        hosts_down=count(select(func.count(Host.id)).where(Host.failures > 0)) or 0,
    )
