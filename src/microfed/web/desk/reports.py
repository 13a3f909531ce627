"""Reports at the desk: what somebody says is wrong, and what becomes of it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Invalid
from microfed.forms import Fields
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.handling import (
    act_on_report,
    mark_posts,
    put_down,
    remove_posts,
    reopen,
    settle,
    take_up,
)
from microfed.operations.moderation import ACTIONS
from microfed.queries.moderation import (
    need_row,
    people_by_id,
    rows_by_id,
    seek_reports,
)
from microfed.queries.pages import Page
from microfed.queries.posts import load_people, load_posts
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.moderation import Report
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.web.desk.door import do, show
from microfed.web.desk.people import ACTION_WORDS
from microfed.web.paging import before_of
from microfed.words import N_

PATH = "/desk/reports"
PAGE = 40
CATEGORIES = {
    "spam": N_("Advertising"),
    "legal": N_("Against the law"),
    "violation": N_("Against our rules"),
    "other": N_("Something else"),
}


async def reports_page(request: Request, _member: SignedIn) -> Response:
    """GET: what waits, or what is done with."""
    is_handled, before = "settled" in request.query_params, before_of(request)

    def work(tx: Tx) -> dict[str, Any]:
        found = seek_reports(tx, Page(PAGE, max_id=before), is_handled=is_handled)
        ids = {id_ for one in found for id_ in (one.reporter_id, one.target_id)}
        return {"reports": found, "people": load_people(tx, ids)}

    found = await house_of(request).db.read(work)
    last = found["reports"][-1].id if len(found["reports"]) == PAGE else None
    return show(
        request,
        "reports",
        **found,
        is_handled=is_handled,
        categories=CATEGORIES,
        next=last,
    )


async def report_page(request: Request, member: SignedIn) -> Response:
    """GET: one report with what it is about."""
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> dict[str, Any]:
        report = need_row(tx, Report, id_)
        ids = [report.reporter_id, report.target_id, report.assigned_id, report.handled_by_id]
        return {
            "report": report,
            "people": load_people(tx, [one for one in ids if one is not None]),
            "target": people_by_id(tx, [report.target_id])[report.target_id],
            "posts": load_posts(tx, list(report.post_ids), member.viewer),
        }

    found = await house_of(request).db.read(work)
    return show(
        request,
        "report",
        **found,
        categories=CATEGORIES,
        action_words=ACTION_WORDS,
        is_mine=found["report"].assigned_id == member.actor_id,
    )


async def change_report(request: Request, member: SignedIn) -> Response:
    """POST: do something about what is reported; `deed` says what."""
    id_ = parse_id(request.path_params["id"])

    def deed(tx: Tx, by: Actor, given: Fields) -> None:
        _change(tx, by, id_, given)

    return await do(request, member, deed, back=f"{PATH}/{id_}", gone=PATH)


def _change(tx: Tx, by: Actor, id_: int, given: Fields) -> None:
    report, deed = need_row(tx, Report, id_), given["deed"]
    simple = {"take_up": take_up, "put_down": put_down, "settle": settle, "reopen": reopen}
    if deed in simple:
        simple[deed](tx, by=by, report=report)
        return
    if deed in ACTIONS:
        act_on_report(tx, by=by, report=report, action=deed, text=given["text"])
    elif deed in ("remove_posts", "mark_posts"):
        # What was decided from an open report is not done once somebody else has settled it.
        if given["open"] or report.handled_at is None:
            settle(tx, by=by, report=report)
        posts = rows_by_id(tx, Post, report.post_ids)
        (remove_posts if deed == "remove_posts" else mark_posts)(tx, by=by, posts=posts)
    else:
        raise Invalid("there is no such deed")
