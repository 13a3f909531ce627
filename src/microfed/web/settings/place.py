"""How the place looks, for those who look after it: its name, a sentence, a colour, a picture."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Invalid, NotFound
from microfed.forms import Fields, reading_files
from microfed.house import House, house_of
from microfed.media.limits import MOST_AVATAR_BYTES
from microfed.operations.files import Kept
from microfed.operations.look import (
    LONGEST_DESCRIPTION,
    LONGEST_TITLE,
    describe_picture,
    dress_place,
    hang_picture,
    take_picture_down,
)
from microfed.placing import look_of
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.uploading import make_picture, save, workspace
from microfed.web.desk.door import is_sure
from microfed.web.settings.door import saved, show
from microfed.web.settings.second_step import PATH as SECOND_STEP
from microfed.words import N_

PATH = "/settings/place"
FIRST_ACCENT = "#9a3b1b"
Answer = Callable[[Request, SignedIn], Awaitable[Response]]
_WRONG = {
    "title": N_("A name has 60 characters at most."),
    "description": N_("This has 300 characters at most."),
    "accent": N_("This is no colour."),
    "picture": N_("This is no picture that can be shown here, or it is larger than 8 MB."),
}


def for_keepers(answer: Answer) -> Answer:
    """Let those in who look after the place; for others there is nothing."""

    async def endpoint(request: Request, member: SignedIn) -> Response:
        if member.role != "admin":
            raise NotFound("there is no such page")
        if not await is_sure(request, member):
            return RedirectResponse(f"{SECOND_STEP}?for=desk", 303)
        return await answer(request, member)

    return endpoint


@for_keepers
async def place_page(request: Request, _member: SignedIn) -> Response:
    """GET: how it looks now."""
    look = look_of(request)
    given = {
        "title": look.title,
        "description": look.description,
        "accent": look.accent,
        "picture_description": look.picture_description,
    }
    return _form(request, given)


@for_keepers
async def change(request: Request, member: SignedIn) -> Response:
    """POST: everything at once."""
    house, picture = house_of(request), None
    async with reading_files(request, most=MOST_AVATAR_BYTES + 100_000) as sent:
        given = sent.fields
        file = next((file for name, file in sent.files if name == "picture"), None)
        try:
            picture = None if file is None else await _make(house, file)
        except Invalid:
            return _form(request, given, {"picture": _WRONG["picture"]})

    def work(tx: Tx) -> None:
        by = tx.session.get_one(Actor, member.actor_id)
        dress_place(
            tx,
            by=by,
            title=given.get("title", ""),
            description=given.get("description", ""),
            accent=given.get("accent", "") if "has_accent" in given else "",
        )
        if picture is not None:
            hang_picture(tx, by=by, file=picture)
        elif "no_picture" in given:
            take_picture_down(tx, by=by)
        describe_picture(tx, by=by, description=given.get("picture_description", ""))

    try:
        await house.db.write(work)
    except Invalid as invalid:
        if picture is not None:
            await house.storage.delete(picture.key)
        return _form(request, given, {name: _WRONG[name] for name in invalid.details})
    return saved(PATH)


async def _make(house: House, file: UploadFile) -> Kept:
    async with workspace(house) as folder:
        await save(file, folder / "upload")
        return await make_picture(house, folder / "upload", "header")


def _form(
    request: Request, given: dict[str, str], mistakes: dict[str, str] | None = None
) -> Response:
    return show(
        request,
        "place",
        mistakes=mistakes,
        given=Fields(given),
        first_accent=FIRST_ACCENT,
        name=house_of(request).settings.title,
        most={"title": LONGEST_TITLE, "description": LONGEST_DESCRIPTION},
    )
