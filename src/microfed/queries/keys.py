"""Whose key is this."""

from dataclasses import dataclass

from sqlalchemy import select

from microfed.store.database import Tx
from microfed.store.people import Actor, ActorKey


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A public key and the actor who owns it."""

    uri: str
    public: str
    actor_id: int
    actor_uri: str
    host: str
    is_local: bool


def find_key(tx: Tx, uri: str) -> KnownKey | None:
    """Return the key of that id, if we know it."""
    row = tx.connection.execute(
        select(ActorKey.public, Actor.id, Actor.uri, Actor.host)
        .join(Actor, Actor.id == ActorKey.actor_id)
        .where(ActorKey.uri == uri, Actor.gone_at.is_(None))
    ).first()
    return (
        None if row is None else KnownKey(uri, row.public, row.id, row.uri, row.host, not row.host)
    )
