"""Finding people, posts and hashtags; and the ways between this place and others."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Refused, TryLater
from microfed.fetching import look_up, way_back
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.limits import limiter_of
from microfed.pages import page
from microfed.queries.addresses import Found
from microfed.queries.people_lists import find_people
from microfed.queries.posts import load_people, load_posts
from microfed.queries.search import find_tag_ids, search_ids
from microfed.queries.sessions import SignedIn
from microfed.queries.tags import tags_of
from microfed.queries.views import PersonView, PostView
from microfed.store.database import Tx
from microfed.web.looking import member_of, to_the_door
from microfed.web.paging import PAGE, before_of
from microfed.words import N_

_LONGEST = 500
_FEW_PEOPLE, _FEW_TAGS = 10, 12
_HANDLE = re.compile(r"@?([\w.-]+@[\w.-]+(?::[0-9]{1,5})?)", re.ASCII)
_LOOKS_LIKE_ADDRESS = re.compile(r"https?://\S+|@?[\w.-]+@[\w.-]+(?::[0-9]{1,5})?")
_NO_HANDLE = N_("Your address looks like name@place.example: your name there, and the place.")
_NO_WAY = N_("Your place does not say where one follows from. Copy the address, and search for it.")
_NO_ANSWER = N_("Your place did not answer. Is the address right?")


@dataclass(frozen=True, slots=True)
class Results:
    """What was found."""

    people: list[PersonView]
    posts: list[PostView]
    tags: list[str]
    more: int | None


async def search_page(request: Request) -> Response:
    """Find what is typed, or go to what lives at a pasted address, from wherever it is."""
    member, before = await member_of(request), before_of(request)
    if member is None:
        return to_the_door(request)
    words = request.query_params.get("q", "").strip()[:_LONGEST]
    if not words:
        return page(request, "search.html", is_kept=False, words_=words, found=None, before=None)
    if before is None and (there := await _at(request, member, words)) is not None:
        return RedirectResponse(_page_of(there), 303)

    def work(tx: Tx) -> Results:
        viewer = member.viewer
        ids = search_ids(tx, viewer, words, limit=PAGE, before=before)
        people: list[PersonView] = []
        tags: list[str] = []
        if before is None:
            found = find_people(tx, member.actor_id, words, limit=_FEW_PEOPLE)
            known = load_people(tx, found)
            people = [known[id_] for id_ in found]
            tags = [tag.display for tag in tags_of(tx, find_tag_ids(tx, words, limit=_FEW_TAGS))]
        more = ids[-1] if len(ids) == PAGE else None
        return Results(people, load_posts(tx, ids, viewer), tags, more)

    found = await house_of(request).db.read_slowly(work)
    return page(request, "search.html", is_kept=False, words_=words, found=found, before=before)


async def come_from_elsewhere(request: Request) -> Response:
    """A member comes from another place to follow somebody, or to answer something: lead on."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    wished = request.query_params.get("uri", "").strip()[:2_000].removeprefix("acct:")
    there = await _at(request, member, wished)
    if there is None:
        return page(request, "not_there.html", status=404, is_kept=False, wished=wished)
    return RedirectResponse(_page_of(there), 303)


async def go_home_first(request: Request) -> Response:
    """Somebody from elsewhere wants to follow or answer: tell them where, at their own place.

    They see the address before they go there; nothing of it is kept.
    """
    await member_of(request)
    given = Fields(await read_form(request))
    typed, uri = given["handle"].strip()[:300], given["uri"][:2_000]
    house, mistake, way = house_of(request), "", None
    handle = _HANDLE.fullmatch(typed)
    if not house.db.here.is_ours(uri):
        uri = house.db.here.url
    if handle is None:
        mistake = _NO_HANDLE
    else:
        limiter_of(request).check(request, "fetch")
        try:
            way = await way_back(house, handle[1])
            mistake = "" if way else _NO_WAY
        except (Refused, TryLater):
            mistake = _NO_ANSWER
    goes_to = None if way is None else way.replace("{uri}", quote(uri, safe=""))
    return page(
        request,
        "go_home.html",
        status=422 if mistake else 200,
        is_kept=False,
        uri=uri,
        typed=typed,
        mistake=mistake,
        goes_to=goes_to,
        host="" if goes_to is None else urlsplit(goes_to).netloc,
    )


async def _at(request: Request, member: SignedIn, typed: str) -> Found | None:
    """Return what lives at an address; None when it is none. Asking others is counted."""
    if _LOOKS_LIKE_ADDRESS.fullmatch(typed) is None:
        return None
    limiter_of(request).check(request, "fetch", member.actor_id)
    return await look_up(house_of(request), typed)


def _page_of(found: Found) -> str:
    return f"/people/{found.id}" if found.kind == "person" else f"/posts/{found.id}"
