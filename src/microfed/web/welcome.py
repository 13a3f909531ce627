"""The first days in the browser: saying hello, following everybody, a card for the neighbours."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Forbidden, Invalid, Malformed
from microfed.fetching import carry_out
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.welcome import (
    follow_neighbourhood,
    greet,
    know_the_way,
    put_up_card,
    take_down_card,
)
from microfed.pages import page
from microfed.queries.welcome import Welcome, first_days, is_new
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from microfed.web.looking import member_of, to_the_door
from microfed.words import N_

PATH = "/welcome"
_NO_WORDS = N_("Write a few words, 5,000 characters at most.")


async def welcome_page(request: Request) -> Response:
    """GET: whom one may greet, the way to follow everybody, and one's own card."""
    if await member_of(request) is None:
        return to_the_door(request)
    said = request.query_params.get("followed", "")
    followed = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else None
    return await _show(request, followed=followed)


async def do_welcome(request: Request) -> Response:
    """POST: greet somebody, follow everybody, put a card up or take it down."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member, me = member, member.actor_id
    house, deed = house_of(request), given["deed"]
    if deed == "greet":
        return await _greet(request, given)
    if deed == "follow":
        followed = await house.db.write(
            lambda tx: follow_neighbourhood(tx, follower=tx.session.get_one(Actor, me))
        )
        return RedirectResponse(f"{PATH}?followed={followed}", 303)
    if deed == "card":
        try:
            await house.db.write(lambda tx: put_up_card(tx, member_id=me, words=given["words"]))
        except Forbidden:
            return await _show(request)
    elif deed == "down":
        await house.db.write(lambda tx: take_down_card(tx, member_id=me))
    elif deed == "know":
        await house.db.write(lambda tx: know_the_way(tx, member_id=me))
        return RedirectResponse("/home", 303)
    else:
        raise Malformed("this cannot be done here")
    return RedirectResponse(PATH, 303)


async def _greet(request: Request, given: Fields) -> Response:
    me, whom_id = request.state.member.actor_id, parse_id(given["whom"])

    def work(tx: Tx) -> int:
        author = tx.session.get_one(Actor, me)
        return greet(tx, author=author, whom_id=whom_id, words=given["words"]).id

    try:
        id_ = await carry_out(house_of(request), work, waits=False)
    except Invalid:
        return await _show(request, mistake=_NO_WORDS, whom=whom_id, typed=given["words"])
    return RedirectResponse(f"/posts/{id_}", 303)


async def _show(
    request: Request,
    *,
    followed: int | None = None,
    mistake: str = "",
    whom: int | None = None,
    typed: str | None = None,
) -> Response:
    me = request.state.member.actor_id

    def work(tx: Tx) -> tuple[Welcome, bool]:
        return first_days(tx, me), is_new(tx, tx.session.get_one(Member, me))

    welcome, may_have_card = await house_of(request).db.read(work)
    more: dict[str, Any] = {"mistake": mistake, "whom": whom, "typed": typed}
    return page(
        request,
        "welcome.html",
        status=422 if mistake else 200,
        is_kept=False,
        welcome=welcome,
        may_have_card=may_have_card,
        followed=followed,
        **more,
    )
