"""Words a member would rather not see: what is folded or left out, where, and for how long."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Invalid
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.filters import KeywordWish, change_filter, drop, make_filter, set_term
from microfed.pages import page
from microfed.queries.filters import Sieve, all_filters, need_filter
from microfed.queries.sessions import SignedIn
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
KEEP = "keep"  # a filter ends when it would have ended
_MISTAKE = N_("Write at least one word, and choose at least one place.")
_MOST_WORDS = 50


async def filters_page(request: Request) -> Response:
    """A member's filters, and where to make one."""
    return await _page(request, Fields())


async def filter_page(request: Request) -> Response:
    """One filter, as it is, to be changed."""
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    if member is None:
        return to_the_door(request)

    def work(tx: Tx) -> Fields:
        need_filter(tx, member.actor_id, id_)
        return _as_given(next(one for one in all_filters(tx, member.actor_id) if one.id == id_))

    return await _page(request, await house_of(request).db.read(work), changes=id_)


def _as_given(found: Sieve) -> Fields:
    """Return a filter as its form has it."""
    given = {
        "words": "\n".join(keyword.keyword for keyword in found.keywords),
        "title": found.title,
        "action": found.action,
        "lasts": KEEP if found.expires_at is not None else "0",
        **{f"in-{name}": "1" for name in found.contexts},
    }
    if any(keyword.is_whole_word for keyword in found.keywords):
        given["whole"] = "1"
    return Fields(given)


async def make(request: Request) -> Response:
    """Make a filter of the words that are given, one a line."""
    return await _save(request, await need_member(request), None)


async def change_or_drop(request: Request) -> Response:
    """Change a filter, or let it go."""
    member, id_ = await need_member(request), parse_id(request.path_params["id"])
    given = Fields(await read_form(request))
    if given["deed"] == "change":
        return await _save(request, member, id_, given)

    def work(tx: Tx) -> None:
        found = need_filter(tx, member.actor_id, id_)
        drop(tx, found, found)

    await house_of(request).db.write(work)
    return RedirectResponse("/filters", 303)


async def _save(
    request: Request, member: SignedIn, id_: int | None, form: Fields | None = None
) -> Response:
    given = Fields(await read_form(request)) if form is None else form
    lines = given["words"].replace("\r", "\n").split("\n")
    words = list(dict.fromkeys(line.strip() for line in lines if line.strip()))[:_MOST_WORDS]
    contexts = [name for name in CONTEXTS if f"in-{name}" in given]
    lasts = given["lasts"]
    seconds = int(lasts) if lasts in {str(term) for term in TERMS} else 0
    if not words or not contexts:
        return await _page(request, given, mistake=_MISTAKE, changes=id_)
    title = given["title"].strip() or words[0]
    action = given["action"] if given["action"] in ACTIONS else "warn"
    term = timedelta(seconds=seconds) if seconds else None
    wishes = [KeywordWish(word, "whole" in given) for word in words]

    def work(tx: Tx) -> None:
        if id_ is None:
            owner = tx.session.get_one(Actor, member.actor_id)
            make_filter(
                tx,
                owner=owner,
                title=title,
                contexts=contexts,
                action=action,
                lasts=term,
                keywords=wishes,
            )
            return
        found = need_filter(tx, member.actor_id, id_)
        old = next(one for one in all_filters(tx, member.actor_id) if one.id == id_)
        gone = [KeywordWish(id=keyword.id, drops=True) for keyword in old.keywords]
        change_filter(
            tx, found, title=title, contexts=contexts, action=action, keywords=[*gone, *wishes]
        )
        if lasts != KEEP:
            set_term(tx, found, term)

    try:
        await house_of(request).db.write(work)
    except Invalid:
        return await _page(request, given, mistake=_MISTAKE, changes=id_)
    return RedirectResponse("/filters", 303)


async def _page(
    request: Request, given: Fields, *, mistake: str = "", changes: int | None = None
) -> Response:
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
        changes=changes,
        keep=KEEP,
        contexts=CONTEXTS,
        actions=ACTIONS,
        terms=TERMS,
    )
