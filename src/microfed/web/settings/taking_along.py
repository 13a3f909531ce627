"""Taking one's things along: everything in one file, and each list by itself."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from microfed.errors import NotFound
from microfed.forms import check_origin
from microfed.house import house_of
from microfed.operations.archives import ask_for_archive
from microfed.queries.archives import LISTS, as_text, find_archive
from microfed.queries.sessions import SignedIn
from microfed.web.settings.door import show
from microfed.words import N_

PATH = "/settings/export"
LIST_WORDS = {
    "following_accounts": N_("Whom I follow"),
    "followers": N_("Who follows me"),
    "blocked_accounts": N_("Whom I block"),
    "muted_accounts": N_("Whom I do not want to hear"),
    "lists": N_("My lists of people to read apart"),
    "blocked_domains": N_("Servers I shut out"),
    "bookmarks": N_("What I keep"),
    "likes": N_("What I thanked for"),
}
# What no other place reads in; theirs to keep all the same.
OWN_WORDS = {"bilan": N_("My balance"), "bilan_counted": N_("My balance, as it was counted")}


async def export_page(request: Request, member: SignedIn) -> Response:
    """GET: how far the file is, and the lists."""
    archive = await house_of(request).db.read(lambda tx: find_archive(tx, member.actor_id))
    return show(request, "export", archive=archive, lists=LIST_WORDS, own=OWN_WORDS)


async def ask(request: Request, member: SignedIn) -> Response:
    """POST: have everything gathered."""
    check_origin(request)
    await house_of(request).db.write(lambda tx: ask_for_archive(tx, member_id=member.actor_id))
    return RedirectResponse(PATH, 303)


async def archive_file(request: Request, member: SignedIn) -> Response:
    """GET: the file, for its owner alone."""
    house = house_of(request)
    archive = await house.db.read(lambda tx: find_archive(tx, member.actor_id))
    size = None if archive is None or archive.key is None else await house.storage.size(archive.key)
    if archive is None or archive.key is None or size is None:
        raise NotFound("there is no such file")
    name = f"{member.username}-{archive.asked_at:%Y-%m-%d}.zip"
    headers = {**_as_file(name), "Content-Length": str(size)}
    pieces = house.storage.read(archive.key, 0, size)
    return StreamingResponse(pieces, 200, headers, "application/zip")


async def list_file(request: Request, member: SignedIn) -> Response:
    """GET: one list, as other places read it in."""
    name = request.path_params["name"]
    if name not in LISTS:
        raise NotFound("there is no such list")
    rows = await house_of(request).db.read(lambda tx: LISTS[name](tx, member.actor_id))
    return Response(as_text(rows), headers=_as_file(f"{name}.csv"), media_type="text/csv")


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
