"""Tokens: an app exchanges a code for one, refreshes it, gives it up, asks what it is worth."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from microfed.asking import Asker, Askers, bearer_of, need_asker
from microfed.errors import Forbidden, Refused
from microfed.house import House, house_of
from microfed.ids import moment_of
from microfed.limits import limiter_of
from microfed.oauth.answers import Wrong, answer, in_oauth_words
from microfed.oauth.clients import authenticate, is_public
from microfed.oauth.metadata import issuer_of
from microfed.oauth.parameters import Parameters, client_of, read_parameters
from microfed.operations.grants import (
    Denial,
    Given,
    give_own_token,
    redeem,
    refresh,
    revoke_of_client,
)
from microfed.queries.people import need_actor_by_id
from microfed.queries.tokens import TokenHolder
from microfed.scopes import DEFAULT, are_within, known, split
from microfed.store.database import Tx


@in_oauth_words
async def post_token(request: Request) -> Response:
    """POST /oauth/token."""
    limiter_of(request).check(request, "stranger")
    given = await read_parameters(request)
    grants = {
        "authorization_code": _by_code,
        "refresh_token": _by_refresh,
        "client_credentials": _for_itself,
    }
    grant = grants.get(given.need("grant_type"))
    if grant is None:
        # Passwords are for this place alone, never for an app.
        raise Wrong("unsupported_grant_type", "use authorization_code")
    client_id, secret = client_of(request, given)

    def work(tx: Tx) -> Given | Denial:
        return grant(tx, given, client_id, secret)

    done = await house_of(request).db.write(work)
    if isinstance(done, Denial):
        raise Wrong(done.error, done.description)
    return answer(_told(done))


@in_oauth_words
async def revoke(request: Request) -> Response:
    """POST /oauth/revoke: a token is given up; one that is not known is as good as given up."""
    given = await read_parameters(request)
    token = given.need("token")
    client_id, secret = client_of(request, given)

    def work(tx: Tx) -> bool:
        client, has_secret = authenticate(tx, client_id, secret)
        return (has_secret or is_public(client)) and revoke_of_client(
            tx, client=client, token=token
        )

    try:
        is_theirs = await house_of(request).db.write(work)
    except Wrong:
        is_theirs = False
    if not is_theirs:
        why = "You are not authorized to revoke this token"
        raise Wrong("unauthorized_client", why)
    return answer({})


@in_oauth_words
async def introspect(request: Request) -> Response:
    """POST /oauth/introspect: what a token is worth, for the app that has it (RFC 7662)."""
    limiter_of(request).check(request, "stranger")
    given = await read_parameters(request)
    token = given.need("token")
    client_id, secret = client_of(request, given)
    house, askers = house_of(request), _askers(request)
    app_id: int | None
    if client_id is not None:
        client, has_secret = await house.db.read(lambda tx: authenticate(tx, client_id, secret))
        if not has_secret and not is_public(client):
            raise Wrong("invalid_client", "client_secret is missing")
        app_id = client.id
    else:
        # An app may always ask about itself.
        app_id = (await askers.holder(bearer_of(request) or "")).app_id
    try:
        holder = await askers.holder(token)
    except Refused:
        return answer({"active": False})
    if holder.app_id != app_id:
        return answer({"active": False})
    return answer(_worth(house, holder, client_id))


@in_oauth_words
async def userinfo(request: Request) -> Response:
    """GET or POST /oauth/userinfo: who the token acts for; `sub` is their actor's id."""
    asker = await _need_profile(request)
    house = house_of(request)

    def work(tx: Tx) -> dict[str, Any]:
        actor = need_actor_by_id(tx, asker.actor_id)
        return {
            "iss": issuer_of(tx.here),
            "sub": actor.uri,
            "name": actor.display_name or actor.username,
            "preferred_username": actor.username,
            "profile": tx.here.profile(actor.username),
            "picture": actor.avatar_uri,
        }

    return answer(await house.db.read(work))


async def _need_profile(request: Request) -> Asker:
    try:
        return await need_asker(request, "profile")
    except Forbidden:
        # Clients of ActivityPub ask for `read write` and no more (clients.md §1).
        return await need_asker(request, "read:accounts")


def _by_code(
    tx: Tx, given: Parameters, client_id: str | None, secret: str | None
) -> Given | Denial:
    client, has_secret = authenticate(tx, client_id, secret)
    return redeem(
        tx,
        client=client,
        code=given.need("code"),
        redirect_uri=given.text("redirect_uri"),
        verifier=given.text("code_verifier"),
        has_secret=has_secret,
    )


def _by_refresh(
    tx: Tx, given: Parameters, client_id: str | None, secret: str | None
) -> Given | Denial:
    client, has_secret = authenticate(tx, client_id, secret)
    if not has_secret and not is_public(client):
        raise Wrong("invalid_client", "client_secret is missing")
    wanted = known(split(given.text("scope") or ""))
    return refresh(tx, client=client, refresh_token=given.need("refresh_token"), scopes=wanted)


def _for_itself(
    tx: Tx, given: Parameters, client_id: str | None, secret: str | None
) -> Given | Denial:
    client, has_secret = authenticate(tx, client_id, secret)
    if not has_secret:
        raise Wrong("invalid_client", "client_secret is missing")
    wanted = split(given.text("scope") or DEFAULT)
    if known(wanted) != wanted or not are_within(wanted, client.scopes):
        raise Wrong("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    return give_own_token(tx, client=client, scopes=wanted)


def _told(given: Given) -> dict[str, Any]:
    said: dict[str, Any] = {
        "access_token": given.token,
        "token_type": "Bearer",
        "scope": " ".join(given.scopes),
        "created_at": int(given.created_at.timestamp()),
    }
    if given.me is not None:
        said["me"] = given.me
    if given.refresh is not None:
        said |= {"refresh_token": given.refresh, "expires_in": given.expires_in}
    return said


def _worth(house: House, holder: TokenHolder, client_id: str | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "active": True,
        "scope": " ".join(sorted(holder.scopes)),
        "token_type": "Bearer",
        "iss": issuer_of(house.db.here),
        "iat": int(moment_of(holder.token_id).timestamp()),
    }
    if client_id is not None:
        said["client_id"] = client_id
    if holder.actor_uri is not None:
        said |= {"sub": holder.actor_uri, "me": holder.actor_uri, "username": holder.username}
    if holder.expires_at is not None:
        said["exp"] = int(holder.expires_at.timestamp())
    return said


def _askers(request: Request) -> Askers:
    askers: Askers = request.app.state.askers
    return askers
