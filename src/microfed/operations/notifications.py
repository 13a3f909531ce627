"""A member tidies their notifications, and says what they want to hear of from strangers."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, delete, select, update

from microfed.errors import Conflict, Invalid, NotFound
from microfed.outbound.notify import POLICY, VERDICTS
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import Actor, Member
from microfed.store.queues import Notification
from microfed.store.reading import Marker, NotificationPermission, NotificationRequest

TIMELINES = ("home", "notifications")


def dismiss(tx: Tx, *, actor: Actor, which: tuple[ColumnElement[bool], ...] = ()) -> int:
    """`actor` is done with notifications: those that `which` says, or all. Return how many."""
    gone = tx.connection.execute(
        delete(Notification).where(Notification.owner_id == actor.id, *which)
    )
    return gone.rowcount


def set_policy(tx: Tx, *, actor: Actor, wishes: Mapping[str, str]) -> dict[str, str]:
    """`actor` says what becomes of notifications from strangers: accept, filter or drop."""
    for name, verdict in wishes.items():
        if name not in POLICY:
            raise Invalid("there is no such rule", {name: "is unknown"})
        if verdict not in VERDICTS:
            raise Invalid(f"one of {', '.join(VERDICTS)}", {name: "is not included in the list"})
    member = tx.session.get_one(Member, actor.id)
    policy = {**member.preferences.get("notification_policy", {}), **wishes}
    member.preferences = {**member.preferences, "notification_policy": policy}
    tx.flush()
    return policy


def accept_requests(tx: Tx, *, actor: Actor, ids: list[int]) -> None:
    """`actor` wants to hear from these people: what waited joins the rest, and more will."""
    for request in _need_requests(tx, actor, ids):
        insert_once(tx, NotificationPermission, {"owner_id": actor.id, "from_id": request.from_id})
        tx.connection.execute(
            update(Notification)
            .where(Notification.owner_id == actor.id, Notification.from_id == request.from_id)
            .values(is_filtered=False)
        )
        tx.session.delete(request)
    tx.flush()
    tx.tell("stream", ("merged", actor.id, actor.id))


def refuse_requests(tx: Tx, *, actor: Actor, ids: list[int]) -> None:
    """`actor` does not want what these people sent; should they write again, it waits again."""
    for request in _need_requests(tx, actor, ids):
        tx.connection.execute(
            delete(Notification).where(
                Notification.owner_id == actor.id,
                Notification.from_id == request.from_id,
                Notification.is_filtered,
            )
        )
        tx.session.delete(request)
    tx.flush()


def read_until(tx: Tx, *, actor: Actor, timeline: str, last_read_id: int) -> Marker:
    """`actor` has read a timeline as far as `last_read_id`.

    Raises Conflict when another app said so in the same moment.
    """
    if timeline not in TIMELINES:
        raise Invalid("a marker is for home or notifications", {"timeline": "is unknown"})
    values = {
        "owner_id": actor.id,
        "timeline": timeline,
        "last_read_id": last_read_id,
        "version": 1,
        "updated_at": tx.now,
    }
    if not insert_once(tx, Marker, values):
        known = tx.session.get_one(Marker, (actor.id, timeline))
        done = tx.connection.execute(
            update(Marker)
            .where(
                Marker.owner_id == actor.id,
                Marker.timeline == timeline,
                Marker.version == known.version,
            )
            .values(last_read_id=last_read_id, version=known.version + 1, updated_at=tx.now)
        )
        if not done.rowcount:
            raise Conflict("another app moved this marker just now")
        tx.session.expire(known)
    return tx.session.get_one(Marker, (actor.id, timeline))


def _need_requests(tx: Tx, actor: Actor, ids: list[int]) -> list[NotificationRequest]:
    found = list(
        tx.session.scalars(
            select(NotificationRequest).where(
                NotificationRequest.owner_id == actor.id, NotificationRequest.id.in_(ids)
            )
        )
    )
    if len(found) != len(set(ids)):
        raise NotFound("there is no such request")
    return found
