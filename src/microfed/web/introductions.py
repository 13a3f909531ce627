"""Introductions in the browser: proposing that two people meet, and saying yes or no to it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Conflict, Forbidden, Gone, Invalid, Malformed, Missing, TooMany
from microfed.fetching import carry_out
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.limits import limiter_of
from microfed.operations.introductions import (
    answer,
    answer_by_link,
    need_by_link,
    propose,
    withdraw,
)
from microfed.pages import page
from microfed.queries.introductions import Asked, Mine, asked_of, proposed_by
from microfed.queries.people import find_by_handle
from microfed.queries.posts import load_people
from microfed.queries.views import PersonView
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.looking import member_of, to_the_door
from microfed.words import N_

PATH = "/introductions"
_MISTAKES = {
    "one": N_("Nobody of this name can be asked. Type a name from here, or name@place.example."),
    "other": N_("Choose somebody else as the second: a name from here, or name@place.example."),
    "reason": N_("Say why they should meet, in 1,000 characters at most."),
}
_SHUT_OUT = N_("You have shut one of them out. Let them in again first.")
_AGAIN = N_("You have proposed this already. Once is enough.")
_OFTEN = N_("Five introductions a day are enough. Tomorrow is another day.")
_GONE = N_("This is over, or was answered already.")


async def introductions_page(request: Request) -> Response:
    """GET: what waits for me, what came of what I said, and a form to propose."""
    if await member_of(request) is None:
        return to_the_door(request)
    name = request.query_params.get("with", "")[:300]
    return await _show(request, given=Fields(one=name))


async def do_with_introduction(request: Request) -> Response:
    """POST: propose, answer, or withdraw."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member, deed = member, given["deed"]
    if deed == "propose":
        return await _propose(request, given)
    if deed not in ("yes", "no", "withdraw"):
        raise Malformed("this cannot be done with an introduction")
    id_ = parse_id(given["id"])

    def work(tx: Tx) -> int | None:
        me = tx.session.get_one(Actor, member.actor_id)
        if deed == "withdraw":
            withdraw(tx, proposer=me, id_=id_)
            return None
        return answer(tx, who=me, id_=id_, says=deed).post_id

    try:
        post_id = await carry_out(house_of(request), work, waits=False)
    except (Gone, Conflict):
        return await _show(request, mistake=_GONE, status=409)
    return RedirectResponse(PATH if post_id is None else f"/posts/{post_id}", 303)


async def meet_page(request: Request) -> Response:
    """GET /meet/TOKEN: what is proposed to somebody elsewhere. Only looking uses nothing up."""
    await member_of(request)
    token = request.path_params["token"]

    def work(tx: Tx) -> tuple[PersonView, str]:
        made, _ = need_by_link(tx, token)
        return load_people(tx, [made.proposer_id])[made.proposer_id], made.reason

    try:
        proposer, reason = await house_of(request).db.read(work)
    except Gone:
        return page(request, "link_gone.html", status=410, is_kept=False)
    said = request.query_params.get("answer", "")
    return page(
        request, "meet.html", is_kept=False, proposer=proposer, reason=reason, said=said, is_done=""
    )


async def meet(request: Request) -> Response:
    """POST there: yes or no, once."""
    given, token = Fields(await read_form(request)), request.path_params["token"]
    limiter_of(request).check(request, "reset")
    await member_of(request)
    says = given["answer"]
    if says not in ("yes", "no"):
        raise Malformed("say yes or no")
    try:
        await carry_out(
            house_of(request),
            lambda tx: answer_by_link(tx, token=token, says=says),
            waits=False,
        )
    except (Gone, Conflict):
        return page(request, "link_gone.html", status=410, is_kept=False)
    return page(request, "meet.html", is_kept=False, is_done=says)


async def _propose(request: Request, given: Fields) -> Response:
    me, house = request.state.member.actor_id, house_of(request)
    if any("@" in given[field].strip().removeprefix("@") for field in ("one", "other")):
        limiter_of(request).check(request, "fetch", me)

    def work(tx: Tx) -> None:
        people = {field: _need(tx, field, given[field]) for field in ("one", "other")}
        proposer = tx.session.get_one(Actor, me)
        propose(tx, proposer=proposer, reason=given["reason"], **people)

    try:
        await carry_out(house, work, waits=False)
    except Invalid as invalid:
        wrong = {field: _MISTAKES[field] for field in invalid.details if field in _MISTAKES}
        return await _show(request, given=given, wrong=wrong, status=422)
    except Forbidden:
        return await _show(request, given=given, mistake=_SHUT_OUT, status=422)
    except Conflict:
        return await _show(request, given=given, mistake=_AGAIN, status=422)
    except TooMany:
        return await _show(request, given=given, mistake=_OFTEN, status=429)
    return RedirectResponse(f"{PATH}?sent=1", 303)


def _need(tx: Tx, field: str, typed: str) -> Actor:
    """Return who is called that. Raises Missing when their server must be asked first."""
    handle = typed.strip().removeprefix("@")[:300]
    found = find_by_handle(tx, handle) if handle else None
    key = f"acct:{handle}"
    is_far = "@" in handle and tx.here.local_name(handle) is None
    if found is None and is_far and key not in tx.out_of_reach:
        raise Missing(key)
    if found is None:
        raise Invalid("nobody of that name", {field: "nobody of that name"})
    return found


async def _show(
    request: Request,
    *,
    given: Fields | None = None,
    wrong: dict[str, str] | None = None,
    mistake: str = "",
    status: int = 200,
) -> Response:
    me = request.state.member.actor_id

    def work(tx: Tx) -> tuple[list[Asked], list[Mine]]:
        return asked_of(tx, me), proposed_by(tx, me)

    asked, mine = await house_of(request).db.read(work)
    more: dict[str, Any] = {
        "waiting": [one for one in asked if one.state == "waits"],
        "answered": [one for one in asked if one.state != "waits"],
    }
    return page(
        request,
        "introductions.html",
        status=status,
        is_kept=False,
        mine=mine,
        given=given or Fields(),
        wrong=Fields(wrong or {}),
        mistake=mistake,
        is_sent="sent" in request.query_params,
        **more,
    )
