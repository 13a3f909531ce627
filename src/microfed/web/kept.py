"""What a member keeps for later, and what they thanked for: lists for their eyes alone."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.pages import page
from microfed.queries.cards import ENTRY, KEY, Card
from microfed.queries.pages import Page
from microfed.queries.posts import load_posts
from microfed.queries.reactions import bookmarked_cards, liked_cards
from microfed.queries.views import PostView
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.web.looking import member_of, to_the_door
from microfed.web.paging import PAGE, before_of

Find = Callable[[Tx, Viewer, Page], list[Card]]


def _listing(path: str, find: Find, what: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        member, before = await member_of(request), before_of(request)
        if member is None:
            return to_the_door(request)

        def work(tx: Tx) -> tuple[list[PostView], int | None]:
            cards = find(tx, member.viewer, Page(PAGE, max_id=before))
            more = cards[-1][KEY] if len(cards) == PAGE else None
            return load_posts(tx, [card[ENTRY] for card in cards], member.viewer), more

        posts, more = await house_of(request).db.read(work)
        return page(
            request, "kept.html", is_kept=False, what=path, posts=posts, before=before, more=more
        )

    endpoint.__doc__ = what
    return endpoint


kept_page = _listing("/kept", bookmarked_cards, "What a member keeps, the latest kept first.")
thanked_page = _listing("/thanked", liked_cards, "What a member thanked for, the latest first.")


async def mine_page(request: Request) -> Response:
    """Everything that is a member's own, from one page."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    return page(request, "mine.html", is_kept=False)
