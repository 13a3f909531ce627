"""Bringing one's old posts along: an archive of another place is read in, in its own time."""

from collections.abc import Mapping

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Conflict, Malformed, NotFound, TooLarge, TooMany, TryLater
from microfed.forms import reading_files
from microfed.house import House, house_of
from microfed.limits import limiter_of
from microfed.operations.archive_parts import choose_parts
from microfed.operations.bringing import SLOT, begin_import, stop_import, take_back_import
from microfed.queries.bringing import list_imports
from microfed.queries.brought_lists import list_brought
from microfed.queries.sessions import SignedIn
from microfed.storage import RAW
from microfed.unpacking import MOST_BYTES
from microfed.uploading import let_go, put, save, workspace
from microfed.vocab.archive_contents import PARTS
from microfed.web.archive_words import SECTIONS
from microfed.web.settings.archive_words import ALONE, LEFT, NO_ARCHIVE, PART_WORDS, REFUSED
from microfed.web.settings.bringing_words import KIND_WORDS, LIST_LEFT, LIST_TITLES
from microfed.web.settings.door import OFTEN, saved, show
from microfed.words import N_

PATH = "/settings/import"
_NO_PART = N_("Choose what of it you want, or forget it.")
NO_FILE = N_("Choose the file first.")
BUSY = N_("Another file is being read. Wait until it is done, or stop it.")
_LARGE = N_(
    "This file is too large to be sent. Ask those who look after this place: they can read it in."
)


async def import_page(request: Request, member: SignedIn) -> Response:
    """GET: a file to choose, and what became of those before."""
    return await show_imports(request, member, {})


async def change_import(request: Request, member: SignedIn) -> Response:
    """POST: here is a file; or what I want of it; or stop, or take back what came of one."""
    try:
        async with reading_files(request, most=MOST_BYTES + 100_000) as sent:
            deed, id_ = sent.fields.get("deed"), number_of(sent.fields.get("id", "0"))
            if deed in ("stop", "take_back"):
                return await _end(request, member, deed, id_)
            if deed == "choose":
                return await _choose(request, member, id_, sent.fields)
            file = next((file for name, file in sent.files if name == "file"), None)
            if file is None:
                return await show_imports(request, member, {"file": NO_FILE})
            limiter_of(request).check(request, "media", str(member.actor_id))
            await _begin(house_of(request), member, file)
    except (TooLarge, TooMany, Conflict, Malformed) as refused:
        words = {TooLarge: _LARGE, TooMany: OFTEN, Conflict: BUSY, Malformed: NO_ARCHIVE}
        return await show_imports(request, member, {"file": words[type(refused)]})
    return RedirectResponse(PATH, 303)


async def _begin(house: House, member: SignedIn, file: UploadFile) -> None:
    async with workspace(house) as folder:
        await save(file, folder / "archive")
        kept = await put(house, folder / "archive", RAW, SLOT)
    try:
        await house.db.write(lambda tx: begin_import(tx, member_id=member.actor_id, file=kept))
    except (Conflict, TryLater):
        await let_go(house, [kept])
        raise


async def _choose(
    request: Request, member: SignedIn, id_: int, fields: Mapping[str, str]
) -> Response:
    parts = [part for part in PARTS if f"part_{part}" in fields]
    if not parts:
        return await show_imports(request, member, {f"choose{id_}": _NO_PART})
    takes_answers = "answers" in fields
    await house_of(request).db.write(
        lambda tx: choose_parts(
            tx, member_id=member.actor_id, id_=id_, parts=parts, takes_answers=takes_answers
        )
    )
    return RedirectResponse(PATH, 303)


async def _end(request: Request, member: SignedIn, deed: str, id_: int) -> Response:
    do = stop_import if deed == "stop" else take_back_import
    await house_of(request).db.write(lambda tx: do(tx, member_id=member.actor_id, id_=id_))
    return saved(PATH)


async def show_imports(
    request: Request, member: SignedIn, mistakes: dict[str, str], *, kind: str = ""
) -> Response:
    """The page with both forms; `kind` is what was chosen in the one for lists."""
    id_ = member.actor_id
    found, lists = await house_of(request).db.read(
        lambda tx: (list_imports(tx, id_), list_brought(tx, id_))
    )
    return show(
        request,
        "import",
        mistakes=mistakes,
        imports=found,
        is_busy=any(each.is_busy for each in found),
        refused=REFUSED,
        left=LEFT,
        parts=PART_WORDS,
        most=MOST_BYTES // 1_000_000,
        lists=lists,
        is_list_busy=any(each.is_busy for each in lists),
        kinds=KIND_WORDS,
        titles=LIST_TITLES,
        alone=ALONE,
        sections=SECTIONS,
        kind=kind,
        list_left=LIST_LEFT,
    )


def number_of(said: str) -> int:
    """Return the number that a button of the page sends along."""
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise NotFound("there is no such archive")
    return int(said)
