"""What leaves for other servers. Nothing is sent here: rows are written, a worker sends them.

An activity is serialised once; each inbox is one row that points to it (design.md §5).
"""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import delete, insert, select

from microfed.here import authority_of
from microfed.ids import id_at
from microfed.outbound.recipients import inboxes_of
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.queues import Activity, Delivery
from microfed.vocab.reading import ref


def deliver(tx: Tx, document: dict[str, Any], *, sender: Actor, inboxes: Iterable[str]) -> None:
    """Queue `document` for each of `inboxes`, in `sender`'s name."""
    wanted = sorted(inbox for inbox in set(inboxes) if not tx.here.is_ours(inbox))
    if not wanted:
        return
    object_uri = ref(document.get("object"))
    _supersede(tx, document["type"], object_uri=object_uri, sender_id=sender.id)
    activity_id = _keep(tx, document, sender_id=sender.id, object_uri=object_uri)
    tx.connection.execute(
        insert(Delivery),
        [
            {
                "id": id_at(tx.now),
                "activity_id": activity_id,
                "sender_id": sender.id,
                "host": authority_of(inbox),
                "inbox": inbox,
                "due_at": tx.now,
                "attempts": 0,
            }
            for inbox in wanted
        ],
    )
    tx.tell("deliveries")


def deliver_to(tx: Tx, document: dict[str, Any], *, sender: Actor, to: Actor) -> None:
    """Queue `document` for one actor's own inbox, unless they live here."""
    if not to.is_local:
        deliver(tx, document, sender=sender, inboxes=inboxes_of(tx, [to.id], is_shared=False))


def _keep(tx: Tx, document: dict[str, Any], *, sender_id: int, object_uri: str | None) -> int:
    known = tx.connection.scalar(select(Activity.id).where(Activity.uri == document["id"]))
    if known is not None:  # the same Accept once more: the world gets the same bytes
        return int(known)
    activity_id = id_at(tx.now)
    tx.connection.execute(
        insert(Activity),
        {
            "id": activity_id,
            "uri": document["id"],
            "sender_id": sender_id,
            "kind": document["type"],
            "object_uri": object_uri,
            "body": orjson.dumps(document),
        },
    )
    return activity_id


def _supersede(tx: Tx, kind: str, *, object_uri: str | None, sender_id: int) -> None:
    """An Update replaces an Update that still waits; a Delete makes them, and the Create, moot."""
    moot = {"Update": ("Update",), "Delete": ("Create", "Update")}.get(kind, ())
    if not moot or object_uri is None:
        return
    waiting = select(Activity.id).where(
        Activity.object_uri == object_uri,
        Activity.sender_id == sender_id,
        Activity.kind.in_(moot),
    )
    tx.connection.execute(
        delete(Delivery).where(Delivery.activity_id.in_(waiting), Delivery.claimed_until.is_(None))
    )
