"""Pages of a list: where one begins, how long it may be, and where the next ones are."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from microfed.mastodon.params import Params
from microfed.queries.pages import Page

_OURS = ("max_id", "min_id", "since_id", "offset")


@dataclass(frozen=True, slots=True)
class Usual:
    """How long pages of a kind of list are, and may be."""

    length: int
    most: int


STATUSES = Usual(20, 40)
ACCOUNTS = Usual(40, 80)
NOTIFICATIONS = Usual(40, 80)
SEARCH = Usual(20, 40)


def read_page(params: Params, usual: Usual) -> Page:
    """Return the page an app asks for: `max_id`, `since_id`, `min_id` and `limit`."""
    if not params.values:
        return Page(usual.length)
    limit = params.whole("limit", usual.length) or usual.length
    return Page(
        limit=max(1, min(limit, usual.most)),
        max_id=params.id_("max_id"),
        since_id=params.id_("since_id"),
        min_id=params.id_("min_id"),
    )


def read_offset(params: Params, usual: Usual) -> tuple[int, int]:
    """Return the limit and the offset of lists that are paged by counting."""
    limit = params.whole("limit", usual.length) or usual.length
    offset = params.whole("offset", 0) or 0
    return max(1, min(limit, usual.most)), max(0, min(offset, 100_000))


def link_header(request: Request, keys: Sequence[int], base: str) -> dict[str, str]:
    """Return the Link header of a page whose items stand by `keys`, newest first.

    An empty page has none: there is nothing before or after it.
    """
    if not keys:
        return {}
    query: bytes = request.scope["query_string"]
    kept = (
        [(k, v) for k, v in parse_qsl(query.decode("latin-1")) if k not in _OURS] if query else []
    )
    rest = f"&{urlencode(kept)}" if kept else ""
    here = f"{base}{request.scope['path']}"
    return {
        "Link": f'<{here}?max_id={keys[-1]}{rest}>; rel="next", '
        f'<{here}?min_id={keys[0]}{rest}>; rel="prev"'
    }
