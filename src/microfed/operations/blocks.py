"""Blocking: wanting nothing more to do with somebody."""

from sqlalchemy import delete, select

from microfed.errors import Forbidden
from microfed.ids import id_at
from microfed.operations.event_leaving import part_at_events
from microfed.operations.follows import end_follows_between
from microfed.outbound.deliver import deliver_to
from microfed.outbound.home import empty_home
from microfed.outbound.render import activity
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import Actor, Block
from microfed.store.queues import Notification


def block(tx: Tx, *, blocker: Actor, blocked: Actor, uri: str | None = None) -> None:
    """`blocker` wants nothing more to do with `blocked`. Doing it twice is harmless.

    Neither follows the other any more, nor is a guest of theirs. A server elsewhere is told, as
    Mastodon does: only so can it keep the two apart.
    """
    if blocker.id == blocked.id:
        raise Forbidden("one cannot block oneself")
    id_ = id_at(tx.now)
    values = {
        "id": id_,
        "uri": uri or tx.here.activity(id_),
        "blocker_id": blocker.id,
        "blocked_id": blocked.id,
    }
    if not insert_once(tx, Block, values):
        return
    end_follows_between(tx, blocker, blocked)
    part_at_events(tx, blocker, blocked)
    if blocker.is_local:
        empty_home(tx, owner_id=blocker.id, from_id=blocked.id)
        tx.connection.execute(
            delete(Notification).where(
                Notification.owner_id == blocker.id, Notification.from_id == blocked.id
            )
        )
        document = activity(
            "Block",
            id_=str(values["uri"]),
            actor=blocker.uri,
            to=[blocked.uri],
            object_=blocked.uri,
        )
        deliver_to(tx, document, sender=blocker, to=blocked)


def unblock(tx: Tx, *, blocker: Actor, blocked: Actor) -> bool:
    """`blocker` takes a block back; returns whether there was one. Follows do not come back."""
    known = tx.session.scalar(
        select(Block).where(Block.blocker_id == blocker.id, Block.blocked_id == blocked.id)
    )
    if known is None:
        return False
    if blocker.is_local:
        inside = {
            "id": known.uri,
            "type": "Block",
            "actor": blocker.uri,
            "object": blocked.uri,
        }
        document = activity(
            "Undo",
            id_=f"{known.uri}/undo",
            actor=blocker.uri,
            to=[blocked.uri],
            object_=inside,
        )
        deliver_to(tx, document, sender=blocker, to=blocked)
    tx.session.delete(known)
    tx.flush()
    return True


def find_block(
    tx: Tx, *, blocker: Actor, blocked: Actor | None = None, uri: str | None = None
) -> Block | None:
    """Return a block of `blocker`, by whom it keeps away or by its id."""
    query = select(Block).where(Block.blocker_id == blocker.id)
    if blocked is not None:
        return tx.session.scalar(query.where(Block.blocked_id == blocked.id))
    return tx.session.scalar(query.where(Block.uri == uri))


def block_was_undone(tx: Tx, *, by: Actor, uri: str | None, blocked: Actor | None) -> bool:
    """Someone elsewhere takes a block back, found by its id or by whom they blocked."""
    query = select(Block).where(Block.blocker_id == by.id)
    known = None if uri is None else tx.session.scalar(query.where(Block.uri == uri))
    if known is None and blocked is not None:
        known = tx.session.scalar(query.where(Block.blocked_id == blocked.id))
    if known is None:
        return False
    tx.session.delete(known)
    tx.flush()
    return True
