"""Who stands behind a token."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select

from microfed.store.access import Token
from microfed.store.database import Tx
from microfed.store.filters import Filter
from microfed.store.people import Actor, Member


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """A good token: whose it is, and what it may be used for."""

    token_id: int
    app_id: int | None
    actor_id: int | None
    actor_uri: str | None
    username: str | None
    role: str | None
    scopes: frozenset[str]
    expires_at: datetime | None
    has_filters: bool = False


def find_holder(tx: Tx, token_hash: str) -> TokenHolder | None:
    """Return who holds a token, unless it is over, or they are suspended or not let in yet."""
    row = tx.connection.execute(
        select(
            Token.id,
            Token.app_id,
            Token.member_id,
            Token.scopes,
            Token.expires_at,
            Actor.uri,
            Actor.username,
            Member.role,
            Actor.id.label("actor_id"),
            exists(select(Filter.id).where(Filter.owner_id == Token.member_id)).label("filters"),
        )
        .outerjoin(Member, Member.id == Token.member_id)
        .outerjoin(Actor, Actor.id == Member.id)
        .where(
            Token.token_hash == token_hash,
            Token.revoked_at.is_(None),
            Member.suspended_at.is_(None),
            or_(Member.id.is_(None), Member.approved_at.is_not(None)),
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
        )
    ).first()
    if row is None or (row.expires_at is not None and row.expires_at <= tx.now):
        return None
    return TokenHolder(
        row.id,
        row.app_id,
        row.actor_id,
        row.uri,
        row.username,
        row.role,
        frozenset(row.scopes.split()),
        row.expires_at,
        bool(row.filters),
    )
