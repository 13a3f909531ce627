"""Notifications: a row for a member, and a word to their open streams."""

from sqlalchemy import delete, exists, insert, or_, select

from microfed.ids import id_at
from microfed.store.database import Tx
from microfed.store.people import Actor, Block, Member, Mute
from microfed.store.queues import Notification


def notify(tx: Tx, *, owner_id: int, kind: str, from_id: int, post_id: int | None = None) -> None:
    """Tell a member something, unless it is about themselves or from someone they silenced."""
    if owner_id == from_id:
        return
    silenced = or_(
        exists(select(Block.id).where(Block.blocker_id == owner_id, Block.blocked_id == from_id)),
        exists(
            select(Mute.id).where(
                Mute.muter_id == owner_id, Mute.muted_id == from_id, Mute.hides_notifications
            )
        ),
        exists(select(Actor.id).where(Actor.id == from_id, Actor.suspended_at.is_not(None))),
    )
    listens = select(Member.id).where(Member.id == owner_id, ~silenced)
    if tx.connection.scalar(listens) is None:
        return
    same = (
        Notification.owner_id == owner_id,
        Notification.kind == kind,
        Notification.from_id == from_id,
        Notification.post_id.is_(None) if post_id is None else Notification.post_id == post_id,
    )
    if tx.connection.scalar(select(Notification.id).where(*same)) is not None:
        return  # liked, unliked, liked again: said once
    id_ = id_at(tx.now)
    tx.connection.execute(
        insert(Notification),
        {"id": id_, "owner_id": owner_id, "kind": kind, "from_id": from_id, "post_id": post_id},
    )
    tx.tell("stream", ("notification", owner_id, id_))


def take_back_notification(
    tx: Tx, *, owner_id: int, kind: str, from_id: int, post_id: int | None = None
) -> None:
    """What it was about is undone: nobody needs to read it any more."""
    tx.connection.execute(
        delete(Notification).where(
            Notification.owner_id == owner_id,
            Notification.kind == kind,
            Notification.from_id == from_id,
            Notification.post_id.is_(None) if post_id is None else Notification.post_id == post_id,
        )
    )
