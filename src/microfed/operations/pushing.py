"""Apps that want to be woken: subscribing, and what becomes of each push."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from microfed.errors import Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.secrets import seal, unseal
from microfed.operations.tokens import hash_of
from microfed.outbound.pushes import POLICIES
from microfed.sealing import Recipient, check_keys
from microfed.store.access import Token
from microfed.store.database import Tx
from microfed.store.push import Push, PushSubscription

LEASE = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(days=2)  # nobody wants to be woken for what is that old
DROP_AFTER = timedelta(days=14)  # an address that takes nothing for so long is forgotten
LONGEST_WAIT = timedelta(hours=2)
LONGEST_ADDRESS = 2_048


@dataclass(frozen=True, slots=True)
class DuePush:
    """One push to send now; `token` is the app's own, which its payload names."""

    id: int
    subscription_id: int
    notification_id: int
    owner_id: int
    token: str
    to: Recipient


def subscribe(
    tx: Tx,
    *,
    owner_id: int,
    token: str,
    endpoint: str,
    p256dh: str,
    auth: str,
    is_standard: bool,
    alerts: Mapping[str, bool],
    policy: str = "all",
) -> PushSubscription:
    """An app wants to be woken; what it wanted before is forgotten. `alerts`: kind → yes or no."""
    check_keys(p256dh, auth)
    if not endpoint.startswith("https://") or len(endpoint) > LONGEST_ADDRESS:
        raise Invalid("pushes go to an https address", {"subscription": "endpoint is invalid"})
    unsubscribe(tx, token=token)
    made = PushSubscription(
        id=id_at(tx.now),
        token_hash=hash_of(token),
        token=seal(tx, token),
        owner_id=owner_id,
        endpoint=endpoint,
        p256dh=p256dh,
        auth=auth,
        is_standard=is_standard,
        alerts=dict(alerts),
        policy=_policy(policy),
    )
    tx.session.add(made)
    tx.flush()
    return made


def change_alerts(
    tx: Tx, *, token: str, alerts: Mapping[str, bool], policy: str | None
) -> PushSubscription:
    """An app wants to be woken for other things."""
    found = need_subscription(tx, token=token)
    found.alerts = dict(alerts)
    if policy is not None:
        found.policy = _policy(policy)
    tx.flush()
    return found


def unsubscribe(tx: Tx, *, token: str) -> None:
    """An app wants to sleep. Twice is harmless."""
    tx.connection.execute(
        delete(PushSubscription).where(PushSubscription.token_hash == hash_of(token))
    )


def need_subscription(tx: Tx, *, token: str) -> PushSubscription:
    """Return what an app asked for; NotFound when it never did."""
    found = tx.session.scalar(
        select(PushSubscription).where(PushSubscription.token_hash == hash_of(token))
    )
    if found is None:
        raise NotFound("this app has no subscription")
    return found


def claim_pushes(tx: Tx, *, most: int) -> list[DuePush]:
    """Take what is due and hold it for a while; whose token is revoked is forgotten instead."""
    _forget_revoked(tx)
    rows = tx.connection.execute(
        select(
            Push.id,
            Push.subscription_id,
            Push.notification_id,
            PushSubscription.owner_id,
            PushSubscription.token,
            PushSubscription.endpoint,
            PushSubscription.p256dh,
            PushSubscription.auth,
            PushSubscription.is_standard,
        )
        .join(PushSubscription, PushSubscription.id == Push.subscription_id)
        .where(
            Push.due_at <= tx.now,
            or_(Push.claimed_until.is_(None), Push.claimed_until <= tx.now),
        )
        .order_by(Push.due_at, Push.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=Push)
    ).all()
    _hold(tx, [row[0] for row in rows])
    return [DuePush(*row[:4], unseal(tx, row[4]), Recipient(*row[5:])) for row in rows]


def push_was_taken(tx: Tx, due: DuePush) -> None:
    """The push service has it."""
    tx.connection.execute(delete(Push).where(Push.id == due.id))
    tx.connection.execute(
        update(PushSubscription)
        .where(
            PushSubscription.id == due.subscription_id, PushSubscription.failing_since.is_not(None)
        )
        .values(failing_since=None)
    )


def push_is_unwanted(tx: Tx, due: DuePush) -> None:
    """The address is no more: the subscription goes, and all that waits for it."""
    tx.connection.execute(
        delete(PushSubscription).where(PushSubscription.id == due.subscription_id)
    )


def push_must_wait(tx: Tx, due: DuePush, *, factor: float) -> None:
    """The push service is not to be had: later again, until it is too old to matter."""
    found = tx.session.get(Push, due.id)
    subscription = tx.session.get(PushSubscription, due.subscription_id)
    if found is None or subscription is None:
        return
    subscription.failing_since = subscription.failing_since or tx.now
    if tx.now - subscription.failing_since > DROP_AFTER * factor:
        tx.session.delete(subscription)
        return
    found.attempts += 1
    wait = min(timedelta(seconds=30) * 2 ** (found.attempts - 1), LONGEST_WAIT)
    begun = subscription.failing_since
    if tx.now - begun > GIVE_UP_AFTER * factor and found.attempts > 1:
        tx.session.delete(found)
        return
    found.due_at, found.claimed_until = tx.now + wait * factor, None
    tx.flush()


def release_pushes(tx: Tx) -> None:
    """At a start nobody holds anything."""
    tx.connection.execute(
        update(Push).where(Push.claimed_until.is_not(None)).values(claimed_until=None)
    )


def next_push_at(tx: Tx) -> datetime | None:
    """Return when the next push is due."""
    return tx.connection.scalar(
        select(func.min(Push.due_at)).where(
            or_(Push.claimed_until.is_(None), Push.claimed_until <= tx.now)
        )
    )


def _policy(policy: str) -> str:
    if policy not in POLICIES:
        raise Invalid(f"one of {', '.join(POLICIES)}", {"policy": "is not included in the list"})
    return policy


def _forget_revoked(tx: Tx) -> None:
    good = select(Token.token_hash).where(
        Token.token_hash == PushSubscription.token_hash,
        Token.revoked_at.is_(None),
        or_(Token.expires_at.is_(None), Token.expires_at > tx.now),
    )
    waiting = select(Push.subscription_id).where(Push.due_at <= tx.now)
    tx.connection.execute(
        delete(PushSubscription).where(PushSubscription.id.in_(waiting), ~good.exists())
    )


def _hold(tx: Tx, ids: Collection[int]) -> None:
    if ids:
        tx.connection.execute(
            update(Push).where(Push.id.in_(ids)).values(claimed_until=tx.now + LEASE)
        )
