"""Alliances at the desk: proposing, saying yes, ending."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Refused, TryLater
from microfed.fetching import bring_place
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.advice import ask_for_advice, choose_sharing
from microfed.operations.alliances import end_alliance, list_alliances, propose_alliance
from microfed.operations.domains import clean_domain
from microfed.outbound.allies import allies
from microfed.queries.advice import shares_advice, suggestions
from microfed.queries.people import need_actor, need_actor_by_id
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.desk.door import do, show
from microfed.web.desk.servers import ACTIONS
from microfed.words import N_

PATH = "/desk/ring"
NO_PLACE = N_(
    "Nobody answers there for a place. Is the address right, and does a microfed run there?"
)


async def ring_page(request: Request, _member: SignedIn) -> Response:
    """GET: how we stand with every place."""
    return await _page(request)


async def change_ring(request: Request, member: SignedIn) -> Response:
    """POST: propose, say yes, or end. Who speaks for a place is asked of its server each time."""
    given = Fields(await read_form(request))
    if given["deed"] == "ask":
        return await do(request, member, _ask, back=PATH, given=given)
    if given["deed"] == "share":
        return await do(request, member, _share, back=PATH, given=given)
    if given["deed"] == "end":
        return await do(request, member, _end, back=PATH, given=given)
    house = house_of(request)
    try:
        host = clean_domain(given["host"])
        uri = await bring_place(house, host)
    except (Refused, TryLater):
        return await _page(request, host=given["host"], mistake=NO_PLACE)

    def propose(tx: Tx) -> None:
        by = tx.session.get_one(Actor, member.actor_id)
        propose_alliance(tx, place=need_actor(tx, uri), by=by)

    try:
        await house.db.write(propose)
    except Refused:
        return await _page(request, host=given["host"], mistake=NO_PLACE)
    return RedirectResponse(f"{PATH}?said=done", 303)


async def _page(request: Request, *, host: str = "", mistake: str = "") -> Response:
    def work(tx: Tx) -> dict[str, Any]:
        return {
            "known": list_alliances(tx),
            "suggested": suggestions(tx),
            "shares": shares_advice(tx),
        }

    found = await house_of(request).db.read(work)
    return show(request, "ring", **found, actions=ACTIONS, host=host, mistake=mistake)


def _ask(tx: Tx, _by: Actor, _given: Fields) -> None:
    for ally in allies(tx):
        ask_for_advice(tx, ally.host)


def _share(tx: Tx, by: Actor, given: Fields) -> None:
    choose_sharing(tx, by=by, is_shared="shared" in given)


def _end(tx: Tx, by: Actor, given: Fields) -> None:
    end_alliance(tx, place=need_actor_by_id(tx, parse_id(given["place"])), by=by)
