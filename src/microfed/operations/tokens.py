"""Tokens: what an app shows to act in a member's name. Only their SHA-256 is kept."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from microfed.errors import Invalid
from microfed.ids import id_at
from microfed.scopes import SCOPES
from microfed.store.access import Token
from microfed.store.database import Tx


def give_token(
    tx: Tx,
    *,
    member_id: int | None,
    scopes: Iterable[str],
    app_id: int | None = None,
    expires_at: datetime | None = None,
    grant_id: int | None = None,
    refresh_token: str | None = None,
) -> str:
    """Return a new token for a member; it is told this once and never again.

    Raises Invalid for a scope that does not exist.
    """
    wanted = list(dict.fromkeys(scopes))
    for scope in wanted:
        if scope not in SCOPES:
            raise Invalid(f"there is no scope called {scope}")
    if not wanted:
        raise Invalid("a token needs at least one scope")
    token = secrets.token_urlsafe(32)
    row = Token(
        id=id_at(tx.now),
        token_hash=hash_of(token),
        refresh_hash=None if refresh_token is None else hash_of(refresh_token),
        grant_id=grant_id,
        app_id=app_id,
        member_id=member_id,
        scopes=" ".join(wanted),
        expires_at=expires_at,
    )
    tx.session.add(row)
    tx.flush()
    return token


def revoke_token(tx: Tx, token: str) -> None:
    """A token is good for nothing from now on. Doing it twice is harmless."""
    hash_ = hash_of(token)
    id_ = tx.connection.scalar(select(Token.id).where(Token.token_hash == hash_))
    if id_ is not None:
        tx.connection.execute(update(Token).where(Token.id == id_).values(revoked_at=tx.now))
        tx.tell("token", hash_)


def hash_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
