"""Announcements in apps: read, put away, answered with an emoji."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import empty, json_answer
from microfed.mastodon.params import query_params
from microfed.mastodon.present_announcements import announcement_entities
from microfed.operations.announcements import put_away, react, take_reaction_back
from microfed.queries.announcements import announcements_now, need_announcement, put_away_by
from microfed.queries.people import need_actor_by_id
from microfed.store.announcements import Announcement
from microfed.store.database import Tx
from microfed.store.people import Actor


async def list_(request: Request) -> Response:
    """List what is announced; what I put away only `with_dismissed`."""
    asker = await need_asker(request, "read")
    with_dismissed = query_params(request).boolean("with_dismissed")

    def work(tx: Tx) -> list[dict[str, Any]]:
        found: Sequence[Announcement] = announcements_now(tx)
        if not with_dismissed:
            seen = put_away_by(tx, asker.actor_id, [one.id for one in found])
            found = [one for one in found if one.id not in seen]
        return announcement_entities(tx, asker.actor_id, found)

    return json_answer(await house_of(request).db.read(work))


async def dismiss(request: Request) -> Response:
    """Put an announcement away."""
    return await _do(request, "write:accounts", lambda tx, one, me: put_away(tx, one, member=me))


async def answer(request: Request) -> Response:
    """Answer with an emoji."""
    name = request.path_params["name"]
    return await _do(
        request, "write:favourites", lambda tx, one, me: react(tx, one, member=me, name=name)
    )


async def take_back(request: Request) -> Response:
    """Take an emoji back."""
    name = request.path_params["name"]
    return await _do(
        request,
        "write:favourites",
        lambda tx, one, me: take_reaction_back(tx, one, member=me, name=name),
    )


async def _do(
    request: Request, scope: str, deed: Callable[[Tx, Announcement, Actor], None]
) -> Response:
    asker, id_ = await need_asker(request, scope), parse_id(request.path_params["id"])

    def work(tx: Tx) -> None:
        deed(tx, need_announcement(tx, id_), need_actor_by_id(tx, asker.actor_id))

    await house_of(request).db.write(work)
    return empty()


_ONE = "/api/v1/announcements/{id}"
routes = [
    Route("/api/v1/announcements", list_),
    Route(f"{_ONE}/dismiss", dismiss, methods=["POST"]),
    Route(_ONE + "/reactions/{name}", answer, methods=["PUT"]),
    Route(_ONE + "/reactions/{name}", take_back, methods=["DELETE"]),
]
