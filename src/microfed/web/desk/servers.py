"""Servers at the desk: how each does, what holds for it, and whole lists of rules."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Conflict, Invalid
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.operations.domain_lists import import_list, read_list, write_csv, write_json
from microfed.operations.domains import forget_rule, rule_domain
from microfed.operations.hosts import retry_now
from microfed.operations.servers_met import review_server
from microfed.queries.advice import advice_of_allies
from microfed.queries.desk import new_servers, servers
from microfed.queries.moderation import every_domain_rule
from microfed.queries.one_server import one_server
from microfed.queries.place import federation_mode
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.desk.door import do, show
from microfed.web.desk.place import FEDERATION
from microfed.words import N_

PATH = "/desk/servers"
LONGEST_LIST = 2_000_000
ACTIONS = {
    "block": N_("Shut out: nothing comes, nothing goes"),
    "limit": N_("Keep quiet: only those who follow somebody there read them"),
    "reject_media": N_("Without pictures"),
    "allow": N_("Let in, whatever else holds"),
    "note": N_("A note for ourselves; nothing else"),
}


async def servers_page(request: Request, _member: SignedIn) -> Response:
    """GET: the servers we know, and the rules."""
    only_down = "down" in request.query_params
    return await _page(request, only_down=only_down)


async def server_page(request: Request, _member: SignedIn) -> Response:
    """GET: one server: how it does, what holds for it, who follows whom."""
    host = request.path_params["host"]

    def work(tx: Tx) -> dict[str, Any]:
        advice = advice_of_allies(tx).get(host, [])
        return {"found": one_server(tx, host), "advice": advice}

    shown = await house_of(request).db.read_slowly(work)
    return show(request, "server", **shown, actions=ACTIONS)


async def change_servers(request: Request, member: SignedIn) -> Response:
    """POST: a rule, the end of one, another try, or a list to look at and take over."""
    given = Fields(await read_form(request, most=LONGEST_LIST))
    if given["deed"] == "look":
        return await _look(request, given)
    return await do(request, member, _change, back=PATH, given=given)


async def list_file(request: Request, _member: SignedIn) -> Response:
    """GET: our rules as a file, for another Mastodon or GoToSocial."""
    db = house_of(request).db
    if request.path_params["kind"] == "json":
        body = await db.read(write_json)
        return _file(body, "application/json", "domain-blocks.json")
    text = await db.read(write_csv)
    return _file(text.encode(), "text/csv; charset=utf-8", "domain-blocks.csv")


def _file(body: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, 200, headers, kind)


async def _page(request: Request, *, only_down: bool = False, **more: Any) -> Response:
    def work(tx: Tx) -> dict[str, Any]:
        return {
            "servers": servers(tx, only_down=only_down),
            "new": new_servers(tx),
            "rules": every_domain_rule(tx),
            "mode": federation_mode(tx),
            "advice": advice_of_allies(tx),
        }

    found = await house_of(request).db.read(work)
    shown: dict[str, Any] = {"draft": None, "unread": [], "text": "", "mistake": ""}
    return show(
        request,
        "servers",
        **found,
        actions=ACTIONS,
        modes=FEDERATION,
        only_down=only_down,
        **shown | more,
    )


async def _look(request: Request, given: Fields) -> Response:
    """Show what a list would do, before it does anything."""
    text = given["list"][:LONGEST_LIST]
    try:
        draft, unread = read_list(text)
    except Invalid as invalid:
        return await _page(request, text=text, mistake=str(invalid))
    return await _page(request, draft=draft, unread=unread[:20], text=text)


def _change(tx: Tx, by: Actor, given: Fields) -> None:
    deed, host = given["deed"], given["host"]
    if deed == "rule":
        comment = given["comment"]
        action, seen = given["action"], given["seen"]
        rule_domain(tx, by=by, domain=host, action=action, public_comment=comment, seen=seen)
    elif deed in ("rule_limit", "rule_block"):
        rule_domain(tx, by=by, domain=host, action=deed.removeprefix("rule_"), seen=given["seen"])
    elif deed == "forget":
        if not forget_rule(tx, by=by, domain=host):
            raise Conflict("no rule holds any more, perhaps since somebody else was here just now")
    elif deed == "review":
        review_server(tx, by=by, host=host)
    elif deed == "retry":
        retry_now(tx, host)
    elif deed == "import":
        rules, _ = read_list(given["list"][:LONGEST_LIST])
        import_list(tx, by=by, rules=rules)
    else:
        raise Invalid("there is no such deed")
