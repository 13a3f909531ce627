"""Pictures, sound and film from apps: brought first, described, then named in a status."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.errors import Invalid, NotFound
from microfed.house import House, house_of
from microfed.limits import limiter_of
from microfed.mastodon.answers import empty, json_answer
from microfed.mastodon.params import Params, as_id, invalid, read_params
from microfed.mastodon.present_media import media
from microfed.media.limits import MOST_FILM_BYTES
from microfed.operations.media import describe, forget_upload, need_upload
from microfed.store.database import Tx
from microfed.store.posts import Attachment
from microfed.uploading import save, take_and_process, workspace

MOST_FORM = MOST_FILM_BYTES + 100_000
# An app that takes 202 for an answer asks again; most pictures are ready before.
PATIENCE_SECONDS = 3.0


async def post_v1(request: Request) -> Response:
    """Take a file, and answer once it is ready."""
    return await _take(request, None)


async def post_v2(request: Request) -> Response:
    """Take a file: 200 when it is ready at once, 202 while it is worked on."""
    return await _take(request, PATIENCE_SECONDS)


async def show(request: Request) -> Response:
    """Say how an upload is doing: 206 while it is worked on, 422 when it cannot be used."""
    asker = await need_asker(request, "write:media")
    id_ = as_id(request.path_params["id"])
    return await _answer(house_of(request), asker.actor_id, id_, while_working=206)


async def change(request: Request) -> Response:
    """Describe an upload before it is in a status."""
    asker = await need_asker(request, "write:media")
    params = await read_params(request, most=MOST_FORM)
    id_ = as_id(request.path_params["id"])

    def work(tx: Tx) -> None:
        if need_upload(tx, owner_id=asker.actor_id, id_=id_).post_id is not None:
            raise NotFound("this is in a status already: edit the status")
        describe(
            tx,
            owner_id=asker.actor_id,
            id_=id_,
            description=params.text("description"),
            focus=read_focus(params),
        )

    house = house_of(request)
    await house.db.write(work)
    return await _answer(house, asker.actor_id, id_, while_working=200)


async def forget(request: Request) -> Response:
    """Let go of an upload that is in no status."""
    asker = await need_asker(request, "write:media")
    id_ = as_id(request.path_params["id"])
    await house_of(request).db.write(lambda tx: forget_upload(tx, owner_id=asker.actor_id, id_=id_))
    return empty()


async def _take(request: Request, seconds: float | None) -> Response:
    asker = await need_asker(request, "write:media")
    limiter_of(request).check(request, "media", asker.actor_id)
    house = house_of(request)
    params = await read_params(request, most=MOST_FORM)
    file = params.file("file")
    if file is None:
        raise invalid("file", "can't be blank", code="ERR_BLANK")
    try:
        id_ = await _keep(house, asker.actor_id, file, params, seconds)
    finally:
        await file.close()
    return await _answer(house, asker.actor_id, id_, while_working=202)


async def _keep(
    house: House, owner_id: int, file: UploadFile, params: Params, seconds: float | None
) -> int:
    async with workspace(house) as folder:
        await save(file, folder / "upload")
        return await take_and_process(
            house,
            owner_id=owner_id,
            source=folder / "upload",
            description=params.text("description"),
            focus=read_focus(params),
            seconds=seconds,
        )


async def _answer(house: House, owner_id: int, id_: int, *, while_working: int) -> Response:
    def work(tx: Tx) -> tuple[Attachment, dict[str, object]]:
        item = need_upload(tx, owner_id=owner_id, id_=id_)
        return item, media(tx.here, item)

    item, said = await house.db.read(work)
    if item.error is not None:
        raise Invalid(item.error, {"file": "cannot be used"})
    return json_answer(said, 200 if item.processed_at is not None else while_working)


def read_focus(params: Params) -> tuple[float, float] | None:
    """Return what of a picture matters most, as in `focus=0.0,0.5`."""
    said = params.text("focus")
    if not said:
        return None
    x, comma, y = said.partition(",")
    try:
        at = float(x), float(y)
    except ValueError:
        raise invalid("focus", "is not two numbers such as 0.0,0.5") from None
    if not comma or not all(-1.0 <= value <= 1.0 for value in at):
        raise invalid("focus", "is not within -1.0 and 1.0")
    return at


routes = [
    Route("/api/v1/media", post_v1, methods=["POST"]),
    Route("/api/v2/media", post_v2, methods=["POST"]),
    Route("/api/v1/media/{id}", show, methods=["GET"]),
    Route("/api/v1/media/{id}", change, methods=["PUT"]),
    Route("/api/v1/media/{id}", forget, methods=["DELETE"]),
]
