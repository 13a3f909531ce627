"""Whose key is this."""

from dataclasses import dataclass

from sqlalchemy import select

from microfed.store.database import Tx
from microfed.store.people import Actor, ActorKey


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A public key and the actor who owns it, as read; they belong to no transaction."""

    uri: str
    public: str
    actor: Actor


def find_key(tx: Tx, uri: str) -> KnownKey | None:
    """Return the key of that id, if we know it and its owner is not gone."""
    row = tx.session.execute(
        select(ActorKey.public, Actor)
        .join(Actor, Actor.id == ActorKey.actor_id)
        .where(ActorKey.uri == uri, Actor.gone_at.is_(None))
    ).first()
    if row is None:
        return None
    tx.session.expunge(row.Actor)
    return KnownKey(uri, row.public, row.Actor)
