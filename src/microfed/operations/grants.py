"""Grants: a member's consent becomes a code, the code a token, and nothing becomes two.

What an app does wrong is returned as a Denial, not raised: a code that comes a second time must
leave its mark (its tokens are revoked), and an exception would undo that.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from microfed.ids import id_at, moment_of
from microfed.operations.tokens import give_token, hash_of
from microfed.queries.apps import Client
from microfed.store.access import Code, Token
from microfed.store.database import Tx
from microfed.store.people import Actor, Member

CODE_LASTS = timedelta(seconds=60)
TOKEN_LASTS = timedelta(hours=2)
REFRESHES_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Denial:
    """Why an app gets no token, in the words of RFC 6749 §5.2."""

    error: str
    description: str


@dataclass(frozen=True, slots=True)
class Given:
    """A token, told this once. `me` is the actor it acts for; None for an app's own."""

    token: str
    scopes: tuple[str, ...]
    created_at: datetime
    me: str | None
    username: str | None
    refresh: str | None = None
    expires_in: int | None = None


def allow(
    tx: Tx,
    *,
    client: Client,
    member_id: int,
    redirect_uri: str,
    scopes: Iterable[str],
    challenge: str | None,
) -> str:
    """A member lets an app act for them; returns the code that it exchanges within a minute."""
    code = secrets.token_urlsafe(32)
    tx.session.add(
        Code(
            id=id_at(tx.now),
            code_hash=hash_of(code),
            app_id=client.id,
            member_id=member_id,
            redirect_uri=redirect_uri,
            scopes=" ".join(scopes),
            challenge=challenge,
            expires_at=tx.now + CODE_LASTS,
        )
    )
    tx.flush()
    return code


def redeem(
    tx: Tx,
    *,
    client: Client,
    code: str,
    redirect_uri: str | None,
    verifier: str | None,
    has_secret: bool,
) -> Given | Denial:
    """`client` exchanges a code, once. A code that comes again ends what came of it before.

    `has_secret` says that the app proved who it is; without, PKCE must do so.
    """
    row = tx.connection.execute(select(Code).where(Code.code_hash == hash_of(code))).first()
    if row is None or row.app_id != client.id:
        return Denial("invalid_grant", "this code is not known, or not yours")
    if row.redeemed_at is not None:
        revoke_grant(tx, row.id)
        return Denial("invalid_grant", "this code was used before")
    if row.expires_at <= tx.now:
        return Denial("invalid_grant", "this code has expired")
    if redirect_uri != row.redirect_uri:
        return Denial("invalid_grant", "redirect_uri is not the one the code was sent to")
    if row.challenge is None:
        if not has_secret:
            return Denial("invalid_client", "client_secret is missing")
        if verifier:
            # The attack that PKCE is for, the other way round (RFC 9700 §2.1.1).
            return Denial("invalid_grant", "there was no code_challenge")
    elif not verifier or not _matches(verifier, row.challenge):
        return Denial("invalid_grant", "code_verifier does not fit the code_challenge")
    taken = tx.connection.execute(
        update(Code).where(Code.id == row.id, Code.redeemed_at.is_(None)).values(redeemed_at=tx.now)
    )
    if taken.rowcount != 1:
        revoke_grant(tx, row.id)
        return Denial("invalid_grant", "this code was used before")
    return _give(tx, client, row.member_id, tuple(row.scopes.split()), row.id)


def refresh(
    tx: Tx, *, client: Client, refresh_token: str, scopes: tuple[str, ...] = ()
) -> Given | Denial:
    """`client` exchanges a refresh token for a new pair; the old one ends with it.

    A refresh token that was exchanged before was stolen, from the app or by it: everything that
    came of the same consent ends (RFC 9700 §4.14).
    """
    row = tx.connection.execute(
        select(Token).where(Token.refresh_hash == hash_of(refresh_token))
    ).first()
    if row is None or row.app_id != client.id or row.member_id is None:
        return Denial("invalid_grant", "this refresh token is not known, or not yours")
    if moment_of(row.id) + REFRESHES_FOR <= tx.now:
        return Denial("invalid_grant", "this refresh token has expired")
    held = tuple(row.scopes.split())
    if not set(scopes) <= set(held):
        return Denial("invalid_scope", "more than was allowed")
    taken = tx.connection.execute(
        update(Token)
        .where(Token.id == row.id, Token.revoked_at.is_(None))
        .values(revoked_at=tx.now)
    )
    if taken.rowcount != 1:
        if row.grant_id is not None:
            revoke_grant(tx, row.grant_id)
        return Denial("invalid_grant", "this refresh token was used before, or revoked")
    tx.tell("token", row.token_hash)
    return _give(tx, client, row.member_id, scopes or held, row.grant_id)


def give_own_token(tx: Tx, *, client: Client, scopes: tuple[str, ...]) -> Given:
    """An app gets a token of its own, for what needs no member: to look at itself, to sign up."""
    token = give_token(tx, member_id=None, app_id=client.id, scopes=scopes)
    return Given(token, scopes, tx.now, None, None)


def revoke_of_client(tx: Tx, *, client: Client, token: str) -> bool:
    """An app gives up a token, or a refresh token and all with it. False: it is not the app's."""
    hash_ = hash_of(token)
    row = tx.connection.execute(
        select(Token).where((Token.token_hash == hash_) | (Token.refresh_hash == hash_))
    ).first()
    if row is None:
        return True
    if row.app_id != client.id:
        return False
    if row.refresh_hash == hash_ and row.grant_id is not None:
        revoke_grant(tx, row.grant_id)
        return True
    tx.connection.execute(
        update(Token)
        .where(Token.id == row.id, Token.revoked_at.is_(None))
        .values(revoked_at=tx.now)
    )
    tx.tell("token", row.token_hash)
    return True


def revoke_grant(tx: Tx, grant_id: int) -> None:
    """Whatever came of one consent is good for nothing from now on."""
    live = (Token.grant_id == grant_id, Token.revoked_at.is_(None))
    for hash_ in list(tx.connection.scalars(select(Token.token_hash).where(*live))):
        tx.tell("token", hash_)
    tx.connection.execute(update(Token).where(*live).values(revoked_at=tx.now))


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge that belongs to a verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _matches(verifier: str, challenge: str) -> bool:
    return secrets.compare_digest(challenge_of(verifier), challenge)


def _give(
    tx: Tx, client: Client, member_id: int, scopes: tuple[str, ...], grant_id: int | None
) -> Given | Denial:
    who = tx.connection.execute(
        select(Actor.uri, Actor.username)
        .join(Member, Member.id == Actor.id)
        .where(
            Member.id == member_id,
            Member.suspended_at.is_(None),
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
        )
    ).first()
    if who is None:
        return Denial("invalid_grant", "the member no longer lives here, or may not sign in")
    # Mastodon's apps know neither expiry nor refreshing (interop.md §5.2).
    refresh_token = secrets.token_urlsafe(32) if client.refreshes else None
    token = give_token(
        tx,
        member_id=member_id,
        app_id=client.id,
        scopes=scopes,
        grant_id=grant_id,
        refresh_token=refresh_token,
        expires_at=tx.now + TOKEN_LASTS if refresh_token else None,
    )
    lasts = int(TOKEN_LASTS.total_seconds()) if refresh_token else None
    return Given(token, scopes, tx.now, who.uri, who.username, refresh_token, lasts)
