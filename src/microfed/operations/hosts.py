"""Other servers: how each is doing, when to try again, when to leave it in peace.

The schedule is a pure function. A server that does not answer is a fact about the server, kept in
one row, not about each of the thousand deliveries that wait for it (security.md §3).
"""

import random
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select, update

from microfed.errors import NotFound
from microfed.ids import id_at
from microfed.outbound.allies import us
from microfed.queries.place import federation_mode
from microfed.store.access import DomainRule
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import Actor, Follow
from microfed.store.queues import Delivery, Host
from microfed.store.rows import Moment

SCHEDULE = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 300, 900, 3600, 3 * 3600, 6 * 3600)
)
EVERY = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=7)
JITTER = 0.25
# After so many failures in a row only one request goes out, now and then.
OPEN_AFTER = 5
PROBE_EVERY = timedelta(minutes=30)
RELEASED_PER_SECOND = 5


_MOST_PARTS = 6
LETS_IN = frozenset(("allow", "ally"))
_RULES = select(DomainRule.host, DomainRule.action).where(
    DomainRule.host.in_(bindparam("hosts", expanding=True))
)
# The places that ours asked to be allied with: it must hear their answer, and allies ever after.
_ASKED = (
    select(Actor.host)
    .join(Follow, Follow.target_id == Actor.id)
    .where(Actor.host.in_(bindparam("hosts", expanding=True)), Follow.follower_id == us())
)
# Contact is noted to the hour: a busy neighbour must not cost a write for each word.
NOTED_EVERY = timedelta(hours=1)
_TO_NOTE = select(Host.host, Host.failures).where(
    Host.host.in_(bindparam("hosts", expanding=True)),
    or_(
        Host.failures > 0,
        Host.last_sent_at.is_(None),
        Host.last_sent_at < bindparam("before", type_=Moment()),
    ),
)
_CONTACT = select(Host.failures, Host.last_heard_at).where(Host.host == bindparam("host"))
_MOVE = (
    update(Delivery)
    .where(Delivery.id == bindparam("_id"))
    .values(due_at=bindparam("_due", type_=Moment()))
)


def retry_delay(attempts: int, *, factor: float = 1.0) -> timedelta:
    """Return how long to wait after the `attempts`-th failure, ± 25 %."""
    planned = SCHEDULE[attempts - 1] if attempts <= len(SCHEDULE) else EVERY
    # Chance, not secrecy: a thousand waiting servers must not all call at the same second.
    return planned * factor * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311


def host_failed(tx: Tx, host: str, why: str, *, factor: float = 1.0) -> datetime:
    """A server did not answer; return when to try it again. All that waits for it waits."""
    row = need_host(tx, host)
    row.failures += 1
    row.failing_since = row.failing_since or tx.now
    row.last_error = why[:500]
    if row.failures >= OPEN_AFTER:
        row.retry_at = tx.now + PROBE_EVERY * factor
    else:
        row.retry_at = tx.now + retry_delay(row.failures, factor=factor)
    tx.flush()
    return row.retry_at


def host_answered(tx: Tx, hosts: Collection[str], *, factor: float = 1.0) -> None:
    """Servers took what we sent: what waits for them may go."""
    rows = tx.connection.execute(
        _TO_NOTE, {"hosts": list(hosts), "before": tx.now - NOTED_EVERY}
    ).all()
    for host, failures in rows:
        if failures:
            _revive(tx, host, failures, factor=factor)
    if rows:
        names = [row.host for row in rows]
        tx.connection.execute(update(Host).where(Host.host.in_(names)).values(last_sent_at=tx.now))


def host_spoke(tx: Tx, host: str) -> None:
    """A server spoke to us with a valid signature: it is there, and up, whatever we thought."""
    row = tx.connection.execute(_CONTACT, {"host": host}).first()
    if row is None:
        need_host(tx, host)
    elif row.failures:
        _revive(tx, host, row.failures)
    if row is None or row.last_heard_at is None or row.last_heard_at < tx.now - NOTED_EVERY:
        tx.connection.execute(update(Host).where(Host.host == host).values(last_heard_at=tx.now))


def remember_scheme(tx: Tx, host: str, scheme: str) -> None:
    """A server understands this dialect of signatures; begin with it next time."""
    row = need_host(tx, host)
    row.signature_scheme, row.scheme_checked_at = scheme, tx.now


