"""The door for ActivityPub clients: a member's own outbox."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.bodies import check_media_type, read_body
from microfed.c2s.faces import bring_faces, show_faces
from microfed.c2s.media import routes as media_routes
from microfed.c2s.outbox import perform
from microfed.c2s.proxy import post_proxy
from microfed.c2s.reading import need_owner
from microfed.c2s.reading import routes as reading_routes
from microfed.c2s.streaming import routes as streaming_routes
from microfed.fetching import carry_out
from microfed.house import house_of
from microfed.queries.people import need_local
from microfed.store.database import Tx
from microfed.vocab.terms import ACTIVITY_JSON
from microfed.wire import safe_json

CLIENT_TYPES = ("application/activity+json", "application/ld+json")


async def post_outbox(request: Request) -> Response:
    """Do what the client says in its member's name: 201, where it is, and what the world gets."""
    name: str = request.path_params["name"]
    asker = await need_owner(request, "write")
    check_media_type(request, CLIENT_TYPES)
    document = safe_json(await read_body(request))

    house = house_of(request)
    faces = await bring_faces(house, asker.actor_id, asker.actor_uri, document)

    def work(tx: Tx) -> dict[str, Any]:
        owner = need_local(tx, name)
        show_faces(tx, owner, faces)
        return perform(tx, owner, document)

    done = await carry_out(house, work, waits=False)
    return Response(
        orjson.dumps(done),
        201,
        {"Location": done["id"], "Content-Type": f"{ACTIVITY_JSON}; charset=utf-8"},
    )


routes = [
    Route("/users/{name}/outbox", post_outbox, methods=["POST"]),
    Route("/users/{name}/proxy", post_proxy, methods=["POST"]),
    *media_routes,
    *reading_routes,
    *streaming_routes,
]
