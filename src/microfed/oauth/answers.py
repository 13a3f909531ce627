"""What apps are told: JSON that nobody keeps, and refusals in the words of RFC 6749."""

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Refused, TooMany

JSON = "application/json; charset=utf-8"
Endpoint = Callable[[Request], Awaitable[Response]]
_STATUS = {"invalid_client": 401, "invalid_token": 401, "unauthorized_client": 403}


class Wrong(Exception):
    """An app asked for what it cannot have; `error` is the word that its library knows."""

    def __init__(self, error: str, description: str, status: int | None = None) -> None:
        super().__init__(description)
        self.error = error
        self.status = status or _STATUS.get(error, 400)


def answer(value: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON that holds secrets, and is kept nowhere on its way."""
    kept = {"Cache-Control": "no-store", "Pragma": "no-cache", **(headers or {})}
    return Response(orjson.dumps(value), status, kept, JSON)


def public(value: Any) -> Response:
    """Answer with JSON that is the same for everyone."""
    return Response(orjson.dumps(value), 200, {"Cache-Control": "max-age=300"}, JSON)


def in_oauth_words(endpoint: Endpoint) -> Endpoint:
    """Return `endpoint`, with its refusals as `{"error", "error_description"}`."""

    @functools.wraps(endpoint)
    async def speaking(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Wrong as wrong:
            headers = {}
            if wrong.status == 401:
                basic = request.headers.get("authorization", "")[:6].lower() == "basic "
                headers["WWW-Authenticate"] = "Basic" if basic else "Bearer"
            said = {"error": wrong.error, "error_description": str(wrong)}
            return answer(said, wrong.status, headers=headers)
        except TooMany as many:
            said = {"error": "slow_down", "error_description": str(many)}
            return answer(said, 429, headers={"Retry-After": str(many.retry_after)})
        except Refused as refused:
            error = {401: "invalid_token", 403: "insufficient_scope"}.get(refused.status)
            said = {"error": error or "invalid_request", "error_description": str(refused)}
            headers = {"WWW-Authenticate": f'Bearer error="{error}"'} if error else {}
            return answer(said, refused.status, headers=headers)

    return speaking
