"""`GET /ring/advice`: what we do about servers, for allies alone, where the admin shares it."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import NotFound
from microfed.federation.answers import activity_json
from microfed.federation.documents import viewer_of
from microfed.house import house_of
from microfed.operations.advice import advice_for
from microfed.outbound.allies import ring_uri
from microfed.outbound.render import collection
from microfed.outbound.render_posts import in_context


async def get_advice(request: Request) -> Response:
    """Answer with the signature of somebody of an allied place; to all others it is not there."""
    viewer = await viewer_of(request)
    house = house_of(request)
    if viewer is None or viewer.is_local:
        raise NotFound("there is no such thing")
    items = await house.db.read(lambda tx: advice_for(tx, viewer.actor_id))
    head = collection(f"{ring_uri(house.db.here)}/advice", total=len(items), kind="Collection")
    return activity_json(orjson.dumps({**in_context(head), "items": items}), is_shared=False)
