"""What allied places may ask of us, with the signature of the place itself, and nobody else."""

import html
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Forbidden, Invalid, Unauthorized
from microfed.federation.answers import activity_json
from microfed.federation.documents import viewer_of
from microfed.house import house_of
from microfed.outbound.allies import Ally, allies
from microfed.outbound.render import card
from microfed.outbound.render_posts import in_context
from microfed.queries.directory import Line, found_in_directory
from microfed.queries.people import people_by_id
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.search import fold
from microfed.vocab.directory import FIELDS, MOST_FOUND, as_text, labelled, property_values


async def place_that_asks(request: Request) -> Viewer:
    """Return whose actor signed the question. Raises Unauthorized when it is not signed."""
    viewer = await viewer_of(request)
    if viewer is None or viewer.is_local:
        raise Unauthorized("this is for allied places, which sign their question")
    return viewer


def need_ally(tx: Tx, viewer: Viewer) -> Ally:
    """Return the allied place that asks, by its own actor. Raises Forbidden for anyone else."""
    found = next((ally for ally in allies(tx) if ally.id == viewer.actor_id), None)
    if found is None:
        raise Forbidden("this is for allied places")
    return found


async def get_directory(request: Request) -> Response:
    """GET /ring/directory?q=: whom an ally looks for, in what is shown to allies."""
    viewer, house = await place_that_asks(request), house_of(request)
    words = request.query_params.get("q", "")[:200]
    labels = labelled(house.settings.language)

    def work(tx: Tx) -> bytes:
        need_ally(tx, viewer)
        # There is no list of all: one asks for something.
        if not any(len(word) > 1 for word in fold(words)):
            raise Invalid("ask for a word", {"q": "is missing or too short"})
        lines = found_in_directory(tx, "ring", words, most=MOST_FOUND)
        actors = {one.id: one for one in people_by_id(tx, [line.person.id for line in lines])}
        items = [
            {**card(actors[line.person.id], tx.here.domain), **_facts(line, labels)}
            for line in lines
        ]
        document = {
            "id": f"{tx.here.url}{request.url.path}?{request.url.query}",
            "type": "Collection",
            "totalItems": len(items),
            "items": items,
        }
        return orjson.dumps(in_context(document))

    answer = activity_json(await house.db.read_slowly(work))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _facts(line: Line, labels: Any) -> dict[str, Any]:
    values = {name: as_text(getattr(line, name)) for name in FIELDS}
    facts = [(labels[name], html.escape(value, quote=False)) for name, value in values.items()]
    return {"attachment": property_values((name, value) for name, value in facts if value)}
