"""Refusals in the dialect of whoever asks: problem+json for programs, a page for people."""

import logging
from collections.abc import Awaitable, Callable

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from microfed.disks import is_of_the_disk, later
from microfed.errors import Gone, Invalid, Refused, TooMany, TryLater
from microfed.mastodon.answers import refusal

log = logging.getLogger(__name__)
Page = Callable[[Request, int, str], Awaitable[Response]]
TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    415: "Wrong media type",
    421: "Not here",
    422: "Not possible as it stands",
    429: "Too many requests",
    500: "Our fault",
    503: "Try again later",
}
RETRY_SECONDS = 30


class Refusing:
    """Turns what was raised into an answer. `page` renders it for people."""

    def __init__(self, page: Page | None = None) -> None:
        self._page = page

    async def refused(self, request: Request, error: Exception) -> Response:
        """Answer what an operation or a door refused."""
        if _is_app(request):
            status = error.status if isinstance(error, Refused) else 400
            return refusal(status, str(error), error)
        status = error.status if isinstance(error, Refused) else 400
        details = error.details if isinstance(error, Invalid) else {}
        headers = {}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, TooMany):
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, Gone) and error.tombstone:
            details = {"id": error.tombstone}
        return await self._answer(request, status, str(error), details, headers)

    async def later(self, request: Request, error: Exception) -> Response:
        """Answer that something needed is away for now."""
        why = str(error) if isinstance(error, TryLater) else "something must be fetched first"
        if _is_app(request):
            return refusal(503, why, error)
        return await self._answer(request, 503, why, {}, {"Retry-After": str(RETRY_SECONDS)})

    async def broken(self, request: Request, error: Exception) -> Response:
        """Answer what a full disk, or one that only reads, did not take; all else is a fault."""
        if not isinstance(error, OSError) or not is_of_the_disk(error):
            raise error
        return await self.later(request, later(error))

    async def unrouted(self, request: Request, error: Exception) -> Response:
        """Answer what no route takes."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        if _is_app(request):
            return refusal(status, TITLES.get(status, "Error"))
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        return await self._answer(request, status, TITLES.get(status, "Error"), {}, headers)

    async def fault(self, request: Request, error: Exception) -> Response:
        """Answer a fault of ours, without its inside."""
        log.error("a fault at %s %s", request.method, request.url.path, exc_info=error)
        if _is_app(request):
            return refusal(500, "Something went wrong on our side")
        return await self._answer(request, 500, "something went wrong on our side", {}, {})

    async def _answer(
        self,
        request: Request,
        status: int,
        why: str,
        details: dict[str, str],
        headers: dict[str, str],
    ) -> Response:
        if self._page is not None and wants_page(request):
            page = await self._page(request, status, why)
            page.headers.update(headers)
            return page
        problem = {
            "type": "about:blank",
            "title": TITLES.get(status, "Error"),
            "status": status,
            "detail": why,
            "error": why,
        }
        if details:
            problem["details"] = details
        return Response(
            orjson.dumps(problem),
            status,
            {"Content-Type": "application/problem+json", **headers},
        )


def _is_app(request: Request) -> bool:
    """Say whether this is an app of Mastodon's kind, which has words of its own for a refusal."""
    return request.url.path.startswith("/api/")


def wants_page(request: Request) -> bool:
    """Say whether a person looks at this with a browser."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(
        ("/api/", "/oauth/token", "/inbox", "/.well-known/", "/nodeinfo/")
    )
