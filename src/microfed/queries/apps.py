"""The apps: which one asks, which ones a member has let in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from microfed.ids import moment_of
from microfed.store.access import App, Token
from microfed.store.database import Tx

_MOST = 200


@dataclass(frozen=True, slots=True)
class Client:
    """An app as the authorization server knows it."""

    id: int
    client_id: str
    secret_hash: str | None
    name: str
    website: str | None
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    kind: str
    fetched_at: datetime | None
    extras: dict[str, Any]

    @property
    def is_document(self) -> bool:
        """Whether its name is an address where it describes itself."""
        return self.kind == "document"

    @property
    def refreshes(self) -> bool:
        """Whether its tokens expire and are refreshed: Mastodon's apps know nothing of it."""
        return self.kind != "registered"


@dataclass(frozen=True, slots=True)
class AuthorisedApp:
    """An app that may act for a member, since when, and what it may do."""

    id: int
    name: str
    website: str | None
    scopes: tuple[str, ...]
    since: datetime


def find_client(tx: Tx, client_id: str) -> Client | None:
    """Return the app that calls itself `client_id`."""
    return _client(tx, App.client_id == client_id)


def find_client_by_id(tx: Tx, app_id: int) -> Client | None:
    """Return an app by our number for it."""
    return _client(tx, App.id == app_id)


def app_name(tx: Tx, id_: int) -> str | None:
    """Return what an app calls itself."""
    return tx.connection.scalar(select(App.name).where(App.id == id_))


def list_authorised_apps(tx: Tx, member_id: int) -> list[AuthorisedApp]:
    """Return the apps that may act for a member, the newest first."""
    rows = tx.connection.execute(
        select(
            App.id,
            App.name,
            App.website,
            App.client_id,
            App.kind,
            Token.scopes,
            Token.id.label("token_id"),
        )
        .join(Token, Token.app_id == App.id)
        .where(
            Token.member_id == member_id,
            Token.revoked_at.is_(None),
            or_(
                Token.expires_at.is_(None),
                Token.expires_at > tx.now,
                Token.refresh_hash.is_not(None),
            ),
        )
        .order_by(Token.id.desc())
        .limit(_MOST * 5)
    )
    found: dict[int, AuthorisedApp] = {}
    for row in rows:
        before = found.get(row.id)
        scopes = (*(before.scopes if before else ()), *row.scopes.split())
        found[row.id] = AuthorisedApp(
            row.id,
            row.name,
            row.client_id if row.kind == "document" else row.website,
            tuple(dict.fromkeys(scopes)),
            moment_of(row.token_id),
        )
    return list(found.values())[:_MOST]


def _client(tx: Tx, condition: Any) -> Client | None:
    row = tx.connection.execute(select(App).where(condition)).first()
    if row is None:
        return None
    return Client(
        row.id,
        row.client_id,
        row.secret_hash,
        row.name,
        row.website,
        _texts(row.redirect_uris),
        tuple(row.scopes.split()),
        row.kind,
        row.fetched_at,
        dict(row.extras),
    )


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
