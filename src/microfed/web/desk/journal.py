"""The journal: every deed of those who look after the place, in plain sentences."""

from starlette.requests import Request
from starlette.responses import Response

from microfed import clock
from microfed.house import house_of
from microfed.ids import moment_of, parse_id
from microfed.journal_words import tell
from microfed.operations.undoing import can_be_undone, undo_deed
from microfed.pages import words_of
from microfed.queries.moderation import journal
from microfed.queries.pages import Page
from microfed.queries.sessions import SignedIn
from microfed.store.moderation import Deed
from microfed.web.desk.door import do, show
from microfed.web.paging import before_of

PATH = "/desk/journal"
PAGE = 50


async def journal_page(request: Request, _member: SignedIn) -> Response:
    """GET: the newest deeds; those that can still be taken back have a button."""
    before = before_of(request)
    page = Page(PAGE, max_id=before)
    found = await house_of(request).db.read(lambda tx: journal(tx, page))
    return show(
        request,
        "journal",
        lines=[(one, _sentence(request, one), moment_of(one.id)) for one in found],
        can_be_undone={one.id for one in found if can_be_undone(one, clock.now())},
        next=found[-1].id if len(found) == PAGE else None,
    )


def _sentence(request: Request, deed: Deed) -> str:
    words = words_of(request)
    return tell(words, action=deed.action, by=deed.by_name, whom=deed.target_name)


async def undo(request: Request, member: SignedIn) -> Response:
    """POST: take a deed back."""
    return await do(
        request,
        member,
        lambda tx, by, given: undo_deed(tx, by=by, id_=parse_id(given["line"])),
        back=PATH,
    )
