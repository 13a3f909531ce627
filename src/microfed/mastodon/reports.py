"""A member says that something is wrong."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.errors import NotFound
from microfed.house import house_of
from microfed.mastodon.answers import json_bytes
from microfed.mastodon.params import invalid, read_params
from microfed.mastodon.present_reports import reports
from microfed.operations.reports import report
from microfed.queries.people import need_actor_by_id
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx

LONGEST_COMMENT = 1_000


async def make(request: Request) -> Response:
    """Report a person, and some of their posts, to those who look after the place."""
    asker, params = await need_asker(request, "write:reports"), await read_params(request)
    params.need("account_id")
    target_id, post_ids = params.id_("account_id") or 0, params.ids("status_ids")
    category = params.text("category") or ("violation" if "rule_ids" in params else "other")
    if len(params.text("comment") or "") > LONGEST_COMMENT:
        raise invalid("comment", f"is too long (maximum is {LONGEST_COMMENT} characters)")

    def work(tx: Tx) -> bytes:
        me, target = need_actor_by_id(tx, asker.actor_id), need_actor_by_id(tx, target_id)
        if target.id == me.id:
            raise NotFound("nobody reports themselves")
        made = report(
            tx,
            reporter=me,
            target=target,
            posts=[need_visible_post(tx, asker.viewer, id_=id_) for id_ in post_ids],
            comment=params.text("comment") or "",
            category=category,
            rule_ids=params.ids("rule_ids"),
            is_forwarded=params.boolean("forward"),
        )
        return orjson.dumps(reports(tx, [made])[0])

    return json_bytes(await house_of(request).db.write(work))


routes = [Route("/api/v1/reports", make, methods=["POST"])]
