"""What tests of clients share: a client's own site, and a member who lets it in."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fediverse import Fediverse
from tests.oauth.conftest import CHALLENGE, Place, answers_in

LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
ADA = "https://here.test/users/ada"
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


def keep(fediverse: Fediverse, host: str, document: dict[str, Any], media_type: str) -> None:
    """Let a client's site say who the client is."""

    async def answer(_request: Request) -> Response:
        return Response(orjson.dumps(document), media_type=media_type)

    path = urlsplit(document.get("client_id") or document["id"]).path
    app = Starlette(routes=[Route(path, answer)])
    fediverse.network.apps[host] = httpx.ASGITransport(app)


async def let_in(place: Place, **wish: str) -> str:
    """Ada says yes in her browser; return the code."""
    await place.sign_in()
    return answers_in(await place.decide("allow", place.address(**wish)))["code"]
