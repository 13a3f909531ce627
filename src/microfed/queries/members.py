"""The members, for those who look after the place."""

from dataclasses import dataclass
from typing import Any

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
    state: str  # here, waiting, frozen, suspended, gone


def list_members(tx: Tx) -> list[MemberLine]:
    """Return all members by name, those too who wait to be let in and who were shut out."""
    rows = tx.connection.execute(
        select(
            Actor.id,
            Actor.username,
            Actor.uri,
            Member.email,
            Member.role,
            Member.approved_at,
            Member.suspended_at.label("frozen_at"),
            Actor.suspended_at,
            Actor.gone_at,
        )
        .join(Member, Member.id == Actor.id)
        .order_by(Actor.name_key)
    )
    return [
        MemberLine(
            str(row.id), row.username, row.uri, row.email, row.role, state not in FREE, state
        )
        for row in rows
        for state in (_state(row),)
    ]


def language_of(tx: Tx, member_id: int) -> str:
    """Return the language a member reads."""
    return tx.connection.scalar(select(Member.language).where(Member.id == member_id)) or "en"


FREE = ("here", "waiting")


def _state(row: Any) -> str:
    if row.gone_at is not None:
        return "gone"
    if row.suspended_at is not None:
        return "suspended"
    if row.frozen_at is not None:
        return "frozen"
    return "waiting" if row.approved_at is None else "here"
