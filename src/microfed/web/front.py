"""The front page, and the page about the place: who we are, what was said, how to come in."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.pages import page
from microfed.queries.happening import happening
from microfed.queries.held_back import through_filters
from microfed.queries.latest import around_ids, latest_public_ids
from microfed.queries.people import count_members
from microfed.queries.place import (
    federation_mode,
    html_in,
    registration_mode,
    rules_in,
    words_of_the_place,
)
from microfed.queries.posts import load_posts
from microfed.queries.profiles import caretakers
from microfed.queries.views import PersonView, PostView
from microfed.queries.visibility import Viewer
from microfed.queries.welcome import Card, cards_up
from microfed.store.database import Tx
from microfed.web.looking import viewer_of
from microfed.web.paging import PAGE, before_of, more_after

_ON_FRONT = 15


@dataclass(frozen=True, slots=True)
class Place:
    """What the front page and the page about the place show."""

    members: int
    caretakers: list[PersonView]
    posts: list[PostView]
    registration: str
    federation: str


async def front_page(request: Request) -> Response:
    """Who we are, and the latest that was said here to everyone."""
    viewer = await viewer_of(request)
    place, soon = await house_of(request).db.read(
        lambda tx: (_place(tx, viewer), happening(tx, viewer))
    )
    if not place.members:
        return page(request, "empty.html", is_kept=False)
    return page(
        request,
        "front.html",
        posts=place.posts,
        happening=soon,
        caretakers=place.caretakers,
        registration=place.registration,
        has_more=len(place.posts) == _ON_FRONT,
    )


async def latest_page(request: Request) -> Response:
    """Everything that was said here to everyone, page by page."""
    before, viewer = before_of(request), await viewer_of(request)

    def work(tx: Tx) -> tuple[list[PostView], int | None, Sequence[Card]]:
        posts = load_posts(tx, latest_public_ids(tx, viewer, limit=PAGE, before=before), viewer)
        # Who is new is for those who live here.
        is_told = viewer is not None and before is None
        cards = cards_up(tx, viewer.actor_id) if viewer is not None and is_told else ()
        return through_filters(tx, viewer, posts, "public"), more_after(posts), cards

    posts, more, newcomers = await house_of(request).db.read(work)
    return page(request, "latest.html", posts=posts, before=before, more=more, newcomers=newcomers)


async def around_page(request: Request) -> Response:
    """What people in other places, whom members here follow, said to everyone."""
    before, viewer = before_of(request), await viewer_of(request)

    def work(tx: Tx) -> tuple[list[PostView], int | None]:
        posts = load_posts(tx, around_ids(tx, limit=PAGE, before=before), viewer)
        return through_filters(tx, viewer, posts, "public"), more_after(posts)

    posts, more = await house_of(request).db.read(work)
    return page(request, "around.html", posts=posts, before=before, more=more)


async def about_page(request: Request) -> Response:
    """What this place is, who looks after it, and how it deals with the rest of the world."""
    viewer = await viewer_of(request)
    place, said = await house_of(request).db.read(
        lambda tx: (_place(tx, viewer), words_of_the_place(tx))
    )
    return page(
        request,
        "about.html",
        words_here=html_in(said, "extended_description"),
        rules=rules_in(said),
        members=place.members,
        caretakers=place.caretakers,
        registration=place.registration,
        federation=place.federation,
    )


async def privacy_page(request: Request) -> Response:
    """What is kept about people: what holds everywhere, and what this place adds."""
    await viewer_of(request)
    said = await house_of(request).db.read(words_of_the_place)
    return page(request, "privacy.html", words_here=html_in(said, "privacy_policy"))


def _place(tx: Tx, viewer: Viewer | None) -> Place:
    posts = load_posts(tx, latest_public_ids(tx, viewer, limit=_ON_FRONT), viewer)
    return Place(
        count_members(tx), caretakers(tx), posts, registration_mode(tx), federation_mode(tx)
    )
