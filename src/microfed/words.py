"""The words of the pages: in the reader's language, with its dates, plurals and typography."""

import gettext
import io
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_timedelta, get_timezone_location
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup

LANGUAGES = ("fr", "en")
NAMES = {"fr": "Français", "en": "English"}
LOCALES = Path(__file__).parent / "web" / "locale"
# English is what the templates are written in. Its dates are those of Europe.
_REGIONS = {"fr": "fr_FR", "en": "en_GB"}
_NARROW, _FULL = "\u202f", "\u00a0"
_BEFORE = re.compile(r" ([;!?»])")
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)


def N_(message: str) -> str:
    """Mark a message that is translated later, where it is shown."""
    return message


_NOW = N_("just now")
_CLOCK = N_("%(city)s time")


class Words:
    """One language: what the templates ask for every visible word."""

    def __init__(
        self, language: str, catalog: gettext.NullTranslations, zone: str | None = None
    ) -> None:
        self.language = language
        self.zone = zone  # the clock its readers go by; None where nobody knows who reads it
        self._clock: tzinfo = UTC if zone is None else ZoneInfo(zone)
        self._elsewhere: dict[str, Words] = {}
        self.name = NAMES.get(language, language)
        self._catalog = catalog
        self._locale = Locale.parse(_REGIONS.get(language, language))

    def at(self, zone: str) -> "Words":
        """Return this language for those who go by the clock of `zone`."""
        found = self._elsewhere.get(zone)
        if found is None:
            found = self._elsewhere[zone] = type(self)(self.language, self._catalog, zone)
        return found

    def say(self, message: str, **values: Any) -> str:
        """Return `message` in this language; `%(name)s` in it stands for a value."""
        said = self._catalog.gettext(message)
        return said % values if values else said

    def count(self, one: str, many: str, n: int, **values: Any) -> str:
        """Return `one` or `many` as the language counts; `%(n)s` in them is the number."""
        said = self._catalog.ngettext(one, many, n)
        return said % {"n": self.number(n), **values}

    def markup(self, message: str, **values: Any) -> Markup:
        """Return a message that holds tags; its values are escaped, unless they are safe."""
        # The message is ours, from the template or its translation.
        return Markup(self._catalog.gettext(message)) % values  # noqa: S704

    def number(self, n: int) -> str:
        """Return a number as people write it."""
        return str(format_decimal(n, locale=self._locale))

    def ago(self, moment: datetime, now: datetime) -> str:
        """Return how long ago something was, or from the second day on, which day it was."""
        past = now - moment
        if past < _DAY:
            # Nothing is from the future, whatever another server's clock says.
            if past < _MINUTE:
                return self.say(_NOW)
            return _past(self._locale, past // _MINUTE)
        if moment.year == now.year:
            return _date(self._locale, moment.astimezone(self._clock).date(), "d MMMM")
        return self.day(moment)

    def ahead(self, moment: datetime, now: datetime) -> str:
        """Return in how long something will be: "in 3 hours"."""
        left = max(moment - now, timedelta(seconds=1))
        return str(format_timedelta(left, add_direction=True, locale=self._locale, threshold=0.98))

    def day(self, moment: datetime) -> str:
        """Return the date of a moment in full, by the clock its readers go by."""
        return self.date(moment.astimezone(self._clock))

    def date(self, day: datetime) -> str:
        """Return a day in full that is a day wherever one is, and no moment."""
        return _date(self._locale, day.date(), "long")

    def moment(self, moment: datetime) -> str:
        """Return a moment in full, by the clock its readers go by, which is named: a page may be
        read from anywhere."""
        local = moment.astimezone(self._clock)
        clock = _offset(local) if _comes_twice(local) else self.clock(self.zone or "UTC")
        return f"{_date(self._locale, local.date(), 'long')}, {local:%H:%M} ({clock})"

    def span(self, starts: datetime, ends: datetime | None, zone: str) -> str:
        """Return from when until when, by the clock of `zone`: "Monday 1 June 2026, 14:00".

        The clock is named where it may be doubted: it is not that of whoever reads, or nobody knows
        who does; and an hour that comes twice says which it is.
        """
        clock = ZoneInfo(zone)
        first, last = starts.astimezone(clock), ends and ends.astimezone(clock)
        said = f"{self.weekday(first)}, {first:%H:%M}"
        if last is not None and last.date() == first.date():
            said = f"{said}\u2013{last:%H:%M}"
        elif last is not None:
            said = f"{said} \u2013 {self.weekday(last)}, {last:%H:%M}"
        if _comes_twice(first):
            return f"{said} ({_offset(first)})"
        if self.zone is None or first.utcoffset() != starts.astimezone(self._clock).utcoffset():
            return f"{said} ({self.clock(zone)})"
        return said

    def comes_twice(self, moment: datetime, zone: str) -> bool:
        """Say whether the hour of a moment comes twice on the wall there."""
        return _comes_twice(moment.astimezone(ZoneInfo(zone)))

    def clock(self, zone: str) -> str:
        """Return what people call the hours of a zone: "Paris time"; UTC and offsets as such."""
        if zone == "UTC" or zone.startswith("Etc/"):
            return _offset(datetime(2000, 1, 1, tzinfo=ZoneInfo(zone)))
        return self.say(_CLOCK, city=_city(self._locale, zone))

    def weekday(self, moment: datetime) -> str:
        """Return a day with its name: "Saturday 5 December 2026"."""
        said = str(format_date(moment.date(), "EEEE d MMMM y", locale=self._locale))
        return said.replace(" 1 ", " 1er ") if self.language == "fr" else said


# The same moments stand on many pages; without these, dates are a third of what a page costs.
@lru_cache(3_000)
def _past(locale: Locale, minutes: int) -> str:
    past = timedelta(minutes=-minutes)
    return str(format_timedelta(past, add_direction=True, locale=locale, threshold=0.98))


@lru_cache(1_000)
def _date(locale: Locale, day: date, how: Literal["long", "d MMMM"]) -> str:
    said = str(format_date(day, how, locale=locale))
    # French counts the first day of a month, and the first alone, as a rank.
    return f"1er{said[1:]}" if locale.language == "fr" and day.day == 1 else said


@lru_cache(100)
def _city(locale: Locale, zone: str) -> str:
    return str(get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True))


