"""What leaves for other servers. Nothing is sent here: rows are written, a worker sends them.

An activity is serialised once; each inbox is one row that points to it (design.md §5).
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, insert, select, update

from microfed.here import authority_of
from microfed.ids import id_at
from microfed.outbound.inboxes import reach_inbox
from microfed.outbound.proofs import prove
from microfed.outbound.recipients import inboxes_of
from microfed.store.database import Tx
from microfed.store.people import Actor, ActorKey
from microfed.store.queues import Activity, Delivery, Host
from microfed.store.rows import Moment
from microfed.vocab.audience import is_circle, is_ring
from microfed.vocab.reading import ref, refs, types
from microfed.vocab.terms import PUBLIC

PROVEN = frozenset(("Create", "Update", "Delete", "Announce"))
# These are written anew from their post whenever somebody asks; all others are kept as they are.
REMADE = frozenset(("Create", "Announce"))
SILENT_AFTER = timedelta(days=14)
_SILENT = select(Host.host).where(
    Host.host.in_(bindparam("hosts", expanding=True)),
    Host.failing_since < bindparam("before", type_=Moment()),
)
_KEY = select(ActorKey.uri, ActorKey.private).where(
    ActorKey.actor_id == bindparam("actor"),
    ActorKey.algorithm == "ed25519",
    ActorKey.private.is_not(None),
)


def deliver(tx: Tx, document: dict[str, Any], *, sender: Actor, inboxes: Iterable[str]) -> None:
    """Queue `document` for each of `inboxes`, in `sender`'s name.

    It is kept even when nobody elsewhere gets it: whoever was told its id may ask for it.
    """
    wanted = sorted(inbox for inbox in set(inboxes) if not tx.here.is_ours(inbox))
    kind = next(iter(types(document)), "")  # a client may give several
    if kind in PROVEN:  # what is asked of one server may be what wakes it
        wanted = _still_heard_of(tx, wanted)
    if not wanted and kind in REMADE:
        return
    object_uri = ref(document.get("object"))
    _supersede(tx, kind, object_uri=object_uri, sender_id=sender.id)
    document = _proven(tx, document, sender)
    activity_id = _keep(tx, document, sender_id=sender.id, object_uri=object_uri)
    if kind not in REMADE:
        tx.tell("stream", ("outbox", sender.id, activity_id))
    if wanted:
        _queue(tx, activity_id, sender, wanted)


def deliver_anew(
    tx: Tx, document: dict[str, Any], *, sender: Actor, inboxes: Iterable[str]
) -> None:
    """Queue an activity once more that says more than it did; who still waits for it gets that."""
    body = orjson.dumps(_proven(tx, document, sender))
    tx.connection.execute(update(Activity).where(Activity.uri == document["id"]).values(body=body))
    deliver(tx, document, sender=sender, inboxes=inboxes)


def say_more(tx: Tx, document: dict[str, Any]) -> None:
    """Let an activity that was queued in this very transaction say more, to those it goes to."""
    body = orjson.dumps(document)
    tx.connection.execute(update(Activity).where(Activity.uri == document["id"]).values(body=body))


def deliver_to(tx: Tx, document: dict[str, Any], *, sender: Actor, to: Actor) -> None:
    """Queue `document` for one actor's own inbox; one who lives here has it at once."""
    if to.is_local:
        reach_inbox(tx, document, owner_id=to.id)
        deliver(tx, document, sender=sender, inboxes=())
        return
    deliver(tx, document, sender=sender, inboxes=inboxes_of(tx, [to.id], is_shared=False))


def forward(tx: Tx, document: Mapping[str, Any], *, by: Actor, inboxes: Iterable[str]) -> None:
    """Queue what somebody elsewhere said, unchanged, for those who would miss it (interop.md §4.5).

    It is `by` a neighbour only as far as the request is signed; who said it, its proof tells.
    """
    wanted = sorted(inbox for inbox in set(inboxes) if not tx.here.is_ours(inbox))
    if wanted:
        activity_id = _keep(tx, dict(document), sender_id=by.id, object_uri=None)
        _queue(tx, activity_id, by, wanted)


def _still_heard_of(tx: Tx, inboxes: list[str]) -> list[str]:
    """Leave out servers that have not answered for two weeks, until they are heard of again."""
    if not inboxes:
        return []
    hosts = sorted({authority_of(inbox) for inbox in inboxes})
    silent = set(
        tx.connection.scalars(_SILENT, {"hosts": hosts, "before": tx.now - SILENT_AFTER}).all()
    )
    return [inbox for inbox in inboxes if authority_of(inbox) not in silent] if silent else inboxes


def _proven(tx: Tx, document: dict[str, Any], sender: Actor) -> dict[str, Any]:
    """Public words carry a proof by their author; what is private is never made provable.

    But for an answer in an ally's ring, in the circle of somebody elsewhere, or in a private group
    of another place: that place passes it on to places that do not know us.
    """
    inside = document.get("object")
    if isinstance(inside, Mapping) and "@context" in inside:
        # A group passes a whole activity on, unchanged. Its context and that of a proof may protect
        # the same words in different ways; in one document no reader of JSON-LD takes that.
        return document
    addressed = {*refs(document.get("to")), *refs(document.get("cc"))}
    group = ref(document.get("audience"))
    if PROVEN.isdisjoint(types(document)) or not (
        PUBLIC in addressed
        or any((is_ring(uri) or is_circle(uri)) and not tx.here.is_ours(uri) for uri in addressed)
        or (group is not None and not tx.here.is_ours(group))
    ):
        return document
    key = tx.connection.execute(_KEY, {"actor": sender.id}).first()
    if key is None:
        return document
    return prove(document, key_id=key.uri, private_pem=key.private, created=tx.now)


def _queue(tx: Tx, activity_id: int, sender: Actor, wanted: Iterable[str]) -> None:
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
            "kind": next(iter(types(document)), ""),
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
