"""What stands in the form where one writes, and what its author wishes for when it is sent."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from microfed.ids import parse_id
from microfed.operations.event_times import moment_at
from microfed.operations.polls import MOST_OPTIONS
from microfed.operations.wishes import Wish
from microfed.queries.sessions import SignedIn
from microfed.queries.uploads import UploadView
from microfed.queries.views import PostView
from microfed.store.circles import Circle
from microfed.vocab.audience import Audience
from microfed.words import LANGUAGES, N_

CHOICES = (
    Audience.LOCAL,
    Audience.RING,
    Audience.FOLLOWERS,
    Audience.PUBLIC,
    Audience.QUIET,
    Audience.PEOPLE,
)
# How long a question stays open, and how people say it.
LASTS = {
    3_600: N_("One hour"),
    21_600: N_("Six hours"),
    86_400: N_("One day"),
    259_200: N_("Three days"),
    604_800: N_("One week"),
    2_592_000: N_("Thirty days"),
}
UNITS = {
    "minutes": N_("minutes"),
    "hours": N_("hours"),
    "days": N_("days"),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form."""

    once: str
    audience: Audience
    audiences: tuple[Audience, ...]
    language: str
    source: str = ""
    warning: str = ""
    uploads: Sequence[UploadView] = ()
    is_sensitive: bool = False
    reminds: bool = False  # that a picture has no description yet
    options: tuple[str, ...] = ("",) * MOST_OPTIONS
    lasts: int = 86_400
    is_multiple: bool = False
    hides_totals: bool = False
    later: str = ""
    unit: str = "hours"
    day: str = ""  # and hour, when it is said then: as the browser's fields have them
    hour: str = ""
    draft_id: int | None = None
    quotes: int | None = None  # the id of the post that is quoted
    post_id: int | None = None  # of the post that is being corrected
    circles: tuple[tuple[int, str], ...] = ()  # of its author: number and name
    circle_id: int | None = None  # of the one it is for
    group: str = ""  # the name of the group it is said in
    kept: tuple[tuple[str, str], ...] = ()  # what the form carries for whoever must sign in again

    @property
    def is_poll(self) -> bool:
        """Whether something is asked."""
        return any(self.options)

    @property
    def all_lasts(self) -> Mapping[int, str]:
        """How long a question may stay open."""
        return LASTS

    @property
    def all_units(self) -> Mapping[str, str]:
        """What one counts in until something is said."""
        return UNITS


def blank(
    member: SignedIn,
    *,
    answering: PostView | None = None,
    circles: Iterable[Circle] = (),
    others: Sequence[str] = (),
) -> Typed:
    """Return the empty form: to the neighbours, or to whom the post it answers was for.

    `others` hear the answer too, by name: a conversation of three stays one.
    """
    own = tuple((circle.id, circle.title) for circle in circles)
    usual = member.habits.get("audience")
    audience = Audience(usual) if usual in CHOICES else Audience.LOCAL
    choices: tuple[Audience, ...] = CHOICES
    if answering is not None:
        audience = answering.audience
        if not audience.is_open:
            choices = (audience, Audience.PEOPLE) if audience != Audience.PEOPLE else (audience,)
            own = ()
    return Typed(
        secrets.token_urlsafe(12),
        audience,
        choices,
        member.habits.get("language") or member.language,
        is_sensitive=bool(member.habits.get("sensitive")),
        circles=own,
        source="".join(f"{handle} " for handle in others),
    )


def anonymous(language: str) -> Typed:
    """Return the form of somebody whose session has ended while they wrote."""
    return Typed(secrets.token_urlsafe(12), Audience.LOCAL, CHOICES, language)


def typed_again(
    empty: Typed, given: Mapping[str, str], uploads: Sequence[UploadView] = ()
) -> Typed:
    """Return the form with what was typed in it."""
    audience, circle_id = given.get("audience", ""), circle_in(given)
    unit = given.get("unit", "")
    return replace(
        for_circle(empty, circle_id),
        once=given.get("once") or empty.once,
        audience=Audience(audience) if audience in empty.audiences else empty.audience,
        language=given.get("language", empty.language),
        source=given.get("source", ""),
        warning=given.get("warning", ""),
        uploads=uploads,
        is_sensitive="sensitive" in given,
        options=_options(given),
        lasts=_lasts(given),
        is_multiple="multiple" in given,
        hides_totals="hides" in given,
        later=given.get("later", "")[:5],
        unit=unit if unit in UNITS else "hours",
        day=given.get("day", "")[:10],
        hour=given.get("hour", "")[:5],
        quotes=quotes_in(given),
        group=given.get("group", "")[:300],
        draft_id=draft_of(given),
    )


