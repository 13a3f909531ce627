"""`/media/…`: files that are kept here, and what lives elsewhere by a name of ours."""

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.errors import NotFound
from microfed.files.serving import HEADERS, serve
from microfed.house import house_of
from microfed.media.placeholder import placeholder
from microfed.queries.files import need_elsewhere
from microfed.store.database import Tx
from microfed.viewing import Views, Wish, wish_for

_NAME = re.compile(r"([apihel])([0-9]{0,19})-([0-9a-f]{24})", re.ASCII)
# What another server gives may change its mind: kept by browsers for a day.
FOR_A_DAY = "public, max-age=86400"
FOR_A_WHILE = "public, max-age=300"


async def get_file(request: Request) -> Response:
    """Answer with a file of ours."""
    return await serve(request, house_of(request).storage, request.path_params["key"])


async def get_elsewhere(request: Request) -> Response:
    """Answer with what lives elsewhere; where it cannot be had, with a blur of its colours, 404."""
    house = house_of(request)
    name = _NAME.fullmatch(request.path_params["name"])
    if name is None:
        raise NotFound("there is no such picture")
    letter, id_, digest = name.groups()

    def work(tx: Tx) -> Wish:
        return wish_for(tx, need_elsewhere(tx, letter=letter, id_=id_, digest=digest))

    wish = await house.db.read(work)
    views: Views = request.app.state.views
    try:
        key = await views.file(wish, small=letter == "p")
        return await serve(request, house.storage, key, cache=FOR_A_DAY)
    except NotFound:
        if wish.it.kind == "audio" or (wish.it.kind != "image" and letter != "p"):
            raise
        headers = {**HEADERS, "Cache-Control": FOR_A_WHILE}
        return Response(placeholder(wish.it.blurhash), 404, headers, "image/png")


routes = [
    Route("/media/remote/{name}", get_elsewhere),
    Route("/media/{key}", get_file),
]
