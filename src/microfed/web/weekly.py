"""The neighbourhood's letter on the web: its issues, a feed, asking for it, and no more of it."""

from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from microfed.bodies import read_body
from microfed.errors import Gone, Invalid, TooMany
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import moment_of
from microfed.limits import limiter_of
from microfed.operations.letter_pages import as_html, title_of
from microfed.operations.letter_readers import confirm_reader, end_letter, is_good, subscribe
from microfed.pages import page, render, words_of
from microfed.queries.letter import Issue, issue, letters, need_letter, schedule_of
from microfed.store.database import Tx
from microfed.web.looking import member_of
from microfed.web.paging import before_of
from microfed.words import N_

_PAGE = 26  # half a year
_NO_ADDRESS = N_("This does not look like an e-mail address.")
_OFTEN = N_("That was a lot in a short time. Wait a few minutes and try once more.")
DAYS = (
    *(N_("on Mondays"), N_("on Tuesdays"), N_("on Wednesdays"), N_("on Thursdays")),
    *(N_("on Fridays"), N_("on Saturdays"), N_("on Sundays")),
)


async def letters_page(request: Request) -> Response:
    """All issues, and a way to ask for the letter."""
    return await _index(request)


async def ask_for_letter(request: Request) -> Response:
    """Somebody asks for the letter: the same answer, whether or not the address is known."""
    await member_of(request)
    given, limiter = Fields(await read_form(request)), limiter_of(request)
    try:
        limiter.check(request, "letter")
    except TooMany as many:
        answer = await _index(request, mistake=_OFTEN, typed=given["email"], status=429)
        answer.headers["Retry-After"] = str(many.retry_after)
        return answer
    language = words_of(request).language
    try:
        await house_of(request).db.write(
            lambda tx: subscribe(tx, address=given["email"], language=language)
        )
    except Invalid:
        return await _index(request, mistake=_NO_ADDRESS, typed=given["email"], status=422)
    return await _index(request, is_asked=True)


async def letter_page(request: Request) -> Response:
    """One issue: what was said to everyone, and for members what is among neighbours too."""
    member, week = await member_of(request), request.path_params["week"]
    # What hangs in the hall is read by everyone: members may look at that part too, to print it.
    is_for_all = member is None or request.query_params.get("for") == "everyone"
    viewer = None if member is None or is_for_all else member.viewer
    read = await house_of(request).db.read(lambda tx: issue(tx, need_letter(tx, week), viewer))
    return page(
        request, "letter.html", is_kept=False, is_for_all=is_for_all, **shown(request, read)
    )


async def feed_of_letters(request: Request) -> Response:
    """The public parts, for feed readers."""
    house, words, zone = house_of(request), words_of(request), zone_of(request)

    def work(tx: Tx) -> list[Issue]:
        return [issue(tx, letter, None) for letter in letters(tx, most=10)]

    issues = await house.db.read(work)
    url = house.db.here.url
    entries = [
        (read, title_of(words, read, zone), as_html(words, read, zone, url=url)) for read in issues
    ]
    body = render(request, "letters.xml", entries=entries, page=f"{url}/lettre")
    headers = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"}
    return Response(body, headers=headers, media_type="application/atom+xml")


async def confirm_page(request: Request) -> Response:
    """GET: a button, for mail programs follow links before people do."""
    return await _link(request, "confirm", is_done=False)


async def confirm(request: Request) -> Response:
    """POST: the letter comes from now on."""
    await read_form(request)
    token = request.path_params["token"]
    try:
        await house_of(request).db.write(lambda tx: confirm_reader(tx, token=token))
    except Gone:
        await member_of(request)
        return page(request, "link_gone.html", status=410, is_kept=False)
    return await _link(request, "confirm", is_done=True)


async def leave_page(request: Request) -> Response:
    """GET: a button; looking at the link ends nothing."""
    return await _link(request, "leave", is_done=False)


async def leave(request: Request) -> Response:
    """POST: no more letters. A mail program may send it for its reader (RFC 8058).

    So it asks for no session and no page of ours before it: whoever has the token may.
    """
    await read_body(request, most=10_000)
    token = request.path_params["token"]
    await house_of(request).db.write(lambda tx: end_letter(tx, token=token))
    return await _link(request, "leave", is_done=True)


def zone_of(request: Request) -> ZoneInfo:
    """Return the time zone of the place."""
    return ZoneInfo(house_of(request).settings.timezone)


def shown(request: Request, read: Issue) -> dict[str, Any]:
    """Return what a page needs to show an issue."""
    words, zone = words_of(request), zone_of(request)
    return {
        "issue": read,
        "title": title_of(words, read, zone),
        "body": as_html(words, read, zone, url=""),
    }


async def _index(
    request: Request,
    *,
    mistake: str = "",
    typed: str = "",
    is_asked: bool = False,
    status: int = 200,
) -> Response:
    await member_of(request)
    before, house, zone = before_of(request), house_of(request), zone_of(request)

    def work(tx: Tx) -> tuple[Any, ...]:
        rows = letters(tx, most=_PAGE, before=before)
        found = [(row.week, moment_of(row.id).astimezone(zone)) for row in rows]
        return found, rows[-1].id if len(rows) == _PAGE else None, schedule_of(tx)

    found, more, schedule = await house.db.read(work)
    return page(
        request,
        "letters.html",
        status=status,
        is_kept=False,
        found=found,
        more=more,
        schedule=schedule,
        days=DAYS,
        mistake=mistake,
        typed=typed,
        is_asked=is_asked,
        has_mail=bool(house.settings.smtp_url),
    )


async def _link(request: Request, deed: str, *, is_done: bool) -> Response:
    await member_of(request)
    token = request.path_params["token"]
    is_worth = is_done or await house_of(request).db.read(lambda tx: is_good(tx, token))
    if deed == "confirm" and not is_worth:
        return page(request, "link_gone.html", status=410, is_kept=False)
    is_ended = deed == "leave" and (is_done or not is_worth)
    return page(
        request,
        "letter_link.html",
        is_kept=False,
        deed=deed,
        is_done=is_done or is_ended,
    )
