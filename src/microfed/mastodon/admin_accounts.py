"""People, as those who look after the place see them, and what they do about them."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.admin import ADMIN_LIST, need_admin
from microfed.mastodon.answers import empty, json_answer
from microfed.mastodon.paging import link_header, read_page
from microfed.mastodon.params import Params, invalid, query_params, read_params
from microfed.mastodon.present_accounts import ROLES
from microfed.mastodon.present_admin import admin_account, admin_accounts
from microfed.operations.handling import act_on_report, settle
from microfed.operations.moderation import act, lift
from microfed.operations.newcomers import approve, erase, reject
from microfed.queries.moderation import Sought, need_person, need_row, seek_people
from microfed.store.database import Tx
from microfed.store.moderation import Report
from microfed.store.people import Actor

READ, WRITE = "admin:read:accounts", "admin:write:accounts"
_STATES = ("active", "pending", "disabled", "silenced", "suspended", "sensitized")
_ACTIONS = {
    "none": "warn",
    "disable": "freeze",
    "sensitive": "mark_sensitive",
    "silence": "silence",
    "suspend": "suspend",
}
_STAFF = ("admin", "organiser")
Deed = Callable[..., object]


async def v1(request: Request) -> Response:
    """List people, by what they are: the older way of asking."""
    params = query_params(request)
    state = next((name for name in _STATES if params.boolean(name)), None)
    local, remote = params.boolean("local"), params.boolean("remote")
    return await _list(
        request,
        params,
        is_local=None if local == remote else local,
        state=state,
        roles=_STAFF if params.boolean("staff") else (),
    )


async def v2(request: Request) -> Response:
    """List people, by origin, state and role."""
    params = query_params(request)
    origin, state = params.text("origin"), params.text("status")
    if origin not in (None, "local", "remote"):
        raise invalid("origin", "is neither local nor remote")
    if state not in (None, *_STATES):
        raise invalid("status", f"is not one of {', '.join(_STATES)}")
    wanted = {str(id_) for id_ in params.texts("role_ids")}
    roles = [name for name, role in ROLES.items() if role["id"] in wanted]
    if params.text("permissions") == "staff":
        roles += _STAFF
    return await _list(
        request,
        params,
        is_local=None if origin is None else origin == "local",
        state=state,
        roles=tuple(roles),
    )


async def _list(request: Request, params: Params, **more: Any) -> Response:
    await need_admin(request, READ)
    page = read_page(params, ADMIN_LIST)
    sought = Sought(
        username=params.text("username"),
        display_name=params.text("display_name"),
        host=params.text("by_domain"),
        email=params.text("email"),
        **more,
    )

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        people = seek_people(tx, sought, page)
        return orjson.dumps(admin_accounts(tx, people)), [one.actor.id for one in people]

    house = house_of(request)
    body, keys = await house.db.read_slowly(work)
    headers = link_header(request, keys, house.settings.url)
    return json_answer(orjson.Fragment(body), headers=headers)


async def show(request: Request) -> Response:
    """Show somebody."""
    await need_admin(request, READ)
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> bytes:
        return orjson.dumps(admin_account(tx, need_person(tx, id_).id))

    return json_answer(orjson.Fragment(await house_of(request).db.read(work)))


async def action(request: Request) -> Response:
    """Do something about somebody; with a report, that report is settled by it."""
    asker = await need_admin(request, WRITE)
    params, id_ = await read_params(request), parse_id(request.path_params["id"])
    kind = params.need("type")
    if kind not in _ACTIONS:
        raise invalid("type", f"is not one of {', '.join(_ACTIONS)}")
    report_id, text = params.id_("report_id"), params.text("text", "") or ""

    def work(tx: Tx) -> None:
        by = tx.session.get_one(Actor, asker.actor_id)
        report = None if report_id is None else need_row(tx, Report, report_id)
        if report is not None and report.target_id == id_:
            act_on_report(tx, by=by, report=report, action=_ACTIONS[kind], text=text)
            return
        act(tx, by=by, target=need_person(tx, id_), action=_ACTIONS[kind], text=text, report=report)
        if report is not None:
            settle(tx, by=by, report=report)

    await house_of(request).db.write(work)
    return empty()


def _doing(deed: Deed) -> Callable[[Request], Any]:
    """Return an endpoint that does `deed` about somebody and shows them as they are then."""

    async def endpoint(request: Request) -> Response:
        asker = await need_admin(request, WRITE)
        id_ = parse_id(request.path_params["id"])

        def work(tx: Tx) -> bytes:
            before = orjson.dumps(admin_account(tx, need_person(tx, id_).id))
            by = tx.session.get_one(Actor, asker.actor_id)
            deed(tx, by=by, target=need_person(tx, id_))
            tx.flush()
            still = tx.session.get(Actor, id_)
            if still is None or still.gone_at is not None:
                return before
            return orjson.dumps(admin_account(tx, id_))

        return json_answer(orjson.Fragment(await house_of(request).db.write(work)))

    return endpoint


def _lifting(kind: str) -> Deed:
    return lambda tx, *, by, target: lift(tx, by=by, target=target, action=kind)


_ALL, _ONE = "/api/v1/admin/accounts", "/api/v1/admin/accounts/{id}"
routes = [
    Route(_ALL, v1),
    Route("/api/v2/admin/accounts", v2),
    Route(_ONE, show, methods=["GET"]),
    Route(_ONE, _doing(erase), methods=["DELETE"]),
    Route(f"{_ONE}/action", action, methods=["POST"]),
    Route(f"{_ONE}/approve", _doing(approve), methods=["POST"]),
    Route(f"{_ONE}/reject", _doing(reject), methods=["POST"]),
    Route(f"{_ONE}/enable", _doing(_lifting("freeze")), methods=["POST"]),
    Route(f"{_ONE}/unsilence", _doing(_lifting("silence")), methods=["POST"]),
    Route(f"{_ONE}/unsuspend", _doing(_lifting("suspend")), methods=["POST"]),
    Route(f"{_ONE}/unsensitive", _doing(_lifting("mark_sensitive")), methods=["POST"]),
]
