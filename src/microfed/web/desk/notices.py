"""Announcements at the desk: admins and organisers say something to everyone who lives here."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Invalid
from microfed.forms import Fields
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.announcements import (
    Notice,
    announce_here,
    change_announcement,
    take_down,
)
from microfed.queries.announcements import all_announcements
from microfed.queries.moderation import need_row
from microfed.queries.sessions import SignedIn
from microfed.store.announcements import Announcement
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.desk.door import do, show

PATH = "/desk/announcements"


async def notices_page(request: Request, _member: SignedIn) -> Response:
    """GET: what is announced, planned and over; and the form for more."""
    found = await house_of(request).db.read(all_announcements)
    wanted = request.query_params.get("change", "")
    changed = next((one for one in found if str(one.id) == wanted), None)
    return show(request, "announcements", notices=found, changed=changed)


async def change_notices(request: Request, member: SignedIn) -> Response:
    """POST: announce, correct, or take down."""
    return await do(request, member, _change, back=PATH)


def _change(tx: Tx, by: Actor, given: Fields) -> None:
    deed = given["deed"]
    if deed == "announce":
        announce_here(tx, by=by, notice=_notice(given))
        return
    found = need_row(tx, Announcement, parse_id(given["id"]))
    if deed == "correct":
        change_announcement(tx, found, by=by, notice=_notice(given))
    elif deed == "take_down":
        take_down(tx, found, by=by)
    else:
        raise Invalid("there is no such deed")


def _notice(given: Fields) -> Notice:
    return Notice(
        given["text"],
        due_at=_moment(given["due"]),
        starts_at=_moment(given["starts"]),
        ends_at=_moment(given["ends"]),
    )


def _moment(text: str) -> datetime | None:
    """Return the moment typed into a field, in UTC, as the page says."""
    if not text.strip():
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid("this is no date", {"date": "is invalid"}) from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
