"""Words a member would rather not see: what is folded or left out, where, and for how long."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Invalid
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.filters import KeywordWish, drop, make_filter
from microfed.pages import page
from microfed.queries.filters import all_filters, need_filter
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.looking import member_of, to_the_door
from microfed.words import N_

CONTEXTS = {
    "home": N_("At home and on lists"),
    "notifications": N_("In what is new"),
    "public": N_("On public pages"),
    "thread": N_("In conversations"),
    "account": N_("On people's pages"),
}
ACTIONS = {
    "warn": N_("Fold it, so that I can open it"),
    "hide": N_("Leave it out altogether"),
}
TERMS = {
    0: N_("For good"),
    86_400: N_("One day"),
    604_800: N_("One week"),
    2_592_000: N_("Thirty days"),
}
_MISTAKE = N_("Write at least one word, and choose at least one place.")
_MOST_WORDS = 50


async def filters_page(request: Request) -> Response:
    """A member's filters, and where to make one."""
    return await _page(request, Fields())


async def make(request: Request) -> Response:
    """Make a filter of the words that are given, one a line."""
    member = await need_member(request)
    given = Fields(await read_form(request))
    lines = given["words"].replace("\r", "\n").split("\n")
    words = list(dict.fromkeys(line.strip() for line in lines if line.strip()))[:_MOST_WORDS]
    contexts = [name for name in CONTEXTS if f"in-{name}" in given]
    lasts = given["lasts"]
    seconds = int(lasts) if lasts in {str(term) for term in TERMS} else 0
    if not words or not contexts:
        return await _page(request, given, mistake=_MISTAKE)

    def work(tx: Tx) -> None:
        make_filter(
            tx,
            owner=tx.session.get_one(Actor, member.actor_id),
            title=given["title"].strip() or words[0],
            contexts=contexts,
            action=given["action"] if given["action"] in ACTIONS else "warn",
            lasts=timedelta(seconds=seconds) if seconds else None,
            keywords=[KeywordWish(word, "whole" in given) for word in words],
        )

    try:
        await house_of(request).db.write(work)
    except Invalid:
        return await _page(request, given, mistake=_MISTAKE)
    return RedirectResponse("/filters", 303)


async def drop_filter(request: Request) -> Response:
    """Let a filter go."""
    member, id_ = await need_member(request), parse_id(request.path_params["id"])
    await read_form(request)

    def work(tx: Tx) -> None:
        found = need_filter(tx, member.actor_id, id_)
        drop(tx, found, found)

    await house_of(request).db.write(work)
    return RedirectResponse("/filters", 303)


async def _page(request: Request, given: Fields, *, mistake: str = "") -> Response:
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    found = await house_of(request).db.read(lambda tx: all_filters(tx, member.actor_id))
    return page(
        request,
        "filters.html",
        status=422 if mistake else 200,
        is_kept=False,
        found=found,
        given=given,
        mistake=mistake,
        contexts=CONTEXTS,
        actions=ACTIONS,
        terms=TERMS,
    )
