"""Reading what others write: an id may be an object, a list may be a single thing, and so on.

Every function takes whatever stood in the document and returns what we can use, or nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

# A document with more addressees or tags than this is a bomb, not a post (security.md §2.2).
MOST_ITEMS = 1_000
# JSON-LD lets a term keep its prefix; some peers do (interop.md §3.20).
_PREFIXES = ("as:", "toot:", "litepub:", "https://www.w3.org/ns/activitystreams#")


def as_list(value: Any) -> list[Any]:
    """Return `value` as a list: itself, its only item, or nothing; cut at MOST_ITEMS."""
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return value[:MOST_ITEMS]
    if isinstance(value, Mapping) and isinstance(value.get("@list"), list):
        return list(value["@list"][:MOST_ITEMS])
    return [value]


def ref(value: Any) -> str | None:
    """Reduce an id, a document with an id, or a list of either, to the first id."""
    # Pleroma sends a one-item list; Misskey sends the whole actor; PeerTube a list of two.
    for item in as_list(value):
        if isinstance(item, str):
            return item or None
        if isinstance(item, Mapping):
            inner = item.get("id") or item.get("href")
            if isinstance(inner, str) and inner:
                return inner
    return None


def refs(value: Any) -> tuple[str, ...]:
    """Reduce a list of ids or documents to their ids, each once."""
    return tuple(dict.fromkeys(uri for item in as_list(value) if (uri := ref(item))))


def documents(value: Any) -> Iterator[Mapping[str, Any]]:
    """Go through the documents embedded in `value`, whether it is one or a list."""
    return (item for item in as_list(value) if isinstance(item, Mapping))


def word(value: Any) -> str | None:
    """Return `value` if it is text and says something."""
    return value if isinstance(value, str) and value else None


def flag(value: Any) -> bool:
    """Return a yes or no; some peers write them as text."""
    return value is True or value == "true"


def number(value: Any) -> int | None:
    """Return a whole number within what a database column holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 1 << 53 else None


def moment(value: Any) -> datetime | None:
    """Return the moment in an RFC 3339 text; without offset it is taken as UTC."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
        aware = read if read.tzinfo else read.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def types(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the types of a document without prefixes; it may have several."""
    return tuple(
        _bare(kind) for kind in as_list(document.get("type")) if isinstance(kind, str) and kind
    )


def known_type(document: Mapping[str, Any], known: frozenset[str]) -> str | None:
    """Return the first type of `document` that we know."""
    return next((kind for kind in types(document) if kind in known), None)


def link(value: Any, media_type: str = "text/html") -> str | None:
    """Return the address in a `url`: text, a Link, or a list where `media_type` is preferred."""
    best: str | None = None
    for item in as_list(value):
        if isinstance(item, str):
            best = best or item
        elif isinstance(item, Mapping) and (href := word(item.get("href"))):
            if item.get("mediaType") == media_type:
                return href
            best = best or href
    return best if best and best.startswith(("https://", "http://")) else None


def _bare(term: str) -> str:
    for prefix in _PREFIXES:
        if term.startswith(prefix):
            return term[len(prefix) :]
    return term
