"""The members, for those who look after the place."""

from dataclasses import dataclass

from sqlalchemy import select

from microfed.store.database import Tx
from microfed.store.people import Actor, Member


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One member as an admin sees them."""

    id: str
    username: str
    actor: str
    email: str | None
    role: str
    is_suspended: bool


def list_members(tx: Tx) -> list[MemberLine]:
    """Return all members by name."""
    rows = tx.connection.execute(
        select(Actor.id, Actor.username, Actor.uri, Member.email, Member.role, Member.suspended_at)
        .join(Member, Member.id == Actor.id)
        .order_by(Actor.name_key)
    )
    return [
        MemberLine(str(id_), username, uri, email, role, suspended_at is not None)
        for id_, username, uri, email, role, suspended_at in rows
    ]
