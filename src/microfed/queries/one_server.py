"""One other server at the desk: how it does, what rule holds for it, and who follows whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from microfed.errors import NotFound
from microfed.queries.desk import ServerLine, lines_of
from microfed.store.access import DomainRule
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor, Follow
from microfed.store.queues import Delivery, Host

MOST_TIES = 200


@dataclass(frozen=True, slots=True)
class Tie:
    """Somebody here and somebody there, one of whom follows the other."""

    here: str
    there: str
    is_ours: bool  # the one here follows


@dataclass(frozen=True, slots=True)
class OneServer:
    """All the desk knows of a server."""

    line: ServerLine
    rule: DomainRule | None
    ties: Sequence[Tie]
    retry_at: datetime | None
    attempts: int  # of what waits for it, the most often tried


def one_server(tx: Tx, host: str) -> OneServer:
    """Return what is known of a server; NotFound for one we never met."""
    found = tx.session.scalars(select(Host).where(Host.host == host.lower())).one_or_none()
    if found is None:
        raise NotFound("there is no such server")
    attempts = select(func.max(Delivery.attempts)).where(Delivery.host == found.host)
    return OneServer(
        lines_of(tx, [found])[0],
        tx.session.scalars(select(DomainRule).where(DomainRule.host == found.host)).one_or_none(),
        _ties(tx, found.host),
        found.retry_at,
        tx.connection.scalar(attempts) or 0,
    )


def _ties(tx: Tx, host: str) -> list[Tie]:
    follower, target = aliased(Actor), aliased(Actor)
    rows = tx.connection.execute(
        select(follower.username, follower.host, target.username)
        .select_from(Follow)
        .join(follower, follower.id == Follow.follower_id)
        .join(target, target.id == Follow.target_id)
        .where(
            Follow.accepted_at.is_not(None),
            ((follower.host == HERE) & (target.host == host))
            | ((follower.host == host) & (target.host == HERE)),
        )
        .order_by(follower.host, follower.username, target.username)
        .limit(MOST_TIES)
    )
    return [
        Tie(follows, followed, True) if of == HERE else Tie(followed, follows, False)
        for follows, of, followed in rows
    ]
