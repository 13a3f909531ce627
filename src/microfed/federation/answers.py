"""Answers in the field's media types, with the headers that caches and browsers need."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from microfed.vocab.terms import ACTIVITY_JSON

VARY = "Accept, Signature, Signature-Input, Authorization"
SHARED = "public, max-age=180"
PRIVATE = "private, no-store"


def activity_json(
    document: dict[str, Any] | bytes, *, status: int = 200, is_shared: bool = True
) -> Response:
    """Return a document as ActivityPub. `is_shared` says that anyone may get the same answer."""
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    return Response(
        body,
        status,
        {
            "Content-Type": f"{ACTIVITY_JSON}; charset=utf-8",
            "Vary": VARY,
            "Cache-Control": SHARED if is_shared else PRIVATE,
        },
    )


def json_as(media_type: str, document: Any, *, max_age: int = 600) -> Response:
    """Return a discovery document."""
    return Response(
        document if isinstance(document, bytes) else orjson.dumps(document),
        headers={"Content-Type": media_type, "Cache-Control": f"public, max-age={max_age}"},
    )


def wants_activity(request: Request) -> bool:
    """Say whether a request would rather have ActivityPub than a page (interop.md §1.4)."""
    accept = request.headers.get("accept", "").lower()
    if "json" not in accept:
        return False
    best_json, best_page = 0.0, 0.0
    for item in accept.split(","):
        kind, *parameters = (part.strip() for part in item.split(";"))
        weight = _weight(parameters)
        if kind in ("application/activity+json", "application/ld+json", "application/json"):
            best_json = max(best_json, weight)
        elif kind in ("text/html", "application/xhtml+xml"):
            best_page = max(best_page, weight)
    return best_json > 0 and best_json >= best_page


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
