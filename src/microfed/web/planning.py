"""Planning in the browser: a new event, another hour for it, and calling it off."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Invalid
from microfed.fetching import carry_out
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.event_rows import Plan
from microfed.operations.event_times import EVERY, MOST_DATES, Repeat, moment_at
from microfed.operations.events import cancel_event, edit_event, leave_out, publish_event
from microfed.operations.once import only_once
from microfed.pages import page
from microfed.queries.events import later_dates
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.events import Event
from microfed.store.people import Actor
from microfed.web.agenda import need_own_event
from microfed.web.for_whom import own_circles, whom_in
from microfed.web.looking import member_of, to_the_door
from microfed.web.typed import blank
from microfed.web.writing_form import NO_CIRCLE
from microfed.words import N_

REPEATS = {
    "": N_("Once"),
    "day": N_("Every day"),
    "week": N_("Every week"),
    "month": N_("Every month"),
}
_MISTAKES = {
    "title": N_("Give it a title of 120 characters at most."),
    "place": N_("Say where in 200 characters at most."),
    "words": N_("This is too long: 4,000 characters at most."),
    "starts": N_("It begins on a day and at an hour to come, within two years."),
    "ends": N_("It ends after it begins, within two months."),
    "capacity": N_("Say for how many there is room: one at least."),
    "circle": NO_CIRCLE,
    "circle_id": NO_CIRCLE,
    "every": N_("It begins again before it ends: make it shorter, or repeat it less often."),
    "times": N_("Say how many times, 2 to 52, or until which day; not both."),
    "until": N_("The last day comes after the second date, and there are 52 dates at most."),
}
LEAPT = N_("That hour does not exist on this day: the clocks go forward. Choose another.")
_FULL = N_("More people come already than there would be room for.")
_OVER = N_("This is over or was called off already.")
_OTHER = N_("Something in this form is not as it should be.")


async def new_page(request: Request) -> Response:
    """Show the form for an event."""
    if await member_of(request) is None:
        return to_the_door(request)
    return await _form(request, Fields({}))


async def publish(request: Request) -> Response:
    """A member plans something: they come to its page, or learn what is amiss."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member = member
    settings = house_of(request).settings
    try:
        plan, repeat = _plan_in(given, settings.timezone), _repeat_in(given)
        audience, people = whom_in(given, member)

        def work(tx: Tx) -> int:
            me = tx.session.get_one(Actor, member.actor_id)

            def publish() -> int:
                return publish_event(
                    tx,
                    author=me,
                    plan=plan,
                    audience=audience,
                    language=settings.language,
                    repeat=repeat,
                    people=people,
                ).id

            words = (plan, given["audience"], repeat)
            return only_once(tx, author=me, what="event", words=words, do=publish)

        id_ = await carry_out(house_of(request), work, waits=False)
    except Invalid as invalid:
        return await _form(request, given, mistake=_mistake(invalid), status=422)
    return RedirectResponse(f"/agenda/{id_}", 303)


async def edit_page(request: Request) -> Response:
    """Show the form with what was planned."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    id_ = parse_id(request.path_params["id"])
    event = await house_of(request).db.read(lambda tx: need_own_event(tx, member.viewer, id_))
    return await _form(request, _fields_of(event), kept=event)


async def edit(request: Request) -> Response:
    """A member plans it otherwise."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member = member
    id_ = parse_id(request.path_params["id"])
    kept = await house_of(request).db.read(lambda tx: need_own_event(tx, member.viewer, id_))
    try:
        plan = _plan_in(given, kept.zone)

        def work(tx: Tx) -> None:
            me = tx.session.get_one(Actor, member.actor_id)
            need_own_event(tx, member.viewer, id_)
            post = need_visible_post(tx, member.viewer, id_=id_)
            edit_event(tx, author=me, post=post, plan=plan, and_later="later" in given)

        await carry_out(house_of(request), work, waits=False)
    except Invalid as invalid:
        return await _form(request, given, kept=kept, mistake=_mistake(invalid), status=422)
    return RedirectResponse(f"/agenda/{id_}", 303)


async def cancel_page(request: Request) -> Response:
    """Ask before something is called off."""
    if await member_of(request) is None:
        return to_the_door(request)
    return await _cancelling(request)


