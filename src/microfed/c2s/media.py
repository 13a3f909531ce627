"""An ActivityPub client brings a picture, sound or film: uploadMedia (interop.md §6.4)."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.bodies import MOST_BYTES, read_parts
from microfed.errors import Forbidden, Invalid, NotFound
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.limits import limiter_of
from microfed.media.limits import MOST_FILM_BYTES
from microfed.operations.media import need_upload
from microfed.outbound.render_posts import upload
from microfed.queries.people import need_local
from microfed.store.database import Tx
from microfed.uploading import save, take_and_process, workspace
from microfed.vocab.reading import as_list, word
from microfed.vocab.terms import ACTIVITY_JSON
from microfed.wire import safe_json

# A film may take longer; the client is answered then, and its post waits.
PATIENCE_SECONDS = 60.0


async def post_upload(request: Request) -> Response:
    """Take a file and what is said of it: 201, where it is, and the object for a post to show."""
    name: str = request.path_params["name"]
    asker = await need_asker(request, "write:media")
    if asker.username != name.lower():
        raise Forbidden("these are somebody else's uploads")
    limiter_of(request).check(request, "media", asker.actor_id)
    house = house_of(request)
    form = await read_parts(request, most=MOST_FILM_BYTES + MOST_BYTES)
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Invalid("send the picture, sound or film in the part `file`", {"file": "missing"})
        said = await _said(form.get("object"))
        async with workspace(house) as folder:
            await save(file, folder / "upload")
            id_ = await take_and_process(
                house,
                owner_id=asker.actor_id,
                source=folder / "upload",
                description=_named(said),
                focus=_focus(said),
                seconds=PATIENCE_SECONDS,
            )
    finally:
        await form.close()
    document = await house.db.read(lambda tx: _object(tx, name, id_))
    return Response(
        orjson.dumps(document),
        201,
        {"Location": document["id"], "Content-Type": f"{ACTIVITY_JSON}; charset=utf-8"},
    )


async def get_upload(request: Request) -> Response:
    """Answer with the object of an upload, to whoever brought it."""
    name, id_ = request.path_params["name"], parse_id(request.path_params["id"])
    asker = await need_asker(request, "read")
    if asker.username != name.lower():
        raise NotFound("there is nothing here")
    document = await house_of(request).db.read(lambda tx: _object(tx, name, id_))
    return Response(
        orjson.dumps(document),
        headers={"Content-Type": f"{ACTIVITY_JSON}; charset=utf-8", "Cache-Control": "no-store"},
    )


def _object(tx: Tx, name: str, id_: int) -> dict[str, Any]:
    owner = need_local(tx, name)
    item = need_upload(tx, owner_id=owner.id, id_=id_)
    if item.error is not None:
        raise Invalid(item.error, {"file": "cannot be used"})
    return upload(tx.here, item, owner=owner)


async def _said(part: UploadFile | str | None) -> Mapping[str, Any]:
    if part is None:
        return {}
    body = await part.read() if isinstance(part, UploadFile) else part.encode()
    return safe_json(body) if body.strip() else {}


def _named(said: Mapping[str, Any]) -> str | None:
    for key in ("name", "summary"):
        if text := word(said.get(key)):
            return text
        by_language = said.get(f"{key}Map")
        if isinstance(by_language, Mapping):
            for value in by_language.values():
                if text := word(value):
                    return text
    return None


def _focus(said: Mapping[str, Any]) -> tuple[float, float] | None:
    at = [value for value in as_list(said.get("focalPoint")) if isinstance(value, int | float)]
    return (float(at[0]), float(at[1])) if len(at) == 2 else None


routes = [
    Route("/users/{name}/upload", post_upload, methods=["POST"]),
    Route("/users/{name}/uploads/{id}", get_upload, methods=["GET"]),
]
