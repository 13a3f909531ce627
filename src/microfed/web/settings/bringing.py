"""Bringing one's old posts along: an archive of another place is read in, in its own time."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Conflict, Malformed, NotFound, TooLarge, TooMany
from microfed.forms import reading_files
from microfed.house import House, house_of
from microfed.limits import limiter_of
from microfed.operations.bringing import SLOT, begin_import, stop_import, take_back_import
from microfed.queries.bringing import list_imports
from microfed.queries.brought_lists import list_brought
from microfed.queries.sessions import SignedIn
from microfed.storage import RAW
from microfed.unpacking import MOST_BYTES
from microfed.uploading import put, save, workspace
from microfed.web.settings.bringing_words import KIND_WORDS, LIST_LEFT
from microfed.web.settings.door import OFTEN, saved, show
from microfed.words import N_

PATH = "/settings/import"
NO_FILE = N_("Choose the file first.")
BUSY = N_("Another file is being read. Wait until it is done, or stop it.")
_LARGE = N_(
    "This file is too large to be sent. Ask those who look after this place: they can read it in."
)
_NO_ARCHIVE = N_("This is not an archive: its name ends in .zip or .tar.gz.")
# Why a file is not taken.
REFUSED = {
    "no_archive": _NO_ARCHIVE,
    "unsafe": N_("This archive names files outside of itself. No place makes such archives."),
    "too_large": N_("There is more in this archive than can be read here."),
    "no_outbox": N_("There is no outbox.json in it: this is not an archive with posts."),
    "no_actor": N_("There is no actor.json in it that says whose posts these are."),
    "of_a_neighbour": N_("This is the archive of somebody else who lives here."),
    "broken": N_("This archive is broken: it cannot be read to its end."),
}
# Why a part of it is left out; each is said of a number of things.
LEFT = {
    "boost": N_("Posts of others that you passed on: they are not yours to bring."),
    "foreign": N_("Posts that somebody else wrote."),
    "private": N_("Private messages: they stay between you and those you wrote to."),
    "answer": N_("Answers to others: without what they answer they say little."),
    "vote": N_("Votes in polls of others."),
    "undated": N_("Posts without a date that can be read."),
    "empty": N_("Posts in which nothing is said."),
    "unreadable": N_("Things that are no posts, or cannot be read."),
    "known": N_("Posts that are here already: nothing is brought twice."),
    "file_missing": N_("Pictures, sound and film that are not in the archive."),
    "file_refused": N_("Pictures, sound and film that cannot be shown here."),
    "file_too_many": N_("Pictures beyond the fourth of a post."),
}


async def import_page(request: Request, member: SignedIn) -> Response:
    """GET: a file to choose, and what became of those before."""
    return await show_imports(request, member, {})


async def change_import(request: Request, member: SignedIn) -> Response:
    """POST: here is a file; or stop, or take back what came of one."""
    try:
        async with reading_files(request, most=MOST_BYTES + 100_000) as sent:
            deed, id_ = sent.fields.get("deed"), number_of(sent.fields.get("id", "0"))
            if deed in ("stop", "take_back"):
                return await _end(request, member, deed, id_)
            file = next((file for name, file in sent.files if name == "file"), None)
            if file is None:
                return await show_imports(request, member, {"file": NO_FILE})
            limiter_of(request).check(request, "media", str(member.actor_id))
            await _begin(house_of(request), member, file, "answers" in sent.fields)
    except (TooLarge, TooMany, Conflict, Malformed) as refused:
        words = {TooLarge: _LARGE, TooMany: OFTEN, Conflict: BUSY, Malformed: _NO_ARCHIVE}
        return await show_imports(request, member, {"file": words[type(refused)]})
    return RedirectResponse(PATH, 303)


async def _begin(house: House, member: SignedIn, file: UploadFile, takes_answers: bool) -> None:
    async with workspace(house) as folder:
        await save(file, folder / "archive")
        kept = await put(house, folder / "archive", RAW, SLOT)
    try:
        await house.db.write(
            lambda tx: begin_import(
                tx, member_id=member.actor_id, file=kept, takes_answers=takes_answers
            )
        )
    except Conflict:
        await house.storage.delete(kept.key)
        raise


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
        most=MOST_BYTES // 1_000_000,
        lists=lists,
        is_list_busy=any(each.is_busy for each in lists),
        kinds=KIND_WORDS,
        kind=kind,
        list_left=LIST_LEFT,
    )


def number_of(said: str) -> int:
    """Return the number that a button of the page sends along."""
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise NotFound("there is no such archive")
    return int(said)
