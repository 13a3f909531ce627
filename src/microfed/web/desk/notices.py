"""Announcements at the desk: admins and organisers say something to everyone who lives here."""

from collections.abc import Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Conflict, Invalid, NotFound
from microfed.forms import Fields, read_form
from microfed.here import digest_of
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.announcements import (
    Notice,
    announce_here,
    change_announcement,
    take_down,
)
from microfed.operations.event_times import moment_typed
from microfed.outbound.media import emojis_shown
from microfed.queries.announcements import all_announcements
from microfed.queries.files import emojis_in
from microfed.queries.moderation import need_row
from microfed.queries.sessions import SignedIn
from microfed.store.announcements import Announcement
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.desk.door import CHANGED, do, show
from microfed.web.planning import LEAPT
from microfed.words import N_

PATH = "/desk/announcements"
_NO_DATE = N_("This is no day and hour.")
_TEXT = N_("Say it in a few words: 5,000 letters at most.")
_ENDS = N_("It ends before it begins.")
_GONE = N_("What you corrected was taken down meanwhile. Your words are still here.")


async def notices_page(request: Request, _member: SignedIn) -> Response:
    """GET: what is announced, planned and over; and the form for more."""
    return await _page(request, request.query_params.get("change", ""))


async def change_notices(request: Request, member: SignedIn) -> Response:
    """POST: announce, correct, or take down. An hour that cannot be is said so; nothing is lost."""
    given, zone = Fields(await read_form(request)), house_of(request).settings.timezone
    try:
        notice = _notice(given, zone)
    except Invalid as invalid:
        said = " ".join(str(why) for why in invalid.details.values())
        mistake = LEAPT if "leaps" in said else _NO_DATE
        return await _page(request, given["id"], given=given, mistake=mistake)
    if given["deed"] == "take_down":
        return await do(request, member, partial(_change, notice), back=PATH, given=given)
    try:
        await house_of(request).db.write(
            lambda tx: _change(notice, tx, tx.session.get_one(Actor, member.actor_id), given)
        )
    except Invalid as invalid:
        mistake = _ENDS if "ends_at" in invalid.details else _TEXT
        return await _page(request, given["id"], given=given, mistake=mistake)
    except Conflict:
        return await _page(request, given["id"], given=given, mistake=CHANGED, status=409)
    except NotFound:
        return await _page(request, "", given=given, mistake=_GONE, status=410)
    return RedirectResponse(f"{PATH}?said=done", 303)


async def _page(
    request: Request,
    wanted: str,
    *,
    given: Fields | None = None,
    mistake: str = "",
    status: int = 422,
) -> Response:
    found, emojis = await house_of(request).db.read(_notices)
    changed = next((one for one in found if str(one.id) == wanted), None)
    if given is None:
        given = (
            Fields({})
            if changed is None
            else _fields_of(changed, ZoneInfo(house_of(request).settings.timezone))
        )
    return show(
        request,
        "announcements",
        status=status if mistake else 200,
        notices=found,
        emojis=emojis,
        changed=changed,
        given=given,
        mistake=mistake,
        seen=digest_of(changed.text) if changed else "",
        stands=changed.text if changed and mistake == CHANGED else "",
    )


def _notices(tx: Tx) -> tuple[Sequence[Announcement], Mapping[str, str]]:
    found = all_announcements(tx)
    words = " ".join(one.text for one in found)
    return found, emojis_shown(tx.here, emojis_in(tx, words))


def _change(notice: Notice, tx: Tx, by: Actor, given: Fields) -> None:
    deed = given["deed"]
    if deed == "announce":
        announce_here(tx, by=by, notice=notice)
        return
    found = need_row(tx, Announcement, parse_id(given["id"]))
    if deed == "correct":
        change_announcement(tx, found, by=by, notice=notice, seen=given["seen"])
    elif deed == "take_down":
        take_down(tx, found, by=by)
    else:
        raise Invalid("there is no such deed")


def _notice(given: Fields, zone: str) -> Notice:
    return Notice(
        given["text"],
        due_at=moment_typed(given["due"], zone, field="date"),
        starts_at=moment_typed(given["starts"], zone, field="date"),
        ends_at=moment_typed(given["ends"], zone, field="date"),
    )


def _fields_of(found: Announcement, zone: ZoneInfo) -> Fields:
    moments = {"due": found.due_at, "starts": found.starts_at, "ends": found.ends_at}
    typed = {
        name: f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"
        for name, at in moments.items()
        if at is not None
    }
    return Fields({"text": found.text, **typed})
