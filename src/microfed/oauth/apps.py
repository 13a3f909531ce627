"""Apps make themselves known: Mastodon's way, and that of RFC 7591."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from microfed.asking import Askers, bearer_of
from microfed.errors import Invalid, Unauthorized
from microfed.house import house_of
from microfed.ids import moment_of
from microfed.limits import limiter_of
from microfed.oauth.answers import Wrong, answer, in_oauth_words
from microfed.oauth.parameters import Parameters, read_parameters
from microfed.operations.apps import Registered, Wish, register_app
from microfed.operations.secrets import vapid_keys
from microfed.queries.apps import find_client_by_id
from microfed.scopes import DEFAULT, known, split
from microfed.store.database import Tx


async def post_app(request: Request) -> Response:
    """POST /api/v1/apps: the answer holds the secret, this once."""
    limiter_of(request).check(request, "app")
    given = await read_parameters(request)
    scopes = known(split(_one(given, "scopes"))) or (DEFAULT,)
    wish = Wish(
        name=given.text("client_name") or "",
        redirect_uris=given.texts("redirect_uris"),
        scopes=scopes,
        website=given.text("website"),
    )

    def work(tx: Tx) -> tuple[Registered, str]:
        return register_app(tx, wish), vapid_keys(tx).public

    registered, vapid = await house_of(request).db.write(work)
    return answer(
        {
            **_shown(registered.id, wish, vapid),
            "client_id": registered.client_id,
            "client_secret": registered.secret,
            "client_secret_expires_at": 0,
        }
    )


async def verify_app(request: Request) -> Response:
    """GET /api/v1/apps/verify_credentials: the app that a token belongs to, its own or not."""
    askers: Askers = request.app.state.askers
    holder = await askers.holder(bearer_of(request) or "")
    app_id = holder.app_id

    def work(tx: Tx) -> dict[str, Any]:
        client = None if app_id is None else find_client_by_id(tx, app_id)
        if client is None:
            # A token made by `microfed token` belongs to no app.
            raise Unauthorized("The access token is invalid")
        wish = Wish(
            client.name, client.redirect_uris, client.scopes or tuple(holder.scopes), client.website
        )
        return _shown(client.id, wish, vapid_keys(tx).public)

    return answer(await house_of(request).db.read(work))


@in_oauth_words
async def register(request: Request) -> Response:
    """POST /oauth/register: RFC 7591, as AndStatus and the C2S toolkit do it."""
    limiter_of(request).check(request, "app")
    given = await read_parameters(request)
    method = given.text("token_endpoint_auth_method") or "client_secret_basic"
    if method not in ("none", "client_secret_basic", "client_secret_post"):
        raise Wrong("invalid_client_metadata", "authenticate by secret, or not at all")
    wish = Wish(
        name=given.text("client_name") or given.text("client_uri") or "?",
        redirect_uris=given.texts("redirect_uris"),
        scopes=known(split(_one(given, "scope"))) or ("read", "write", "follow", "profile", "push"),
        website=given.text("client_uri"),
        kind="dynamic",
        is_public=method == "none",
    )
    try:
        registered = await house_of(request).db.write(lambda tx: register_app(tx, wish))
    except Invalid as invalid:
        about = "redirect_uri" if "redirect_uris" in invalid.details else "client_metadata"
        raise Wrong(f"invalid_{about}", str(invalid)) from invalid
    said: dict[str, Any] = {
        "client_id": registered.client_id,
        "client_id_issued_at": int(moment_of(registered.id).timestamp()),
        "client_name": wish.name,
        "redirect_uris": list(wish.redirect_uris),
        "scope": " ".join(wish.scopes),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
    }
    if wish.website:
        said["client_uri"] = wish.website
    if registered.secret is not None:
        said |= {"client_secret": registered.secret, "client_secret_expires_at": 0}
    return answer(said, 201)


def _shown(id_: int, wish: Wish, vapid: str) -> dict[str, Any]:
    uris = list(dict.fromkeys(wish.redirect_uris))
    return {
        "id": str(id_),
        "name": wish.name,
        "website": wish.website or None,
        "scopes": list(wish.scopes),
        "redirect_uri": "\n".join(uris),
        "redirect_uris": uris,
        "vapid_key": vapid,
    }


def _one(given: Parameters, name: str) -> str:
    """Return scopes as one text; some apps send a list."""
    return " ".join(given.texts(name))
