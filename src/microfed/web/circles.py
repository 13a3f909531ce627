"""Circles of people: made, filled and let go by the member whose they are."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Invalid, Malformed
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.circles import (
    drop_circle,
    make_circle,
    put_in_circle,
    rename_circle,
    take_out_of_circle,
)
from microfed.operations.once import only_once
from microfed.pages import page
from microfed.queries.circles import circles_of, inside, need_circle, sizes_of
from microfed.queries.pages import Page
from microfed.queries.people_lists import followers_of
from microfed.queries.posts import load_people
from microfed.store.circles import Circle
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.looking import member_of, to_the_door
from microfed.words import N_

_NAMELESS = N_("A circle needs a name of 100 characters at most; fifty circles at most.")
_FULL = N_("This circle is full: 200 people at most.")
_MOST_FOLLOWERS = 500


async def circles_page(request: Request) -> Response:
    """A member's circles, and where to make one."""
    return await _circles(request)


async def make(request: Request) -> Response:
    """Make a circle, and go to fill it."""
    member = await need_member(request)
    title = Fields(await read_form(request))["title"]

    def work(tx: Tx) -> int:
        me = tx.session.get_one(Actor, member.actor_id)
        return only_once(
            tx,
            author=me,
            what="circle",
            words=(title,),
            do=lambda: make_circle(tx, owner=me, title=title).id,
            kind=Circle,
        )

    try:
        id_ = await house_of(request).db.write(work)
    except Invalid:
        return await _circles(request, title=title, mistake=_NAMELESS)
    return RedirectResponse(f"/circles/{id_}", 303)


async def circle_page(request: Request) -> Response:
    """Who is in a circle, and who could be."""
    return await _circle(request)


async def do_with_circle(request: Request) -> Response:
    """Put somebody in, take them out, give the circle another name, or let it go."""
    member, id_ = await need_member(request), parse_id(request.path_params["id"])
    given = Fields(await read_form(request))
    deed = given["deed"]
    if deed not in ("put", "take", "change", "drop"):
        raise Malformed("this cannot be done with a circle")

    def work(tx: Tx) -> None:
        found = need_circle(tx, member.actor_id, id_)
        if deed == "put":
            put_in_circle(tx, found, [parse_id(given["who"])])
        elif deed == "take":
            take_out_of_circle(tx, found, [parse_id(given["who"])])
        elif deed == "drop":
            drop_circle(tx, found)
        else:
            rename_circle(tx, found, title=given["title"])

    try:
        await house_of(request).db.write(work)
    except Invalid as invalid:
        mistake = _NAMELESS if "title" in invalid.details else _FULL
        return await _circle(request, title=given.get("title"), mistake=mistake)
    return RedirectResponse("/circles" if deed == "drop" else f"/circles/{id_}", 303)


async def _circles(request: Request, *, title: str = "", mistake: str = "") -> Response:
    member = await member_of(request)
    if member is None:
        return to_the_door(request)

    def work(tx: Tx) -> list[tuple[int, str, int]]:
        sizes = sizes_of(tx, member.actor_id)
        return [
            (one.id, one.title, sizes.get(one.id, 0)) for one in circles_of(tx, member.actor_id)
        ]

    found = await house_of(request).db.read(work)
    return page(
        request,
        "circles.html",
        status=422 if mistake else 200,
        is_kept=False,
        found=found,
        typed=title,
        mistake=mistake,
    )


async def _circle(request: Request, *, title: str | None = None, mistake: str = "") -> Response:
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    if member is None:
        return to_the_door(request)

    def work(tx: Tx) -> dict[str, Any]:
        found = need_circle(tx, member.actor_id, id_)
        in_it = [row[1] for row in inside(tx, id_, None)]
        followers = [
            row[1]
            for row in followers_of(tx, member.actor_id, Page(_MOST_FOLLOWERS))
            if row[1] not in in_it
        ]
        people = load_people(tx, {*in_it, *followers})
        return {
            "title": found.title,
            "people": [people[one] for one in in_it if one in people],
            "others": [people[one] for one in followers if one in people],
        }

    shown = await house_of(request).db.read(work)
    return page(
        request,
        "circle.html",
        status=422 if mistake else 200,
        is_kept=False,
        circle_id=id_,
        typed=shown["title"] if title is None else title,
        mistake=mistake,
        **shown,
    )
