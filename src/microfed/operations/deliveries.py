"""Deliveries that are due: taking them in order, and from many lanes.

A lane is one sender and one server: what stands in a lane goes out one by one, so that an Undo
never overtakes its Follow. Different lanes do not wait for each other.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from microfed.operations.hosts import (
    refused_among,
)
from microfed.store.database import Tx
from microfed.store.people import ActorKey
from microfed.store.queues import Activity, Delivery, Host
from microfed.store.rows import Moment

LEASE = timedelta(minutes=2)
WINDOW = 4_000  # due rows looked at in one go, so that a huge backlog costs no more than this
PER_LANE = 16
# Servers learn new dialects: after this the usual one is tried again (interop.md §4.1).
SCHEME_KEPT = timedelta(days=30)
# A message that a server chokes on three times no longer holds up those behind it.
BLOCKS_UNTIL = 3

Lane = tuple[str, int]  # host, sender


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery that may go out now."""

    id: int
    activity_id: int
    sender_id: int
    host: str
    inbox: str
    attempts: int

    @property
    def lane(self) -> Lane:
        """What it must not overtake."""
        return self.host, self.sender_id


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a worker took: deliveries by lane, and what it needs to send them."""

    lanes: dict[Lane, list[Due]]
    bodies: dict[int, bytes]
    schemes: dict[str, str]
    has_more: bool  # something is due that had to wait for its lane, or for room


def claim_deliveries(tx: Tx, *, busy: Collection[Lane], most: int) -> Claimed:
    """Take what is due, in lanes that nobody else is busy with, and hold it for a while."""
    _step_back_from_closed_hosts(tx)
    held = {
        (host, sender)
        for host, sender in tx.connection.execute(
            select(Delivery.host, Delivery.sender_id)
            .where(Delivery.claimed_until > tx.now)
            .distinct()
        )
    }
    lanes: dict[Lane, list[Due]] = defaultdict(list)
    taken, has_more = 0, False
    for due in _due(tx):
        if taken < most and due.lane not in busy and due.lane not in held:
            lanes[due.lane].append(due)
            taken += 1
            has_more = has_more or len(lanes[due.lane]) == PER_LANE
        else:
            has_more = True
    _drop_refused(tx, lanes)
    _only_probe_the_failing(tx, lanes)
    claimed = [due for lane in lanes.values() for due in lane]
    if claimed:
        tx.connection.execute(
            update(Delivery)
            .where(Delivery.id.in_([due.id for due in claimed]))
            .values(claimed_until=tx.now + LEASE)
        )
    return Claimed(
        dict(lanes),
        _bodies(tx, {due.activity_id for due in claimed}),
        _schemes(tx, {due.host for due in claimed}),
        has_more,
    )


def next_delivery_at(tx: Tx) -> datetime | None:
    """Return when the next delivery is due."""
    return tx.connection.scalar(
        select(Delivery.due_at)
        .where(Delivery.claimed_until.is_(None))
        .order_by(Delivery.due_at)
        .limit(1)
    )


def release_deliveries(tx: Tx) -> None:
    """Give back what a process that is no more was holding; only where no other works."""
    tx.connection.execute(
        update(Delivery).where(Delivery.claimed_until.is_not(None)).values(claimed_until=None)
    )


def signing_key(tx: Tx, actor_id: int) -> tuple[str, str] | None:
    """Return the id and the private half of the key an actor signs requests with."""
    row = tx.connection.execute(
        select(ActorKey.uri, ActorKey.private).where(
            ActorKey.actor_id == actor_id,
            ActorKey.algorithm == "rsa",
            ActorKey.private.is_not(None),
        )
    ).first()
    return None if row is None else (row.uri, row.private)


def _due(tx: Tx) -> list[Due]:
    """Return what may go now: at most PER_LANE of each lane, nothing ahead of its elders."""
    return [Due(*row) for row in tx.connection.execute(_what_is_due(), {"now": tx.now})]


@lru_cache(1)
def _what_is_due() -> Select[Any]:
    elder, now = aliased(Delivery), bindparam("now", type_=Moment())
    is_free = or_(Delivery.claimed_until.is_(None), Delivery.claimed_until <= now)
    window = (
        select(
            Delivery.id,
            Delivery.activity_id,
            Delivery.sender_id,
            Delivery.host,
            Delivery.inbox,
            Delivery.attempts,
        )
        .where(Delivery.due_at <= now, is_free)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(WINDOW)
        .subquery()
    )
    place = func.row_number().over(
        partition_by=(window.c.host, window.c.sender_id), order_by=window.c.id
    )
    ranked = select(window, place.label("place")).subquery()
    waits = exists(
        select(elder.id).where(
            elder.sender_id == ranked.c.sender_id,
            elder.inbox == ranked.c.inbox,
            elder.id < ranked.c.id,
            elder.attempts < BLOCKS_UNTIL,
            or_(elder.due_at > now, elder.claimed_until > now),
        )
    )
    return (
        select(
            ranked.c.id,
            ranked.c.activity_id,
            ranked.c.sender_id,
            ranked.c.host,
            ranked.c.inbox,
            ranked.c.attempts,
        )
        .where(and_(ranked.c.place <= PER_LANE, ~waits))
        .order_by(ranked.c.id)
    )


def _step_back_from_closed_hosts(tx: Tx) -> None:
    closed = select(Host.host).where(Host.retry_at > tx.now)
    if tx.connection.scalar(closed.limit(1)) is None:
        return
    until = select(Host.retry_at).where(Host.host == Delivery.host).scalar_subquery()
    tx.connection.execute(
        update(Delivery)
        .where(Delivery.due_at <= tx.now, Delivery.host.in_(closed))
        .values(due_at=until)
    )


def _drop_refused(tx: Tx, lanes: dict[Lane, list[Due]]) -> None:
    """To a server we have nothing to do with, nothing goes: not even what waited before."""
    refused = refused_among(tx, {host for host, _ in lanes}) if lanes else set()
    if refused:
        tx.connection.execute(delete(Delivery).where(Delivery.host.in_(refused)))
        for lane in [lane for lane in lanes if lane[0] in refused]:
            del lanes[lane]


def _only_probe_the_failing(tx: Tx, lanes: dict[Lane, list[Due]]) -> None:
    """A server that failed last time gets one request; the rest waits for what becomes of it."""
    hosts = {host for host, _ in lanes}
    failing = set(
        tx.connection.scalars(select(Host.host).where(Host.host.in_(hosts), Host.failures > 0))
    )
    for host in failing:
        theirs = [due for lane, dues in lanes.items() if lane[0] == host for due in dues[:1]]
        probe = min(theirs, key=lambda due: (due.attempts, due.id))
        for lane in [lane for lane in lanes if lane[0] == host]:
            del lanes[lane]
        lanes[probe.lane] = [probe]
        tx.connection.execute(
            update(Delivery)
            .where(Delivery.host == host, Delivery.due_at <= tx.now, Delivery.id != probe.id)
            .values(due_at=tx.now + LEASE)
        )


def _bodies(tx: Tx, ids: Collection[int]) -> dict[int, bytes]:
    if not ids:
        return {}
    rows = tx.connection.execute(select(Activity.id, Activity.body).where(Activity.id.in_(ids)))
    return {row.id: row.body for row in rows}


def _schemes(tx: Tx, hosts: Collection[str]) -> dict[str, str]:
    if not hosts:
        return {}
    rows = tx.connection.execute(
        select(Host.host, Host.signature_scheme).where(
            Host.host.in_(hosts),
            Host.signature_scheme.is_not(None),
            Host.scheme_checked_at > tx.now - SCHEME_KEPT,
        )
    )
    return {row.host: row.signature_scheme for row in rows}
