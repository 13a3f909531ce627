"""Events on the wire: Mobilizon's shape, which Gancio, Friendica and FEP-8a8e share (§3.15)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from microfed.vocab.reading import documents, link, moment, number, types, word

STATES = ("confirmed", "tentative", "cancelled")
JOIN_MODES = ("free", "restricted", "invite", "external")
LONGEST_TITLE = 120
LONGEST_PLACE = 200
_MOST = 10**9
_OF_FEP = {"EventCancelled": "cancelled", "EventTentative": "tentative"}

EVENT_CONTEXT: dict[str, Any] = {
    "ical": "http://www.w3.org/2002/12/cal/ical#",
    "mz": "https://joinmobilizon.org/ns#",
    "pt": "https://joinpeertube.org/ns#",
    "sc": "http://schema.org#",
    "status": "ical:status",
    "timezone": "mz:timezone",
    "joinMode": {"@id": "mz:joinMode", "@type": "mz:joinModeType"},
    "joinModeType": {"@id": "mz:joinModeType", "@type": "rdfs:Class"},
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "anonymousParticipationEnabled": {
        "@id": "mz:anonymousParticipationEnabled",
        "@type": "sc:Boolean",
    },
    "participantCount": {"@id": "mz:participantCount", "@type": "sc:Integer"},
    "maximumAttendeeCapacity": "sc:maximumAttendeeCapacity",
    "remainingAttendeeCapacity": "sc:remainingAttendeeCapacity",
    "repliesModerationOption": "mz:repliesModerationOption",
    "commentsEnabled": "pt:commentsEnabled",
    "category": "sc:category",
    "inLanguage": "sc:inLanguage",
    "isOnline": {"@id": "mz:isOnline", "@type": "sc:Boolean"},
    "PostalAddress": "sc:PostalAddress",
    "address": {"@id": "sc:address", "@type": "sc:PostalAddress"},
    "streetAddress": "sc:streetAddress",
}


@dataclass(frozen=True, slots=True)
class Meeting:
    """An event, as a post carries it; `going` counts who comes, None when its home is silent."""

    title: str
    starts_at: datetime
    ends_at: datetime | None
    zone: str
    place: str
    state: str
    capacity: int | None
    join_mode: str
    page: str | None
    going: int | None
    takes_mail: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """When something happens, and where, in the words of its organiser."""

    starts_at: datetime
    ends_at: datetime | None
    place: str
    starts: str  # as written, with its own offset: nobody comes at a time in UTC


def read_happening(document: Mapping[str, Any]) -> Happening | None:
    """Return when and where an event is, if the document says when."""
    starts = word(document.get("startTime"))
    starts_at = moment(starts)
    if starts is None or starts_at is None:
        return None
    return Happening(starts_at, moment(document.get("endTime")), _place(document), starts)


def read_event(document: Mapping[str, Any]) -> Meeting | None:
    """Return the event in a document; None when it has no name or no beginning.

    An end before the beginning is no end; where no clock is named (Gancio), its offset is one.
    """
    title, happening = _line(document.get("name"), LONGEST_TITLE), read_happening(document)
    if not title or happening is None or not _is_near(happening.starts_at):
        return None
    starts_at, ends_at = happening.starts_at, happening.ends_at
    zone = word(document.get("timezone")) or ""
    capacity = number(document.get("maximumAttendeeCapacity"))
    going = number(document.get("participantCount"))
    mode = word(document.get("joinMode")) or ""
    return Meeting(
        title=title,
        starts_at=starts_at,
        ends_at=ends_at
        if ends_at is not None and starts_at < ends_at and _is_near(ends_at)
        else None,
        zone=zone if is_zone(zone) else _clock_of(happening.starts),
        place=happening.place[:LONGEST_PLACE],
        state=_state(document),
        capacity=capacity if capacity is not None and 0 < capacity < _MOST else None,
        join_mode=mode if mode in JOIN_MODES else "",
        page=link(document.get("externalParticipationUrl")),
        going=going if going is not None and 0 <= going < _MOST else None,
    )


def event_fields(meeting: Meeting, *, starts: str, ends: str | None, line: str) -> dict[str, Any]:
    """Return what an event of ours says besides what every post does.

    `line` tells date and place in plain words: Mastodon shows name and summary, and drops the rest.
    """
    going = meeting.going or 0
    said: dict[str, Any] = {
        "name": meeting.title,
        "summary": line,
        "mediaType": "text/html",
        "startTime": starts,
        "timezone": meeting.zone,
        "status": meeting.state.upper(),
        "ical:status": meeting.state.upper(),
        "joinMode": "free",
        "anonymousParticipationEnabled": meeting.takes_mail,
        "participantCount": going,
        "repliesModerationOption": "allow_all",
        "commentsEnabled": True,
        "category": "MEETING",
        "isOnline": False,
        "draft": False,
    }
    if ends is not None:
        said["endTime"] = ends
    if meeting.capacity is not None:
        said["maximumAttendeeCapacity"] = meeting.capacity
        said["remainingAttendeeCapacity"] = max(0, meeting.capacity - going)
    if meeting.place:
        said["location"] = {
            "type": "Place",
            "name": meeting.place,
            "address": {"type": "PostalAddress", "streetAddress": meeting.place},
        }
    return said


@lru_cache(1_000)
def is_zone(name: str) -> bool:
    """Say whether there is a clock of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # also of a name that no file can have
        return False
    return True


def _clock_of(starts: str) -> str:
    """Return the clock whose hours are as written: "Etc/GMT-1" is an hour before UTC's."""
    offset = datetime.fromisoformat(starts).utcoffset() or timedelta()
    hours, rest = divmod(int(offset.total_seconds()), 3_600)
    name = f"Etc/GMT{-hours:+d}"
    return name if hours and not rest and is_zone(name) else "UTC"


def _is_near(moment: datetime) -> bool:
    """Say whether clocks and calendars can tell a moment, whatever their offset."""
    return 1970 <= moment.year < 3000


def _state(document: Mapping[str, Any]) -> str:
    said = word(document.get("ical:status")) or word(document.get("status")) or ""
    if said.lower() in STATES:
        return said.lower()
    return _OF_FEP.get(word(document.get("eventStatus")) or "", "confirmed")


def _place(document: Mapping[str, Any]) -> str:
    for item in documents(document.get("location")):
        if not {"Place", "VirtualLocation"} & set(types(item)):
            continue
        parts = [word(item.get("name"))]
        address = item.get("address")
        if isinstance(address, str):
            parts.append(address)
        elif isinstance(address, Mapping):
            keys = ("streetAddress", "postalCode", "addressLocality")
            parts += [word(address.get(key)) for key in keys]
        parts.append(word(item.get("url")) if "VirtualLocation" in types(item) else None)
        return ", ".join(dict.fromkeys(part for part in parts if part))[:500]
    return ""


def _line(value: Any, most: int) -> str:
    """Return one line of words, cut where it gets too long."""
    return " ".join((word(value) or "")[: 4 * most].split())[:most]
