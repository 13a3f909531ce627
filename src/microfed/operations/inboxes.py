"""Which members an activity from elsewhere is for, so that their own programs can read it."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from microfed.outbound.inboxes import is_kept, reach_inbox
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor
from microfed.store.queues import Activity
from microfed.vocab.reading import documents, ref, refs

_ADDRESSES = ("to", "cc", "bto", "bcc", "audience", "object", "target")
MOST_MEMBERS = 50


def show_to_members(tx: Tx, document: Mapping[str, Any]) -> None:
    """Put an activity that was handled into the inboxes of the members whom it concerns."""
    if not is_kept(document):
        return
    uris = {uri for uri in _named(document) if tx.here.is_ours(uri)}
    if not uris:
        return
    names = {name for uri in uris if (name := _member_in(tx, uri))}
    owners: set[int] = set()
    if names:
        found = select(Actor.id).where(Actor.host == HERE, Actor.name_key.in_(names))
        owners.update(tx.connection.scalars(found))
    # An Accept may name no more than the id of the Follow that it answers.
    owners.update(tx.connection.scalars(select(Activity.sender_id).where(Activity.uri.in_(uris))))
    for owner_id in sorted(owners)[:MOST_MEMBERS]:
        reach_inbox(tx, document, owner_id=owner_id)


def _named(document: Mapping[str, Any]) -> Iterator[str]:
    for key in _ADDRESSES:
        yield from refs(document.get(key))
    for inside in documents(document.get("object")):
        for key in ("actor", "object"):
            if (uri := ref(inside.get(key))) is not None:
                yield uri


def _member_in(tx: Tx, uri: str) -> str | None:
    """Return the name in an address of one of us, or of something they said."""
    prefix = tx.here.actor("")
    if not uri.startswith(prefix):
        return None
    return uri.removeprefix(prefix).partition("/")[0].partition("#")[0].lower() or None
