"""A member's home: what the people they follow say, and the place to say something."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.pages import page
from microfed.queries.cards import ENTRY, home_cards
from microfed.queries.held_back import through_filters
from microfed.queries.pages import Page
from microfed.queries.posts import load_posts
from microfed.queries.views import PostView
from microfed.store.database import Tx
from microfed.web.looking import member_of, to_the_door
from microfed.web.paging import PAGE, before_of
from microfed.web.typed import blank


async def home_page(request: Request) -> Response:
    """The newest first, in the order it was said; whoever is not signed in is asked to."""
    member, before = await member_of(request), before_of(request)
    if member is None:
        return to_the_door(request)
    viewer = member.viewer

    def work(tx: Tx) -> tuple[list[PostView], int | None]:
        cards = home_cards(tx, viewer, Page(limit=PAGE, max_id=before))
        ids = [card[ENTRY] for card in cards]
        more = ids[-1] if len(ids) == PAGE else None
        return through_filters(tx, viewer, load_posts(tx, ids, viewer), "home"), more

    posts, more = await house_of(request).db.read(work)
    draft = blank(member)
    return page(
        request, "home.html", is_kept=False, posts=posts, before=before, more=more, draft=draft
    )
