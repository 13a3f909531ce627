"""A member's own balance: what time here and elsewhere came to. No page of anybody else shows it,
and nothing is written down about its being read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed import clock
from microfed.asking import need_member
from microfed.errors import Invalid, Malformed
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.bilan import (
    BROUGHT,
    MOST_MINUTES,
    Account,
    forget_balance,
    strike_out,
    write_down,
)
from microfed.pages import page
from microfed.queries.bilan import PERIODS, Figure, Week, balance
from microfed.store.database import Tx
from microfed.web.looking import member_of, to_the_door
from microfed.words import N_

PATH = "/bilan"
HEIGHT, WIDTH, GAP = 60, 10, 8

COUNTED = {
    "people": N_("People you spoke with, both ways"),
    "answered": N_("Conversations you answered in"),
    "was_answered": N_("Conversations in which you were answered"),
    "helped": N_("Help that came about"),
    "met": N_("Introductions that led somewhere"),
    "shared": N_("Meetings you shared with others"),
}
HOW = {
    "people": N_(
        "You wrote to them or named them, and they did so too: one message each way at least."
    ),
    "answered": N_("You answered somebody at least once; each conversation counts once."),
    "was_answered": N_("Somebody answered what you had said; each conversation counts once."),
    "helped": N_(
        "Offers and needs said to be done: yours that somebody answered, others' that you answered."
    ),
    "met": N_("Somebody brought you together, or you did so for others, and all said yes."),
    "shared": N_(
        "Events that took place: you planned them or said that you come, and somebody else did."
    ),
}
THINGS = {
    "meeting": N_("A meeting"),
    "job": N_("Work"),
    "help": N_("Help"),
    "sale": N_("A sale"),
    "smile": N_("A smile"),
}
SIDES = {"here": N_("Here"), "networks": N_("On the big networks")}
_MISTAKES = {
    "day": N_("Choose a day of the last year."),
    "minutes": N_("Say how many minutes, or what it brought: at most a week's worth."),
    "name": N_("This name is too long: 60 characters at most."),
    "words": N_("This is too long: 500 characters at most."),
    "base": N_("You keep 2,000 lines already: strike out some old ones first."),
}
_OTHER = N_("Something in this form is not as it should be.")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two bars of a plot side by side: minutes here, and on the big networks."""

    x: int
    here: int
    networks: int
    week: Week


@dataclass(frozen=True, slots=True)
class Parts:
    """One bar in three parts, of a hundred: with people here, of the ring, elsewhere."""

    here: float
    ring: float
    elsewhere: float


async def bilan_page(request: Request) -> Response:
    """GET /bilan: counted now, for whoever is signed in, about themselves."""
    return await _show(request, Fields({}))


async def change_bilan(request: Request) -> Response:
    """POST /bilan: write a line, strike one out, or forget them all."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member = member
    owner_id, deed, db = member.actor_id, given["deed"], house_of(request).db
    if deed == "strike":
        id_ = parse_id(given["id"])
        await db.write(lambda tx: strike_out(tx, owner_id=owner_id, id_=id_))
    elif deed == "forget":
        await db.write(lambda tx: forget_balance(tx, owner_id=owner_id))
    elif deed == "write":
        try:
            account = _account(given)

            def work(tx: Tx) -> None:
                write_down(tx, owner_id=owner_id, account=account)

            await db.write(work)
        except Invalid as invalid:
            found = [word for field, word in _MISTAKES.items() if field in invalid.details]
            return await _show(request, given, mistake=found[0] if found else _OTHER, status=422)
    else:
        raise Malformed("this cannot be done with a balance")
    told = "&told=1" if deed == "write" else ""
    return RedirectResponse(f"{PATH}?days={_days(given['days'])}{told}", 303)


async def _show(
    request: Request, given: Fields, *, mistake: str = "", status: int = 200
) -> Response:
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    house = house_of(request)
    days = _days(given["days"] or request.query_params.get("days", ""))
    found = await house.db.read_slowly(lambda tx: balance(tx, member.actor_id, days=days))
    today = clock.now().astimezone(ZoneInfo(house.settings.timezone)).date()
    return page(
        request,
        "bilan.html",
        status=status,
        is_kept=False,
        found=found,
        is_told="told" in request.query_params,
        days=days,
        periods=PERIODS,
        counted=COUNTED,
        how=HOW,
        parts=parts(found.figures),
        pairs=pairs(found.weeks),
        width=len(found.weeks) * (2 * WIDTH + GAP),
        height=HEIGHT,
        bar_width=WIDTH,
        things=THINGS,
        sides=SIDES,
        given=given,
        today=today.isoformat(),
        mistake=mistake,
    )


def parts(figures: Mapping[str, Figure]) -> dict[str, Parts]:
    """Return the bars of what was counted; the longest fills its line."""
    most = max((figure.total for figure in figures.values()), default=0) or 1
    return {
        name: Parts(*(round(100 * n / most, 1) for n in (one.here, one.ring, one.elsewhere)))
        for name, one in figures.items()
    }


def pairs(weeks: Sequence[Week]) -> list[Pair]:
    """Return the bars of the weeks, in the units of the plot; the highest fills it."""
    most = max((max(week.here, week.networks) for week in weeks), default=0) or 1
    return [
        Pair(
            at * (2 * WIDTH + GAP),
            round(week.here / most * (HEIGHT - 4)),
            round(week.networks / most * (HEIGHT - 4)),
            week,
        )
        for at, week in enumerate(weeks)
    ]


def _account(given: Fields) -> Account:
    """Return what the form says. Raises Invalid for what is no day or no number."""
    try:
        day = date.fromisoformat(given["day"])
    except ValueError as why:
        raise Invalid("this is no day", {"day": "no such day"}) from why
    minutes = given["minutes"].strip() or "0"
    if not (minutes.isascii() and minutes.isdigit()) or len(minutes) > len(str(MOST_MINUTES)):
        raise Invalid("this is no number", {"minutes": "no number"})
    return Account(
        day=day,
        side=given["side"],
        minutes=int(minutes),
        name=given["name"],
        brought=tuple(one for one in BROUGHT if f"brought_{one}" in given),
        words=given["words"],
    )


def _days(text: str) -> int:
    return next((days for days in PERIODS if str(days) == text), PERIODS[0])