def need_host(tx: Tx, host: str) -> Host:
    """Return the row of a server, made if it is new to us."""
    insert_once(tx, Host, {"id": id_at(tx.now), "host": host, "failures": 0})
    return tx.session.scalars(select(Host).where(Host.host == host)).one()


def retry_now(tx: Tx, host: str) -> None:
    """Somebody says that a server is up again: what waits for it is tried at once."""
    row = tx.session.scalar(select(Host).where(Host.host == host))
    if row is None:
        raise NotFound("we do not know this server")
    row.retry_at = None
    tx.flush()
    tx.connection.execute(
        update(Delivery)
        .where(Delivery.host == host, Delivery.due_at > tx.now)
        .values(due_at=tx.now)
    )
    tx.tell("deliveries")


def takes_media_of(tx: Tx, host: str) -> bool:
    """Say whether pictures of a server are shown here; the admin may have said no to them alone."""
    found = select(DomainRule.id).where(
        DomainRule.host.in_(_parts(host)),
        or_(DomainRule.action.in_(("block", "reject_media")), DomainRule.rejects_media),
    )
    return tx.connection.scalar(found.limit(1)) is None


def rejects_reports_of(tx: Tx, host: str) -> bool:
    """Say whether nobody reads what a server reports."""
    found = select(DomainRule.id).where(
        DomainRule.host.in_(_parts(host)), DomainRule.rejects_reports
    )
    return tx.connection.scalar(found.limit(1)) is not None


def is_refused(tx: Tx, host: str) -> bool:
    """Say whether we have nothing to do with a server: see `refused_among`."""
    return host in refused_among(tx, [host])


def is_shut_out(tx: Tx, host: str) -> bool:
    """Say whether the admin does not want a server, whatever the general rule is."""
    if federation_mode(tx) == "closed":
        return True
    shut = select(DomainRule.id).where(
        DomainRule.host.in_(_parts(host)), DomainRule.action == "block"
    )
    return tx.connection.scalar(shut.limit(1)) is not None


def refused_among(tx: Tx, hosts: Collection[str]) -> set[str]:
    """Return those servers we have nothing to do with, in either direction.

    Shut out by the admin, themselves or what they are a part of; where only listed servers are
    let in, all others; where the place keeps to itself, every server.
    """
    mode = federation_mode(tx)
    if mode == "closed":
        return set(hosts)
    covering = {host: _parts(host) for host in hosts}
    names = {name for parts in covering.values() for name in parts}
    rows = tx.connection.execute(_RULES, {"hosts": list(names)}).all()
    if not rows and mode == "open":
        return set()
    rules = {row.host: row.action for row in rows}
    if mode == "ring":
        asked = tx.connection.scalars(_ASKED, {"hosts": list(covering)})
        rules = dict.fromkeys(asked, "ally") | rules
    found = set()
    for host, parts in covering.items():
        actions = {rules[part] for part in parts if part in rules}
        if "block" in actions or (mode != "open" and not actions & LETS_IN):
            found.add(host)
    return found


def _parts(host: str) -> set[str]:
    labels = host.partition(":")[0].split(".")
    return {host, *(".".join(labels[i:]) for i in range(len(labels)))}


def _revive(tx: Tx, host: str, failures: int, *, factor: float = 1.0) -> None:
    """A server that did not answer is there again: let go what waits for it."""
    _release(tx, host, slowly=failures >= OPEN_AFTER, factor=factor)
    tx.connection.execute(
        update(Host)
        .where(Host.host == host)
        .values(failures=0, retry_at=None, failing_since=None, last_error=None)
    )
    tx.tell("deliveries")


def _release(tx: Tx, host: str, *, slowly: bool, factor: float) -> None:
    if not slowly:
        tx.connection.execute(
            update(Delivery)
            .where(Delivery.host == host, Delivery.due_at > tx.now, Delivery.attempts == 0)
            .values(due_at=tx.now)
        )
        return
    # A server that just came back is not met with everything at once.
    rank = (
        select(Delivery.id, func.row_number().over(order_by=Delivery.id).label("place"))
        .where(Delivery.host == host)
        .subquery()
    )
    tick = timedelta(seconds=1) / RELEASED_PER_SECOND * factor
    waiting = [
        {"_id": id_, "_due": tx.now + tick * place}
        for id_, place in tx.connection.execute(select(rank.c.id, rank.c.place))
    ]
    if waiting:
        tx.connection.execute(_MOVE, waiting)
