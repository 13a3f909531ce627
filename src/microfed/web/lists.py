"""Lists of people: made, filled, read and let go by the member whose they are."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Invalid, Malformed
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.lists import (
    change_list,
    drop_list,
    make_list,
    put_on_list,
    take_off_list,
)
from microfed.operations.once import only_once
from microfed.pages import page
from microfed.queries.cards import ENTRY
from microfed.queries.held_back import through_filters
from microfed.queries.lists import list_cards, lists_of, need_list, people_on
from microfed.queries.pages import Page
from microfed.queries.people_lists import followed_by
from microfed.queries.posts import load_people, load_posts
from microfed.store.database import Tx
from microfed.store.lists import PeopleList
from microfed.store.people import Actor
from microfed.web.looking import member_of, to_the_door
from microfed.web.paging import PAGE, before_of
from microfed.words import N_

# Which answers stand on a list.
REPLIES = {
    "list": N_("Answers among those on the list"),
    "followed": N_("Answers to anyone you follow"),
    "none": N_("No answers"),
}
_NAMELESS = N_("A list needs a name of 256 characters at most; fifty lists at most.")
_MOST_FOLLOWED = 500


async def lists_page(request: Request) -> Response:
    """A member's lists, and where to make one."""
    return await _lists(request)


async def make(request: Request) -> Response:
    """Make a list, and go to fill it."""
    member = await need_member(request)
    title = Fields(await read_form(request))["title"]

    def work(tx: Tx) -> int:
        me = tx.session.get_one(Actor, member.actor_id)
        return only_once(
            tx,
            author=me,
            what="list",
            words=(title,),
            do=lambda: make_list(tx, owner=me, title=title).id,
            kind=PeopleList,
        )

    try:
        id_ = await house_of(request).db.write(work)
    except Invalid:
        return await _lists(request, title=title, mistake=_NAMELESS)
    return RedirectResponse(f"/lists/{id_}/people", 303)


async def list_page(request: Request) -> Response:
    """What those on a list say, the newest first."""
    member, before = await member_of(request), before_of(request)
    if member is None:
        return to_the_door(request)
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> dict[str, Any]:
        found = need_list(tx, member.actor_id, id_)
        cards = list_cards(tx, member.viewer, id_, Page(PAGE, max_id=before))
        ids = [card[ENTRY] for card in cards]
        more = ids[-1] if len(ids) == PAGE else None
        return {
            "title": found.title,
            "posts": through_filters(tx, member.viewer, load_posts(tx, ids, member.viewer), "home"),
            "more": more,
        }

    shown = await house_of(request).db.read(work)
    return page(request, "list.html", is_kept=False, list_id=id_, before=before, **shown)


async def list_people_page(request: Request) -> Response:
    """Who is on a list, who could be, and how it is read."""
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    if member is None:
        return to_the_door(request)

    def work(tx: Tx) -> dict[str, Any]:
        found = need_list(tx, member.actor_id, id_)
        on_it = [row[1] for row in people_on(tx, id_, None)]
        followed = [
            row[1]
            for row in followed_by(tx, member.actor_id, Page(_MOST_FOLLOWED))
            if row[1] not in on_it
        ]
        people = load_people(tx, {*on_it, *followed})
        return {
            "title": found.title,
            "replies_": found.replies,
            "is_exclusive": found.is_exclusive,
            "people": [people[one] for one in on_it if one in people],
            "others": [people[one] for one in followed if one in people],
        }

    shown = await house_of(request).db.read(work)
    return page(
        request, "list_people.html", is_kept=False, list_id=id_, all_replies=REPLIES, **shown
    )


async def do_with_list(request: Request) -> Response:
    """Put somebody on a list, take them off, change the list, or let it go."""
    member, id_ = await need_member(request), parse_id(request.path_params["id"])
    given = Fields(await read_form(request))
    deed = given["deed"]
    if deed not in ("put", "take", "change", "drop"):
        raise Malformed("this cannot be done with a list")

    def work(tx: Tx) -> None:
        found = need_list(tx, member.actor_id, id_)
        if deed == "put":
            put_on_list(tx, found, [parse_id(given["who"])])
        elif deed == "take":
            take_off_list(tx, found, [parse_id(given["who"])])
        elif deed == "drop":
            drop_list(tx, found)
        else:
            change_list(
                tx,
                found,
                title=given["title"] or None,
                replies=given["replies"] if given["replies"] in REPLIES else None,
                is_exclusive="exclusive" in given,
            )

    await house_of(request).db.write(work)
    return RedirectResponse("/lists" if deed == "drop" else f"/lists/{id_}/people", 303)


async def _lists(request: Request, *, title: str = "", mistake: str = "") -> Response:
    member = await member_of(request)
    if member is None:
        return to_the_door(request)

    def work(tx: Tx) -> list[tuple[int, str]]:
        return [(one.id, one.title) for one in lists_of(tx, member.actor_id)]

    found = await house_of(request).db.read(work)
    return page(
        request,
        "lists.html",
        status=422 if mistake else 200,
        is_kept=False,
        found=found,
        typed=title,
        mistake=mistake,
    )