def _comes_twice(local: datetime) -> bool:
    """Say whether an hour on the wall comes twice, because the clocks go back."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _offset(local: datetime) -> str:
    minutes = int((local.utcoffset() or timedelta()) / _MINUTE)
    hours, rest = divmod(abs(minutes), 60)
    sign = "\u2212" if minutes < 0 else "+"
    return f"UTC{sign}{hours}{f':{rest:02}' if rest else ''}" if minutes else "UTC"


@lru_cache(1)
def all_words() -> Mapping[str, Words]:
    """Return every language, read from the catalogs once."""
    return {
        "fr": Words("fr", _translations(LOCALES / "fr" / "LC_MESSAGES" / "microfed.po")),
        "en": Words("en", gettext.NullTranslations()),
    }


def read_catalog(path: Path) -> Catalog:
    """Return a catalog as translators write it."""
    with path.open("rb") as file:
        return read_po(file)


def typeset(text: str) -> str:
    """Return French text with the spaces and the apostrophe that French printers use."""
    text = _BEFORE.sub(rf"{_NARROW}\1", text).replace(" :", f"{_FULL}:")
    return text.replace("« ", f"«{_NARROW}").replace("'", "’")


def choose_language(*, wished: str | None, accepted: str, otherwise: str) -> str:
    """Return the reader's language: what they chose, what their browser says, or ours."""
    if wished in LANGUAGES:
        return wished
    for language in _by_preference(accepted):
        if language in LANGUAGES:
            return language
    return otherwise


def _by_preference(accepted: str) -> Iterable[str]:
    """Return the primary languages of an Accept-Language header, the dearest first."""
    weighed = []
    for item in accepted[:500].split(","):
        tag, _, parameter = item.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            weight = 0.0
        if weight > 0:
            weighed.append((-weight, tag.strip().lower().partition("-")[0]))
    return (tag for _, tag in sorted(weighed, key=lambda pair: pair[0]))


def _translations(path: Path) -> gettext.GNUTranslations:
    """Compile a catalog in memory, so that there is no build step to forget."""
    catalog = read_catalog(path)
    for message in catalog:
        if message.id and isinstance(message.string, str):
            message.string = typeset(message.string)
        elif message.id:
            message.string = tuple(typeset(form) for form in message.string or ())
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
