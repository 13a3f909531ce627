"""What became of deliveries: written down in one go, and what follows for the next try."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from microfed.ids import moment_of
from microfed.operations.deliveries import Due
from microfed.operations.hosts import (
    GIVE_UP_AFTER,
    host_answered,
    host_failed,
    retry_delay,
)
from microfed.store.database import Tx
from microfed.store.people import Actor, Follow
from microfed.store.queues import Delivery


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery.

    `kind`: delivered, dropped (never again), failed (this message, later), away (the whole server,
    later), returned (not even tried, because the one before it failed).
    """

    due: Due
    kind: str
    why: str = ""
    retry_after: timedelta | None = None
    is_inbox_dead: bool = False


def record_outcomes(tx: Tx, outcomes: Iterable[Outcome], *, factor: float = 1.0) -> None:
    """Write down what became of many deliveries, in one go."""
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_kind[outcome.kind].append(outcome)
    over = [o.due.id for kind in ("delivered", "dropped") for o in by_kind[kind]]
    if over:
        tx.connection.execute(delete(Delivery).where(Delivery.id.in_(over)))
    for outcome in by_kind["dropped"]:
        if outcome.is_inbox_dead:
            _bury_inbox(tx, outcome.due.inbox)
    back = [o.due.id for o in by_kind["returned"]]
    if back:
        tx.connection.execute(
            update(Delivery).where(Delivery.id.in_(back)).values(claimed_until=None)
        )
    answered = {o.due.host for kind in ("delivered", "dropped") for o in by_kind[kind]}
    if answered:
        host_answered(tx, answered, factor=factor)
    for outcome in by_kind["failed"]:
        delay = outcome.retry_after or retry_delay(outcome.due.attempts + 1, factor=factor)
        _try_again(tx, outcome, tx.now + delay)
    for outcome in by_kind["away"]:
        retry_at = host_failed(tx, outcome.due.host, outcome.why, factor=factor)
        if outcome.retry_after is not None:
            retry_at = max(retry_at, tx.now + outcome.retry_after)
        _try_again(tx, outcome, retry_at)


def _try_again(tx: Tx, outcome: Outcome, when: datetime) -> None:
    due = outcome.due
    if tx.now - moment_of(due.id) > GIVE_UP_AFTER:
        tx.connection.execute(delete(Delivery).where(Delivery.id == due.id))
        return
    tx.connection.execute(
        update(Delivery)
        .where(Delivery.id == due.id)
        .values(
            due_at=when,
            claimed_until=None,
            attempts=Delivery.attempts + 1,
            error=outcome.why[:500],
        )
    )


def _bury_inbox(tx: Tx, inbox: str) -> None:
    """An inbox is gone for good: nothing waits for it, and its owner follows nobody any more."""
    tx.connection.execute(
        delete(Delivery).where(Delivery.inbox == inbox, Delivery.claimed_until.is_(None))
    )
    owners = select(Actor.id).where(Actor.inbox_uri == inbox)
    tx.connection.execute(delete(Follow).where(Follow.follower_id.in_(owners)))
