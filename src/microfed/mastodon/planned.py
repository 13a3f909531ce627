"""Polls, and posts that are planned for later."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import empty, json_answer
from microfed.mastodon.paging import STATUSES, link_header, read_page
from microfed.mastodon.params import invalid, query_params, read_params
from microfed.mastodon.present_planned import planned_value
from microfed.mastodon.present_polls import poll
from microfed.mastodon.timelines import reader
from microfed.operations.event_polls import vote_or_come
from microfed.operations.wishes import drop_plan, need_planned, replan
from microfed.queries.people import need_actor_by_id
from microfed.queries.reactions import planned_of
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx


async def show_poll(request: Request) -> Response:
    """Show a poll."""
    viewer, id_ = await reader(request), parse_id(request.path_params["id"])

    def work(tx: Tx) -> dict[str, Any]:
        need_visible_post(tx, viewer, id_=id_)
        return poll(tx, viewer, id_)

    return json_answer(await house_of(request).db.read(work))


async def choose(request: Request) -> Response:
    """Vote."""
    asker = await need_asker(request, "write:statuses")
    params, id_ = await read_params(request), parse_id(request.path_params["id"])
    chosen = [_position(value) for value in params.many("choices")[:20]]

    def work(tx: Tx) -> dict[str, Any]:
        post = need_visible_post(tx, asker.viewer, id_=id_)
        poll(tx, asker.viewer, id_)
        vote_or_come(tx, actor=need_actor_by_id(tx, asker.actor_id), post=post, positions=chosen)
        return poll(tx, asker.viewer, id_)

    return json_answer(await house_of(request).db.write(work))


async def list_planned(request: Request) -> Response:
    """List what I planned to say."""
    asker = await need_asker(request, "read:statuses")
    page = read_page(query_params(request), STATUSES)

    def work(tx: Tx) -> list[dict[str, Any]]:
        return [planned_value(tx, one) for one in planned_of(tx, asker.actor_id, page)]

    house = house_of(request)
    shown = await house.db.read(work)
    keys = [int(one["id"]) for one in shown]
    return json_answer(shown, headers=link_header(request, keys, house.settings.url))


async def show_planned(request: Request) -> Response:
    """Show one planned post."""
    asker = await need_asker(request, "read:statuses")
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> dict[str, Any]:
        return planned_value(tx, need_planned(tx, actor_id=asker.actor_id, id_=id_))

    return json_answer(await house_of(request).db.read(work))


async def move_planned(request: Request) -> Response:
    """Say it at another time."""
    asker = await need_asker(request, "write:statuses")
    params, id_ = await read_params(request), parse_id(request.path_params["id"])
    due_at = params.moment("scheduled_at")

    def work(tx: Tx) -> dict[str, Any]:
        planned = need_planned(tx, actor_id=asker.actor_id, id_=id_)
        if due_at is not None:
            replan(tx, planned=planned, due_at=due_at)
        return planned_value(tx, planned)

    return json_answer(await house_of(request).db.write(work))


async def drop_planned(request: Request) -> Response:
    """Do not say it."""
    asker = await need_asker(request, "write:statuses")
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> None:
        drop_plan(tx, planned=need_planned(tx, actor_id=asker.actor_id, id_=id_))

    await house_of(request).db.write(work)
    return empty()


def _position(value: Any) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise invalid("choices", "is not a number")
    return int(text)


routes = [
    Route("/api/v1/polls/{id}", show_poll),
    Route("/api/v1/polls/{id}/votes", choose, methods=["POST"]),
    Route("/api/v1/scheduled_statuses", list_planned),
    Route("/api/v1/scheduled_statuses/{id}", show_planned),
    Route("/api/v1/scheduled_statuses/{id}", move_planned, methods=["PUT"]),
    Route("/api/v1/scheduled_statuses/{id}", drop_planned, methods=["DELETE"]),
]