async def cancel(request: Request) -> Response:
    """A member calls it off."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member = member
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> None:
        need_own_event(tx, member.viewer, id_)
        me = tx.session.get_one(Actor, member.actor_id)
        post = need_visible_post(tx, member.viewer, id_=id_)
        if given["date"]:
            leave_out(tx, author=me, post=post, moment=_date_in(given["date"]))
        else:
            cancel_event(tx, author=me, post=post, and_later="later" in given)

    try:
        await carry_out(house_of(request), work, waits=False)
    except Invalid:
        return await _cancelling(request, mistake=_OVER, status=422)
    return RedirectResponse(f"/agenda/{id_}", 303)


async def _cancelling(request: Request, *, mistake: str = "", status: int = 200) -> Response:
    member, id_ = await need_member(request), parse_id(request.path_params["id"])
    event = await house_of(request).db.read(lambda tx: need_own_event(tx, member.viewer, id_))
    return page(
        request,
        "event_cancel.html",
        status=status,
        is_kept=False,
        event=event,
        later=later_dates(event),
        mistake=mistake,
    )


async def _form(
    request: Request,
    given: Fields,
    *,
    kept: Event | None = None,
    mistake: str = "",
    status: int = 200,
) -> Response:
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    return page(
        request,
        "event_form.html",
        status=status,
        is_kept=False,
        given=given,
        id=None if kept is None else kept.id,
        clock=house_of(request).settings.timezone if kept is None else kept.zone,
        repeats_on=kept is not None and bool(kept.later),
        mistake=mistake,
        choices=blank(member).audiences,
        circles=await own_circles(request, member),
        repeats=REPEATS,
        most_dates=MOST_DATES,
    )


def _plan_in(given: Fields, zone: str) -> Plan:
    """Return what the form plans; an end with an hour alone is on the same day."""
    ends = None
    if given["end_day"] or given["end_hour"]:
        day = given["end_day"] or given["day"]
        ends = moment_at(day, given["end_hour"], zone, field="ends")
    return Plan(
        title=given["title"],
        starts_at=moment_at(given["day"], given["hour"], zone, field="starts"),
        ends_at=ends,
        zone=zone,
        words=given["words"],
        place=given["place"],
        capacity=_number(given["capacity"], "capacity"),
        takes_mail="takes_mail" in given,
    )


def _repeat_in(given: Fields) -> Repeat | None:
    every = given["every"]
    if every == "":
        return None
    if every not in EVERY:
        raise Invalid("it repeats by day, week or month", {"every": "unknown"})
    try:
        until = date.fromisoformat(given["until"]) if given["until"] else None
    except ValueError:
        raise Invalid("this is no day", {"until": "no such day"}) from None
    return Repeat(every, _number(given["times"], "times"), until)


def _number(text: str, field: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise Invalid("this is no number", {field: "no number"})
    return int(text)


def _date_in(text: str) -> datetime:
    """Return one of the dates that follow, as the page names it: by its second."""
    if not (text.isascii() and text.isdigit()) or len(text) > 11:
        raise Invalid("there is no such date", {"date": "unknown"})
    return datetime.fromtimestamp(int(text), UTC)


def _mistake(invalid: Invalid) -> str:
    said = {str(field): str(why) for field, why in invalid.details.items()}
    if "leaps" in " ".join(said.values()):
        return LEAPT
    if said.get("capacity") == "more people come already":
        return _FULL
    if "deed" in said:
        return _OVER
    return next((_MISTAKES[field] for field in said if field in _MISTAKES), _OTHER)


def _fields_of(event: Event) -> Fields:
    clock = ZoneInfo(event.zone)
    starts, ends = event.starts_at.astimezone(clock), event.ends_at
    fields = {
        "title": event.title,
        "day": f"{starts:%Y-%m-%d}",
        "hour": f"{starts:%H:%M}",
        "place": event.place,
        "words": event.words,
        "capacity": "" if event.capacity is None else str(event.capacity),
    }
    if ends is not None:
        ends = ends.astimezone(clock)
        fields |= {"end_day": f"{ends:%Y-%m-%d}", "end_hour": f"{ends:%H:%M}"}
    if event.takes_mail:
        fields["takes_mail"] = "on"
    return Fields(fields)
