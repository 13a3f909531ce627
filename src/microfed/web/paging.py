"""Going on in a list: pages are asked for by the id they come after, so that none moves."""

from collections.abc import Sequence

from starlette.requests import Request

from microfed.ids import parse_id
from microfed.queries.views import PostView

PAGE = 20


def before_of(request: Request) -> int | None:
    """Return where the page begins; None at the top. What is no id is NotFound."""
    text = request.query_params.get("before")
    return None if text is None else parse_id(text)


def more_after(posts: Sequence[PostView], found: int | None = None) -> int | None:
    """Return where the next page begins; None at the end. `found` counts what was looked at."""
    enough = (len(posts) if found is None else found) >= PAGE
    return posts[-1].entry_id if posts and enough else None
