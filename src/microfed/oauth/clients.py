"""Which app asks: one that registered here, or one whose name is an address that describes it."""

import secrets
from datetime import timedelta
from typing import Any

from microfed import clock
from microfed.errors import Forbidden, Invalid, Refused, TryLater
from microfed.here import authority_of
from microfed.house import House
from microfed.oauth.answers import Wrong
from microfed.operations.apps import remember_document_app
from microfed.operations.hosts import is_refused
from microfed.operations.tokens import hash_of
from microfed.queries.apps import Client, find_client
from microfed.store.database import Tx
from microfed.vocab.redirects import check_redirect, is_web_address

# How long an app's own words about itself are believed without asking again.
FRESH_FOR = timedelta(hours=24)
USABLE_FOR = timedelta(days=14)
# FEP-d8c2 writes it in three ways, depending on the document's context.
_REDIRECT_TERMS = (
    *("redirect_uris", "redirectURI", "oauth:redirectURI"),
    "https://purl.archive.org/socialweb/oauth#redirectURI",
)


def is_address(client_id: str) -> bool:
    """Say whether an app's name is an address where it describes itself."""
    return client_id.startswith(("https://", "http://"))


async def look_up_client(house: House, client_id: str) -> Client | None:
    """Return an app that is known here already, or None."""
    return await house.db.read(lambda tx: find_client(tx, client_id))


async def bring_client(house: House, client_id: str, known: Client | None) -> Client | None:
    """Return the app that lives at the address `client_id`; asks there when we are not fresh.

    Raises Refused when there is no app there. What was known serves while its server is away.
    """
    now = clock.now()
    fetched_at = known.fetched_at if known is not None else None
    if fetched_at is not None and now - fetched_at < FRESH_FOR:
        return known
    host = authority_of(client_id)
    if await house.db.read(lambda tx: is_refused(tx, host)):
        raise Forbidden(f"{host} is out of reach")
    try:
        said = read_app(client_id, await house.fetcher.json(client_id))
    except TryLater:
        if fetched_at is not None and now - fetched_at < USABLE_FOR:
            return known
        raise

    def work(tx: Tx) -> Client | None:
        remember_document_app(tx, client_id=client_id, **said)
        return find_client(tx, client_id)

    return await house.db.write(work)


def read_app(client_id: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return what a client-id metadata document or an ActivityStreams Application says.

    Raises Forbidden when it speaks of another address, Invalid when nobody can be sent back to it.
    """
    # checkin.swf.pub's has no type, so the name and the redirect are all there is to go by.
    name_inside = document.get("client_id") or document.get("id") or document.get("@id")
    if name_inside != client_id:
        raise Forbidden("the app's document is about another address")
    redirects = [uri for term in _REDIRECT_TERMS for uri in _texts(document.get(term))]
    usable = [uri for uri in dict.fromkeys(redirects) if _is_usable(uri)]
    if not usable:
        raise Invalid("the app's document names no address to send you back to")
    website = next(
        (
            uri
            for uri in (*_texts(document.get("client_uri")), *_texts(document.get("url")))
            if is_web_address(uri)
        ),
        None,
    )
    names = (*_texts(document.get("client_name")), *_texts(document.get("name")))
    name = " ".join(next(iter(names), "").split()) or authority_of(client_id)
    return {"name": name, "redirect_uris": usable, "website": website, "extras": {}}


def authenticate(tx: Tx, client_id: str | None, secret: str | None) -> tuple[Client, bool]:
    """Return the app that asks, and whether it proved so by its secret. Raises Wrong otherwise.

    An app that has no secret may send one all the same; it says nothing (FEP-d8c2).
    """
    client = None if client_id is None else find_client(tx, client_id)
    if client is None:
        raise Wrong("invalid_client", "this app is not known here")
    if client.secret_hash is None:
        return client, False
    if secret is None:
        return client, False
    if not secrets.compare_digest(hash_of(secret), client.secret_hash):
        raise Wrong("invalid_client", "the client_secret is not the right one")
    return client, True


def is_public(client: Client) -> bool:
    """Say whether an app has no secret to prove itself by."""
    return client.secret_hash is None


def _is_usable(uri: str) -> bool:
    try:
        check_redirect(uri)
    except Refused:
        return False
    return True


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    found = (
        item.get("id") or item.get("@id") if isinstance(item, dict) else item for item in items
    )
    return [item for item in found if isinstance(item, str) and item]
