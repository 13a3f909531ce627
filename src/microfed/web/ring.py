"""The ring: what is said here and in allied places, and which places those are."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from microfed.here import origin_of
from microfed.house import house_of
from microfed.operations.alliances import list_alliances
from microfed.pages import page
from microfed.queries.held_back import through_filters
from microfed.queries.latest import ring_ids
from microfed.queries.posts import load_posts
from microfed.queries.views import PostView
from microfed.store.database import Tx
from microfed.web.looking import viewer_of
from microfed.web.paging import PAGE, before_of, more_after


@dataclass(frozen=True, slots=True)
class AlliedPlace:
    """A place we are allied with, as anyone may know."""

    name: str
    host: str
    page: str


async def ring_page(request: Request) -> Response:
    """GET: for those who live here the ring's timeline; for all the places that are allied."""
    before, viewer = before_of(request), await viewer_of(request)

    def work(tx: Tx) -> tuple[list[AlliedPlace], list[PostView], int | None]:
        places = [
            AlliedPlace(one.name, one.host, f"{origin_of(one.uri)}/about")
            for one in list_alliances(tx)
            if one.state == "allied"
        ]
        if viewer is None:
            return places, [], None
        posts = load_posts(tx, ring_ids(tx, viewer, limit=PAGE, before=before), viewer)
        return places, through_filters(tx, viewer, posts, "public"), more_after(posts)

    places, posts, more = await house_of(request).db.read(work)
    return page(request, "ring.html", places=places, posts=posts, before=before, more=more)
