"""Emojis at the desk: the small pictures with a name that this place gives."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Conflict, Invalid
from microfed.forms import Fields, reading_files
from microfed.house import house_of
from microfed.media.limits import MOST_EMOJI_BYTES
from microfed.operations.emojis import add_emoji, clean_shortcode, remove_emoji
from microfed.queries.files import our_emojis
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.uploading import make_picture, save, workspace
from microfed.web.desk.door import do, show
from microfed.words import N_

PATH = "/desk/emojis"
NAME = N_("A name has 2 to 64 letters without accents, digits or _.")
TAKEN = N_("There is an emoji of this name already.")
PICTURE = N_("This is no picture that can be shown here, or it is larger than 256 kB.")
NONE = N_("Choose a picture.")


async def emojis_page(request: Request, _member: SignedIn) -> Response:
    """GET: those there are, and the form for another."""
    return await _page(request, Fields())


async def change_emojis(request: Request, member: SignedIn) -> Response:
    """POST: give one, or take one away."""
    house, picture, mistakes = house_of(request), None, {}
    async with reading_files(request, most=MOST_EMOJI_BYTES + 100_000) as sent:
        given = Fields(sent.fields)
        if given["deed"] == "remove":
            return await do(
                request,
                member,
                lambda tx, by, form: remove_emoji(tx, by=by, shortcode=form["name"]),
                back=PATH,
                given=given,
            )
        file = next((file for name, file in sent.files if name == "picture"), None)
        try:
            name = clean_shortcode(given["name"])
        except Invalid:
            mistakes["name"] = NAME
        if file is None:
            mistakes["picture"] = NONE
        elif not mistakes:
            try:
                async with workspace(house) as folder:
                    await save(file, folder / "upload")
                    picture = await make_picture(house, folder / "upload", "emoji")
            except Invalid:
                mistakes["picture"] = PICTURE
    if picture is None:
        return await _page(request, given, mistakes)
    file_ = picture

    def work(tx: Tx) -> None:
        by = tx.session.get_one(Actor, member.actor_id)
        category = given["category"].strip()[:60] or None
        add_emoji(tx, by=by, shortcode=name, file=file_, category=category)

    try:
        await house.db.write(work)
    except Conflict:
        await house.storage.delete(picture.key)
        return await _page(request, given, {"name": TAKEN})
    return RedirectResponse(f"{PATH}?said=done", 303)


async def _page(
    request: Request, given: Fields, mistakes: dict[str, str] | None = None
) -> Response:
    emojis = await house_of(request).db.read(our_emojis)
    return show(
        request,
        "emojis",
        status=422 if mistakes else 200,
        emojis=emojis,
        given=given,
        mistakes=Fields(mistakes or {}),
    )
