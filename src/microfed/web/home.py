"""A member's home: what the people they follow say, and the place to say something."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.pages import page
from microfed.queries.announcements import Heard, heard_by
from microfed.queries.cards import ENTRY, home_cards
from microfed.queries.circles import circles_of
from microfed.queries.happening import Happening, happening
from microfed.queries.held_back import through_filters
from microfed.queries.pages import Page
from microfed.queries.posts import load_posts
from microfed.queries.views import PostView
from microfed.queries.welcome import Card, Welcome, cards_up, welcome_of
from microfed.store.circles import Circle
from microfed.store.database import Tx
from microfed.web.looking import member_of, to_the_door
from microfed.web.paging import PAGE, before_of
from microfed.web.typed import blank


@dataclass(frozen=True, slots=True)
class Home:
    """A page of what was said; on the first, what is announced, who is new, what goes on."""

    posts: list[PostView]
    more: int | None
    newcomers: Sequence[Card] = ()
    welcome: Welcome | None = None
    circles: Sequence[Circle] = ()
    happening: Happening = Happening()
    announced: Sequence[Heard] = ()


async def home_page(request: Request) -> Response:
    """The newest first, in the order it was said; whoever is not signed in is asked to."""
    member, before = await member_of(request), before_of(request)
    if member is None:
        return to_the_door(request)
    viewer = member.viewer

    def work(tx: Tx) -> Home:
        cards = home_cards(tx, viewer, Page(limit=PAGE, max_id=before))
        ids = [card[ENTRY] for card in cards]
        more = ids[-1] if len(ids) == PAGE else None
        posts = through_filters(tx, viewer, load_posts(tx, ids, viewer), "home")
        if before is not None:
            return Home(posts, more)
        me = member.actor_id
        newcomers, welcome = cards_up(tx, me), welcome_of(tx, me, member.habits)
        named = set() if welcome is None else {one.person.id for one in welcome.greet}
        shown = [card for card in newcomers if card.person.id not in named]
        soon = happening(tx, viewer)
        announced = heard_by(tx, me, is_new=True)
        return Home(posts, more, shown, welcome, circles_of(tx, me), soon, announced)

    home = await house_of(request).db.read(work)
    return page(
        request,
        "home.html",
        is_kept=False,
        posts=home.posts,
        before=before,
        more=home.more,
        draft=blank(member, circles=home.circles),
        newcomers=home.newcomers,
        welcome=home.welcome,
        happening=home.happening,
        announced=home.announced,
    )
