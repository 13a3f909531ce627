"""When something is: days and hours as people write them, and the dates of what repeats.

Pure: hours are by the clock on the wall there, moments are in UTC.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from microfed.operations.titled import refuse

EVERY = ("day", "week", "month")
MOST_DATES = 52
_STEPS = {"day": timedelta(days=1), "week": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Repeat:
    """How something repeats: so many `times` in all, or as long as it begins by the day `until`."""

    every: str
    times: int | None = None
    until: date | None = None


def moment_at(day: str, hour: str, zone: str, *, field: str) -> datetime:
    """Return the moment of a day and an hour by the clock of `zone`.

    An hour that comes twice, when summer ends, is the first of the two. Raises Invalid with `field`
    for what is no day or no hour, and for an hour that the clock leaps over.
    """
    try:
        local = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour))
    except ValueError:
        refuse(field, "it needs a day and an hour")
    if local.tzinfo is not None:
        refuse(field, "it needs a day and an hour")
    try:
        moment = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        back = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    except OverflowError:
        refuse(field, "it needs a day and an hour")
    if back != local:
        refuse(field, "the clock leaps over this hour")
    return moment


def moment_typed(text: str, zone: str, *, field: str) -> datetime | None:
    """Return the moment of what was typed, as `2026-12-24T18:00`; None where nothing was.

    Raises Invalid as `moment_at` does.
    """
    day, _, hour = text.strip().partition("T")
    return moment_at(day, hour, zone, field=field) if day else None


def dates_of(starts_at: datetime, zone: str, repeat: Repeat) -> list[datetime]:
    """Return when something that repeats begins, the first time included.

    It stays at its hour on the wall; where the clock leaps over that, it is as much later. A month
    that has no such day is left out, as calendars do. Raises Invalid when there are no such dates.
    """
    if repeat.every not in EVERY:
        refuse("every", "it repeats by day, week or month")
    if (repeat.times is None) == (repeat.until is None):
        refuse("times", "say how many times, or until when")
    if repeat.times is not None and not 2 <= repeat.times <= MOST_DATES:
        refuse("times", f"it repeats 2 to {MOST_DATES} times")
    first = starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if repeat.until is not None and repeat.until <= first.date():
        refuse("until", "the last day comes after the first")
    found: list[datetime] = []
    step = 0
    while True:
        local = _nth(first, repeat.every, step)
        step += 1
        if repeat.until is not None and _past(first, repeat, step - 1):
            break
        if local is not None:
            found.append(local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))
        if len(found) == repeat.times:
            break
        if len(found) > MOST_DATES:
            refuse("until", f"it repeats {MOST_DATES} times at most")
    if len(found) < 2:
        refuse("until", "the last day comes after the second date")
    return found


def _nth(first: datetime, every: str, step: int) -> datetime | None:
    if every in _STEPS:
        return first + step * _STEPS[every]
    year, month = divmod(first.year * 12 + first.month - 1 + step, 12)
    if first.day > calendar.monthrange(year, month + 1)[1]:
        return None
    return first.replace(year=year, month=month + 1)


def _past(first: datetime, repeat: Repeat, step: int) -> bool:
    """Say whether the last day has passed at that step, counted from the first of its month."""
    last = repeat.until
    if last is None:
        return False
    if repeat.every != "month":
        return (first + step * _STEPS[repeat.every]).date() > last
    local = _nth(first, "month", step)
    if local is not None:
        return local.date() > last
    begins = _nth(first.replace(day=1), "month", step)
    return begins is not None and begins.date() > last
