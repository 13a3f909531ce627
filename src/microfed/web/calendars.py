"""Calendars: events as programs on telephones and desks subscribe to them (iCalendar, RFC 5545)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import NotFound
from microfed.forms import read_form
from microfed.here import Here
from microfed.house import house_of
from microfed.ids import moment_of, parse_id
from microfed.operations.calendar_keys import calendar_token, renew_calendar
from microfed.operations.tokens import hash_of
from microfed.pages import page, words_of
from microfed.placing import look_of
from microfed.queries.events import (
    Entry,
    entries_of,
    event_of,
    fed_publicly,
    fed_to,
    member_of_calendar,
)
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.text import bare_text
from microfed.web.looking import member_of, to_the_door, viewer_of

_STATES = {"confirmed": "CONFIRMED", "tentative": "TENTATIVE", "cancelled": "CANCELLED"}
_REFRESH = timedelta(hours=4)


async def place_calendar(request: Request) -> Response:
    """GET /agenda.ics: what takes place here, said to everyone."""
    house = house_of(request)
    entries = await house.db.read(fed_publicly)
    place = look_of(request).title or house.settings.title
    name = words_of(request).say("Agenda of %(place)s", place=place)
    headers = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"}
    return _file(write_calendar(house.db.here, entries, name=name), headers)


async def event_calendar(request: Request) -> Response:
    """GET /agenda/{id}.ics: one event, for whoever may see it."""
    viewer, id_ = await viewer_of(request), parse_id(request.path_params["id"])

    def work(tx: Tx) -> list[Entry]:
        post = need_visible_post(tx, viewer, id_=id_)
        event = event_of(tx, post.id)
        if event is None or (viewer is None and not post.is_local):
            raise NotFound("this is no event")
        return entries_of(event, post, tx.now)

    house = house_of(request)
    entries = await house.db.read(work)
    body = write_calendar(house.db.here, entries, name=entries[0].event.title)
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{id_}.ics"',
    }
    return _file(body, headers)


async def own_calendar(request: Request) -> Response:
    """GET /agenda/calendar/TOKEN.ics: a member's events; the address is the key."""
    hash_ = hash_of(request.path_params["token"])

    def work(tx: Tx) -> list[Entry]:
        member_id = member_of_calendar(tx, hash_)
        if member_id is None:
            raise NotFound("there is no such calendar")
        return fed_to(tx, member_id)

    house = house_of(request)
    entries = await house.db.read(work)
    place = look_of(request).title or house.settings.title
    name = words_of(request).say("My events in %(place)s", place=place)
    return _file(write_calendar(house.db.here, entries, name=name), {"Cache-Control": "no-store"})


async def calendar_page(request: Request) -> Response:
    """How to have the agenda in one's own calendar."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    house = house_of(request)
    token = await house.db.read(lambda tx: calendar_token(tx, member_id=member.actor_id))
    link = f"{house.db.here.url}/agenda/calendar/{token}.ics" if token else ""
    return page(request, "calendar.html", is_kept=False, link=link)


async def renew(request: Request) -> Response:
    """POST: a secret address, or another one."""
    member = await need_member(request)
    await read_form(request)
    db = house_of(request).db
    await db.write(lambda tx: renew_calendar(tx, member_id=member.actor_id))
    return RedirectResponse("/agenda/calendar", 303)


def write_calendar(here: Here, entries: Sequence[Entry], *, name: str) -> bytes:
    """Return entries as a calendar file. Dates to come of a series keep their ids once made."""
    # 90 ms of every command's start, for the few that ask for a calendar.
    from icalendar import Calendar  # noqa: PLC0415

    calendar = Calendar()
    calendar.add("prodid", f"-//microfed//{here.domain}//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_component(here, entry))
    if any(_has_clock(entry.event.zone) for entry in entries):
        years = [entry.starts_at.year for entry in entries]
        first, last = date(min(years) - 1, 1, 1), date(max(years) + 2, 1, 1)
        calendar.add_missing_timezones(first_date=first, last_date=last)
    written: bytes = calendar.to_ical()
    return written


def _component(here: Here, entry: Entry) -> Any:
    from icalendar import Event as Component  # noqa: PLC0415 - as above

    event, post, clock = entry.event, entry.post, ZoneInfo(entry.event.zone)
    component = Component()
    component.add("uid", _uid(here, entry))
    component.add("dtstamp", _changed(entry))
    component.add("sequence", event.sequence)
    component.add("dtstart", _at(entry.starts_at, clock))
    if entry.ends_at is not None:
        component.add("dtend", _at(entry.ends_at, clock))
    component.add("summary", entry.title)
    if entry.place:
        component.add("location", entry.place)
    words = entry.words or bare_text(post.content)
    page_ = post.url or post.uri
    component.add("description", f"{words}\n\n{page_}".strip())
    component.add("url", page_)
    is_off = event.state == "cancelled" and not entry.is_later
    component.add("status", "CANCELLED" if is_off else _STATES.get(event.state, "CONFIRMED"))
    return component


def _uid(here: Here, entry: Entry) -> str:
    """Return an id that stays: of a date in a series, by its day, before it is made and after."""
    event = entry.event
    if event.series_id is None:
        return f"{event.id}@{here.domain}"
    day = f"{entry.starts_at.astimezone(ZoneInfo(event.zone)):%Y%m%d}"
    return f"{event.series_id}-{day if entry.is_later else event.series_day}@{here.domain}"


def _at(moment: datetime, clock: ZoneInfo) -> datetime:
    return moment.astimezone(clock) if _has_clock(clock.key) else moment


def _has_clock(zone: str) -> bool:
    """Say whether it is a clock on a wall, with summers and winters, rather than an offset."""
    return zone != "UTC" and not zone.startswith("Etc/")


def _changed(entry: Entry) -> datetime:
    return (entry.post.edited_at or moment_of(entry.post.id)).replace(microsecond=0)


def _file(body: bytes, headers: dict[str, str]) -> Response:
    return Response(body, headers=headers, media_type="text/calendar; charset=utf-8")
