"""Reports, as those who look after the place handle them in their apps."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import Asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.admin import ADMIN_LIST, need_admin
from microfed.mastodon.answers import json_answer
from microfed.mastodon.paging import link_header, read_page
from microfed.mastodon.params import query_params, read_params
from microfed.mastodon.present_admin import reports
from microfed.operations.handling import put_down, reopen, settle, sort_report, take_up
from microfed.queries.moderation import need_row, seek_reports
from microfed.store.database import Tx
from microfed.store.moderation import Report
from microfed.store.people import Actor

READ, WRITE = "admin:read:reports", "admin:write:reports"
Deed = Callable[..., None]


async def list_(request: Request) -> Response:
    """List reports: those that wait, or with `resolved` those done with."""
    asker = await need_admin(request, READ)
    params = query_params(request)
    page = read_page(params, ADMIN_LIST)

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        found = seek_reports(
            tx,
            page,
            is_handled=params.boolean("resolved"),
            reporter_id=params.id_("account_id"),
            target_id=params.id_("target_account_id"),
        )
        return orjson.dumps(reports(tx, asker.viewer, found)), [one.id for one in found]

    house = house_of(request)
    body, keys = await house.db.read_slowly(work)
    headers = link_header(request, keys, house.settings.url)
    return json_answer(orjson.Fragment(body), headers=headers)


async def show(request: Request) -> Response:
    """Show one report."""
    asker = await need_admin(request, READ)
    id_ = parse_id(request.path_params["id"])
    body = await house_of(request).db.read(lambda tx: _shown(tx, asker, need_row(tx, Report, id_)))
    return json_answer(orjson.Fragment(body))


async def change(request: Request) -> Response:
    """Say what a report is about."""
    asker = await need_admin(request, WRITE)
    params, id_ = await read_params(request), parse_id(request.path_params["id"])

    def work(tx: Tx) -> bytes:
        report = need_row(tx, Report, id_)
        sort_report(
            tx,
            by=tx.session.get_one(Actor, asker.actor_id),
            report=report,
            category=params.text("category") or report.category,
            rule_ids=params.ids("rule_ids") if "rule_ids" in params else report.rule_ids,
        )
        return _shown(tx, asker, report)

    return json_answer(orjson.Fragment(await house_of(request).db.write(work)))


def _doing(deed: Deed) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        asker = await need_admin(request, WRITE)
        id_ = parse_id(request.path_params["id"])

        def work(tx: Tx) -> bytes:
            report = need_row(tx, Report, id_)
            deed(tx, by=tx.session.get_one(Actor, asker.actor_id), report=report)
            return _shown(tx, asker, report)

        return json_answer(orjson.Fragment(await house_of(request).db.write(work)))

    return endpoint


def _shown(tx: Tx, asker: Asker, report: Report) -> bytes:
    tx.flush()
    return orjson.dumps(reports(tx, asker.viewer, [report])[0])


_ALL, _ONE = "/api/v1/admin/reports", "/api/v1/admin/reports/{id}"
routes = [
    Route(_ALL, list_),
    Route(_ONE, show, methods=["GET"]),
    Route(_ONE, change, methods=["PUT"]),
    Route(f"{_ONE}/assign_to_self", _doing(take_up), methods=["POST"]),
    Route(f"{_ONE}/unassign", _doing(put_down), methods=["POST"]),
    Route(f"{_ONE}/resolve", _doing(settle), methods=["POST"]),
    Route(f"{_ONE}/reopen", _doing(reopen), methods=["POST"]),
]
