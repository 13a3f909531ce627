"""Answers as apps expect them: JSON, moments with three decimals, and refusals in their words."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson
from starlette.responses import Response

from microfed.errors import Gone, Invalid, Refused, TooMany, TryLater

# What Mastodon says, and some apps look for (interop.md §5.3). None: our own sentence is better.
WORDS: dict[int, str | None] = {
    400: None,
    401: None,
    403: None,
    404: "Record not found",
    405: "Method not allowed",
    409: None,
    410: "Gone",
    413: "Request entity too large",
    415: None,
    422: None,
    429: "Too many requests",
    500: "Something went wrong on our side",
}
_TAKEN = ("taken", "already used")
JSON = "application/json; charset=utf-8"


def json_bytes(
    body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with JSON that is written already."""
    return Response(body, status, headers, JSON)


def json_answer(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with a value as JSON; an `orjson.Fragment` in it stays as it is."""
    return Response(orjson.dumps(value), status, headers, JSON)


def empty() -> Response:
    """Answer that it is done, with nothing to say."""
    return json_bytes(b"{}")


def array(parts: Iterable[bytes]) -> bytes:
    """Return a JSON list of what is written already."""
    return b"[" + b",".join(parts) + b"]"


def stamp(moment: datetime | None) -> str | None:
    """Return a moment as apps read it: UTC, three decimals, Z."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def refusal(status: int, why: str, error: Exception | None = None) -> Response:
    """Answer a refusal of ours in Mastodon's words."""
    said = WORDS.get(status) or why
    body: dict[str, Any] = {"error": said}
    if said != why:
        body["error_description"] = why
    headers: dict[str, str] = {}
    if isinstance(error, Invalid):
        if not said.startswith("Validation failed"):
            body["error"] = f"Validation failed: {said[:1].upper()}{said[1:]}"
        if error.details:
            body["details"] = {
                name: [{"error": _code(text), "description": text}]
                for name, text in error.details.items()
            }
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, TryLater) or status == 503:
        headers["Retry-After"] = "30"
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Gone) and error.tombstone:
        body["id"] = error.tombstone
    return json_answer(body, status, headers)


def status_of(error: Exception) -> int:
    """Return the status an error is answered with."""
    return error.status if isinstance(error, Refused) else 503


def _code(text: str) -> str:
    if any(word in text for word in _TAKEN):
        return "ERR_TAKEN"
    return "ERR_BLANK" if "blank" in text or "needs" in text else "ERR_INVALID"
