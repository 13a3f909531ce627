"""Lists that others keep, at the desk: what each would change, a line at a time, to confirm."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Invalid
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.operations.subscriptions import (
    ask_again,
    decide,
    read_again,
    subscribe,
    unsubscribe,
)
from microfed.queries.sessions import SignedIn
from microfed.queries.subscriptions import subscriptions
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.desk.door import do, show
from microfed.web.desk.servers import ACTIONS
from microfed.words import N_

PATH = "/desk/lists"
# A form has at most a hundred fields.
SHOWN = 80
_NO_ADDRESS = N_("This is not the address of a list. It begins with https://.")
_TOO_MANY = N_("These are lists enough: end a subscription first.")


async def lists_page(request: Request, _member: SignedIn) -> Response:
    """GET: the lists we are subscribed to, and their drafts."""
    return await _page(request)


async def change_lists(request: Request, member: SignedIn) -> Response:
    """POST: subscribe, read again, decide about the lines that were shown, or end it."""
    given = Fields(await read_form(request))
    if given["deed"] != "subscribe":
        return await do(request, member, _change, back=PATH, given=given)

    def work(tx: Tx) -> None:
        subscribe(tx, by=tx.session.get_one(Actor, member.actor_id), url=given["url"])

    try:
        await house_of(request).db.write(work)
    except Invalid as invalid:
        is_many = invalid.details.get("url") == "too many lists"
        return await _page(request, given["url"], _TOO_MANY if is_many else _NO_ADDRESS)
    return RedirectResponse(f"{PATH}?said=done", 303)


async def _page(request: Request, url: str = "", mistake: str = "") -> Response:
    found = await house_of(request).db.read_slowly(subscriptions)
    shown = {"lists": found, "actions": ACTIONS, "most": SHOWN}
    return show(request, "lists", **shown, url=url, mistake=mistake)


def _change(tx: Tx, by: Actor, given: Fields) -> None:
    deed = given["deed"]
    list_id = _number(given["list"])
    if deed == "decide":
        seen = dict(each.split("=", 1) for each in given["shown"].split() if "=" in each)
        chosen = {host: change for host, change in seen.items() if f"take {host}" in given}
        left = {host: change for host, change in seen.items() if host not in chosen}
        decide(tx, by=by, list_id=list_id, chosen=chosen, left=left)
    elif deed == "again":
        ask_again(tx, by=by, list_id=list_id)
    elif deed == "read":
        read_again(tx, list_id=list_id)
    elif deed == "end":
        unsubscribe(tx, by=by, list_id=list_id)
    else:
        raise Invalid("there is no such deed")


def _number(said: str) -> int:
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise Invalid("there is no such list")
    return int(said)
