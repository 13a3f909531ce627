"""What a member's browser keeps for when there is no network: the last that was at home."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.pages import page
from microfed.queries.cards import ENTRY, home_cards
from microfed.queries.pages import Page
from microfed.queries.posts import load_posts
from microfed.queries.views import PostView
from microfed.statics import static_files
from microfed.store.database import Tx
from microfed.web.looking import member_of, to_the_door

MOST = 50


async def offline_page(request: Request) -> Response:
    """GET /offline: nothing on it can be pressed that would need the network."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    viewer = member.viewer

    def work(tx: Tx) -> list[PostView]:
        cards = home_cards(tx, viewer, Page(limit=MOST))
        return load_posts(tx, [card[ENTRY] for card in cards], viewer)

    posts = await house_of(request).db.read(work)
    return page(request, "offline.html", is_kept=False, posts=posts, member=None)


async def worker(_request: Request) -> Response:
    """GET /sw.js: at the root, because a worker sees to what lies beneath it."""
    file = static_files()["sw.js"]
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
    }
    return Response(file.body, headers=headers, media_type=file.media_type)
