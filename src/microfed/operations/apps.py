"""Apps: the programs members post from, and how they make themselves known."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from microfed.errors import Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.tokens import hash_of
from microfed.scopes import DEFAULT, known
from microfed.store.access import App, Code, Token
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.vocab.redirects import check_redirect, is_web_address

LONGEST_NAME = 200
MOST_REDIRECTS = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What an app says about itself."""

    name: str
    redirect_uris: Sequence[str]
    scopes: Iterable[str] = (DEFAULT,)
    website: str | None = None
    kind: str = "registered"
    is_public: bool = False  # has no secret, and must bring PKCE


@dataclass(frozen=True, slots=True)
class Registered:
    """A new app; its secret is told this once."""

    id: int
    client_id: str
    secret: str | None


def register_app(tx: Tx, wish: Wish) -> Registered:
    """An app makes itself known. Raises Invalid, in Mastodon's words, for what cannot be.

    Scopes that do not exist are left out (interop.md §5.2).
    """
    _check(wish)
    client_id = secrets.token_urlsafe(32)
    secret = None if wish.is_public else secrets.token_urlsafe(32)
    app = App(
        id=id_at(tx.now),
        client_id=client_id,
        secret_hash=None if secret is None else hash_of(secret),
        name=wish.name.strip(),
        website=wish.website or None,
        redirect_uris=list(dict.fromkeys(wish.redirect_uris)),
        scopes=" ".join(known(wish.scopes)) or DEFAULT,
        kind=wish.kind,
        extras={},
    )
    tx.session.add(app)
    tx.flush()
    return Registered(app.id, client_id, secret)


def remember_document_app(
    tx: Tx,
    *,
    client_id: str,
    name: str,
    redirect_uris: Sequence[str],
    website: str | None,
    extras: Mapping[str, Any],
) -> None:
    """Keep what an app says of itself at the address that is its name; later words replace it."""
    said = {
        "name": name[:LONGEST_NAME],
        "redirect_uris": list(redirect_uris)[:MOST_REDIRECTS],
        "website": website,
        "extras": dict(extras),
        "fetched_at": tx.now,
    }
    insert_once(
        tx,
        App,
        {
            "id": id_at(tx.now),
            "client_id": client_id,
            "secret_hash": None,
            "scopes": "",
            "kind": "document",
            **said,
        },
    )
    tx.connection.execute(
        update(App).where(App.client_id == client_id, App.kind == "document").values(said)
    )


def revoke_app(tx: Tx, *, member_id: int, app_id: int) -> None:
    """A member no longer lets an app act for them. Raises NotFound when it could not anyway."""
    mine = (Token.member_id == member_id, Token.app_id == app_id, Token.revoked_at.is_(None))
    hashes = list(tx.connection.scalars(select(Token.token_hash).where(*mine)))
    if not hashes:
        raise NotFound("this app has no access to your account")
    tx.connection.execute(update(Token).where(*mine).values(revoked_at=tx.now))
    # A code that was not exchanged yet must not become a token.
    tx.connection.execute(
        update(Code)
        .where(Code.member_id == member_id, Code.app_id == app_id, Code.redeemed_at.is_(None))
        .values(redeemed_at=tx.now)
    )
    for hash_ in hashes:
        tx.tell("token", hash_)


def _check(wish: Wish) -> None:
    if not wish.name.strip():
        raise Invalid(
            "Validation failed: Application name can't be blank", {"client_name": "can't be blank"}
        )
    if len(wish.name) > LONGEST_NAME:
        raise Invalid(
            f"Validation failed: Application name is longer than {LONGEST_NAME} characters",
            {"client_name": "is too long"},
        )
    if not wish.redirect_uris:
        raise Invalid(
            "Validation failed: Redirect URI can't be blank", {"redirect_uris": "can't be blank"}
        )
    if len(wish.redirect_uris) > MOST_REDIRECTS:
        raise Invalid("Validation failed: too many redirect URIs", {"redirect_uris": "too many"})
    for uri in wish.redirect_uris:
        check_redirect(uri)
    if wish.website and not is_web_address(wish.website):
        raise Invalid("Validation failed: Website is not a web address", {"website": "is invalid"})
