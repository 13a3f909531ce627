"""The directory in the browser: by trade, skill and association, here and in allied places."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.limits import limiter_of
from microfed.outbound.allies import allies
from microfed.pages import page
from microfed.queries.directory import PAGE, Line, found_in_directory, my_entry, names_in_directory
from microfed.remote.directory import Answer, ask_allies
from microfed.store.database import Tx
from microfed.store.search import fold
from microfed.web.looking import member_of
from microfed.words import N_

KINDS = {
    "trade": N_("Trades"),
    "skills": N_("Skills"),
    "associations": N_("Associations"),
}
_SHORT = N_("To ask allied places, type a word of two letters at least.")
Found = tuple[list[Line], dict[str, list[str]], list[tuple[str, str]], bool]


async def directory_page(request: Request) -> Response:
    """GET /annuaire: what everyone may see; to members what is for them, and the ring's answers."""
    member, asked = await member_of(request), request.query_params
    words, after = asked.get("q", "").strip()[:200], asked.get("after", "")[:40]
    house, me = house_of(request), None if member is None else member.actor_id
    circle = "public" if member is None else "here"
    wants_ring = member is not None and bool(asked.get("ring"))

    def work(tx: Tx) -> Found:
        lines = found_in_directory(tx, circle, words, me=me, after=after)
        is_first = not words and not after
        names = names_in_directory(tx, circle, me=me) if is_first else {}
        places = [(ally.host, ally.uri) for ally in allies(tx)] if member is not None else []
        return lines, names, places, me is not None and my_entry(tx, me) is not None

    lines, names, places, is_in = await house.db.read_slowly(work)
    answers: Sequence[Answer] = ()
    mistake = ""
    if wants_ring and not any(len(word) > 1 for word in fold(words)):
        mistake = _SHORT
    elif wants_ring and not after:
        limiter_of(request).check(request, "fetch", me)
        answers = await ask_allies(house.fetcher, places, words)
    return page(
        request,
        "directory.html",
        is_kept=False,
        lines=lines,
        names={kind: names[kind] for kind in KINDS if names.get(kind)},
        kinds=KINDS,
        words_=words,
        after=after,
        more=lines[-1].person.username if len(lines) == PAGE else "",
        has_allies=bool(places),
        wants_ring=wants_ring,
        answers=answers,
        mistake=mistake,
        is_in=is_in,
    )
