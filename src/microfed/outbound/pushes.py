"""Notifications on their way to apps: a row for each app that wants to be woken."""

from sqlalchemy import bindparam, exists, select

from microfed.ids import id_at
from microfed.store.database import Tx
from microfed.store.insert import insert_all
from microfed.store.people import Follow
from microfed.store.push import Push, PushSubscription

# From whom: all, those I follow, those who follow me, nobody.
POLICIES = ("all", "followed", "follower", "none")
# Who subscribed before there was news of events hears of it as of posts that were edited.
_ALIKE = {"event": "edit", "reminder": "edit"}
_WANT = select(PushSubscription.id, PushSubscription.alerts, PushSubscription.policy).where(
    PushSubscription.owner_id == bindparam("owner"), PushSubscription.policy != "none"
)
_FOLLOWS = select(
    exists(
        select(Follow.id).where(
            Follow.follower_id == bindparam("one"),
            Follow.target_id == bindparam("other"),
            Follow.accepted_at.is_not(None),
        )
    )
)


def queue_pushes(tx: Tx, *, owner_id: int, notification_id: int, kind: str, from_id: int) -> None:
    """Put a notification on its way to the apps of its owner that want to hear of its kind."""
    found = tx.connection.execute(_WANT, {"owner": owner_id}).all()
    alike = _ALIKE.get(kind, kind)
    wanted = [
        id_
        for id_, alerts, policy in found
        if alerts.get(kind, alerts.get(alike)) and _is_from(tx, policy, owner_id, from_id)
    ]
    if not wanted:
        return
    insert_all(
        tx,
        Push,
        [
            {
                "id": id_at(tx.now),
                "subscription_id": id_,
                "notification_id": notification_id,
                "due_at": tx.now,
            }
            for id_ in wanted
        ],
    )
    tx.tell("pushes")


def _is_from(tx: Tx, policy: str, owner_id: int, from_id: int) -> bool:
    """Say whether it comes from one of those the app wants to hear of."""
    if policy == "all":
        return True
    pair = (owner_id, from_id) if policy == "followed" else (from_id, owner_id)
    return bool(tx.connection.scalar(_FOLLOWS, {"one": pair[0], "other": pair[1]}))