def typed_from(
    empty: Typed, wish: Wish, *, draft_id: int, uploads: Sequence[UploadView] = ()
) -> Typed:
    """Return the form with what was kept."""
    audience = wish.audience or empty.audience
    options = (*wish.options, *("",) * MOST_OPTIONS)[:MOST_OPTIONS]
    return replace(
        for_circle(empty, wish.circle_id),
        audience=Audience(audience) if audience in empty.audiences else empty.audience,
        language=wish.language or empty.language,
        source=wish.text,
        warning=wish.warning,
        uploads=uploads,
        is_sensitive=wish.is_sensitive,
        options=options,
        lasts=wish.lasts_seconds if wish.lasts_seconds in LASTS else 86_400,
        is_multiple=wish.is_multiple,
        hides_totals=wish.hides_totals,
        quotes=wish.quoted_id,
        group=wish.group,
        draft_id=draft_id,
    )


def wish_in(given: Mapping[str, str], member: SignedIn, media: tuple[int, ...]) -> Wish:
    """Return what the form asks for."""
    audience, language = given.get("audience", ""), given.get("language", "")
    return Wish(
        text=given.get("source", "").strip(),
        warning=given.get("warning", ""),
        is_sensitive="sensitive" in given,
        language=language if language in LANGUAGES else member.language,
        audience=Audience.PUBLIC if given.get("group") else _meant(audience, circle_in(given)),
        circle_id=circle_in(given),
        in_reply_to_id=answers_in(given),
        group=given.get("group", "")[:300],
        quoted_id=quotes_in(given),
        media_ids=media or None,
        options=tuple(option for option in _options(given) if option),
        lasts_seconds=_lasts(given),
        is_multiple="multiple" in given,
        hides_totals="hides" in given,
    )


def for_circle(empty: Typed, circle_id: int | None) -> Typed:
    """Return the form for a circle; one whose name is not known here is chosen all the same, so
    that what was meant for a few is never offered to more."""
    if circle_id is None:
        return empty
    known = empty.circles
    if circle_id not in dict(known):
        known = (*known, (circle_id, ""))
    return replace(empty, circles=known, circle_id=circle_id)


def circle_in(given: Mapping[str, str]) -> int | None:
    """Return the number of the circle that was chosen, if it was one."""
    word, _, number = given.get("audience", "").partition("-")
    return parse_id(number) if word == Audience.CIRCLE.value and number else None


def _meant(audience: str, circle_id: int | None) -> Audience:
    if circle_id is not None or audience == Audience.CIRCLE:
        return Audience.CIRCLE
    return Audience(audience) if audience in CHOICES else Audience.LOCAL


def answers_in(given: Mapping[str, str]) -> int | None:
    """Return the id of the post that is answered."""
    return parse_id(given["answers"]) if given.get("answers") else None


def quotes_in(given: Mapping[str, str]) -> int | None:
    """Return the id of the post that is quoted."""
    return parse_id(given["quotes"]) if given.get("quotes") else None


def draft_of(given: Mapping[str, str]) -> int | None:
    """Return the id of the draft that is being written on."""
    return parse_id(given["draft"]) if given.get("draft") else None


def later_in(given: Mapping[str, str], *, now: datetime, zone: ZoneInfo) -> timedelta | None:
    """Return how much later it is to be said; None: now. What is no number is now, too.

    A day and an hour are meant where the place is. Invalid for a day there is not, an hour the
    clock leaps over, or half of the two.
    """
    day, hour = given.get("day", "").strip(), given.get("hour", "").strip()
    if day or hour:
        meant = moment_at(day, hour, zone.key, field="day")
        return max(meant - now, timedelta(seconds=1))
    text, unit = given.get("later", "").strip(), given.get("unit", "hours")
    if not (text.isascii() and text.isdigit() and unit in UNITS) or len(text) > 4:
        return None
    return timedelta(**{unit: int(text)}) if int(text) else None


def _options(given: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(given.get(f"option{n}", "").strip()[:200] for n in range(MOST_OPTIONS))


def _lasts(given: Mapping[str, str]) -> int:
    text = given.get("lasts", "")
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    return seconds if seconds in LASTS else 86_400
