"""Activities of ours, for those they were sent to."""

from typing import Any

import orjson
from sqlalchemy import select

from microfed.outbound.allies import ally_at
from microfed.queries.people import is_following
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.queues import Activity
from microfed.vocab.audience import is_ring
from microfed.vocab.reading import refs
from microfed.vocab.terms import PUBLIC_FORMS


def find_activity(tx: Tx, viewer: Viewer | None, uri: str) -> bytes | None:
    """Return the bytes of an activity that is public, by `viewer`, or addressed to them."""
    row = tx.connection.execute(
        select(Activity.body, Activity.sender_id).where(Activity.uri == uri)
    ).first()
    if row is None:
        return None
    document: dict[str, Any] = orjson.loads(row.body)
    addressed = {*refs(document.get("to")), *refs(document.get("cc"))}
    if addressed & PUBLIC_FORMS:
        return bytes(row.body)
    if viewer is None:
        return None
    if not _may_still(tx, viewer, addressed):
        return None
    if viewer.actor_id == row.sender_id or _uri_of(tx, viewer.actor_id) in addressed:
        return bytes(row.body)
    sender = tx.session.get_one(Actor, row.sender_id)
    if sender.followers_uri in addressed and is_following(
        tx, follower=viewer.actor_id, target=sender.id
    ):
        return bytes(row.body)
    return None


def _may_still(tx: Tx, viewer: Viewer, addressed: set[str]) -> bool:
    """What was said in a ring is told only while its places are allied."""
    if viewer.is_local or not any(is_ring(uri) for uri in addressed):
        return True
    host = tx.connection.scalar(select(Actor.host).where(Actor.id == viewer.actor_id))
    return ally_at(tx, host or "") is not None


def kept_activity(tx: Tx, uri: str, *, sender_id: int) -> dict[str, Any] | None:
    """Return an activity of `sender_id` as the world got it, or None."""
    body = tx.connection.scalar(
        select(Activity.body).where(Activity.uri == uri, Activity.sender_id == sender_id)
    )
    document: dict[str, Any] | None = None if body is None else orjson.loads(body)
    return document


def last_activity(
    tx: Tx, *, sender_id: int, kind: str, object_uri: str | None
) -> dict[str, Any] | None:
    """Return what `sender_id` last did of this kind to something, as the world got it, or None."""
    body = tx.connection.scalar(
        select(Activity.body)
        .where(
            Activity.object_uri == object_uri,
            Activity.sender_id == sender_id,
            Activity.kind == kind,
        )
        .order_by(Activity.id.desc())
        .limit(1)
    )
    document: dict[str, Any] | None = None if body is None else orjson.loads(body)
    return document


def _uri_of(tx: Tx, actor_id: int) -> str | None:
    return tx.connection.scalar(select(Actor.uri).where(Actor.id == actor_id))
