"""Mutual aid in the browser: the board, writing on it, answering, and saying how it stands."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Invalid, NotFound
from microfed.fetching import carry_out
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.aid import answer_aid, publish_aid, set_state
from microfed.operations.aid_rows import Terms
from microfed.pages import page
from microfed.queries.aid import Wanted, aid_of, board
from microfed.queries.posts import load_posts
from microfed.queries.views import PostView
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_visible_post
from microfed.store.aid import Aid
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.audience import Audience
from microfed.web.looking import member_of, to_the_door, viewer_of
from microfed.web.paging import PAGE, before_of
from microfed.web.typed import blank
from microfed.words import N_

KINDS = {"offer": N_("I offer"), "need": N_("I need")}
CATEGORIES = {
    "gift": N_("Gift"),
    "loan": N_("Loan"),
    "service": N_("Service"),
    "knowledge": N_("Knowledge"),
    "sale": N_("For sale or wanted"),
}
STATES = {
    "open": N_("Open"),
    "under_way": N_("Under way"),
    "done": N_("Done"),
    "expired": N_("Over"),
}
_MISTAKES = {
    "title": N_("Give it a title of 120 characters at most."),
    "place": N_("Say where in 120 characters at most."),
    "words": N_("This is too long: 4,000 characters at most."),
    "until": N_("Choose a day to come, within a year."),
}
_OTHER = N_("Something in this form is not as it should be.")
_NO_ANSWER = N_("Write a few words; what is over or your own cannot be answered.")

Shown = Sequence[tuple[PostView, Aid]]


async def board_page(request: Request) -> Response:
    """Offers and needs that the reader may see, with filters and a search."""
    viewer, before, asked = await viewer_of(request), before_of(request), request.query_params
    wanted = Wanted(*(asked.get(name, "")[:100] for name in ("kind", "category", "state", "words")))

    def work(tx: Tx) -> tuple[Shown, int | None]:
        rows = board(tx, viewer, wanted, before=before, most=PAGE)
        aids = {post.id: aid for post, aid in rows}
        more = rows[-1][0].id if len(rows) == PAGE else None
        posts = load_posts(tx, list(aids), viewer)
        return [(post, aids[post.id]) for post in posts], more

    rows, more = await house_of(request).db.read(work)
    return page(
        request,
        "aid.html",
        is_kept=False,
        rows=rows,
        more=more,
        wanted=wanted,
        kinds=KINDS,
        categories=CATEGORIES,
        states=STATES,
    )


async def new_page(request: Request) -> Response:
    """Show the form for an offer or a need."""
    if await member_of(request) is None:
        return to_the_door(request)
    return await _form(request, Fields({}))


async def publish(request: Request) -> Response:
    """A member offers or needs something: they come to its page, or learn what is amiss."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member = member
    audiences = blank(member).audiences
    try:
        terms = Terms(
            kind=given["kind"],
            category=given["category"],
            title=given["title"],
            words=given["words"],
            place=given["place"],
            until=_end_of(given["until"], house_of(request).settings.timezone),
        )
        if given["audience"] not in audiences:
            raise Invalid("there is no such audience", {"audience": "unknown"})
        audience, language = Audience(given["audience"]), house_of(request).settings.language

        def work(tx: Tx) -> int:
            me = tx.session.get_one(Actor, member.actor_id)
            post = publish_aid(tx, author=me, terms=terms, audience=audience, language=language)
            return post.id

        id_ = await carry_out(house_of(request), work, waits=False)
    except Invalid as invalid:
        found = [word for field, word in _MISTAKES.items() if field in invalid.details]
        return await _form(request, given, mistake=found[0] if found else _OTHER, status=422)
    return RedirectResponse(f"/entraide/{id_}", 303)


async def aid_page(request: Request) -> Response:
    """One offer or need: how it stands, and a way to answer."""
    return await _one(request)


async def do_with_aid(request: Request) -> Response:
    """Its author says how it stands; anyone else answers, in private."""
    member, given = await need_member(request), Fields(await read_form(request))
    id_, deed = parse_id(request.path_params["id"]), given["deed"]

    def work(tx: Tx) -> int:
        me = tx.session.get_one(Actor, member.actor_id)
        post = need_visible_post(tx, member.viewer, id_=id_)
        if deed == "answer":
            return answer_aid(tx, author=me, post=post, words=given["words"]).id
        set_state(tx, author=me, post=post, state=deed)
        return post.id

    try:
        said = await carry_out(house_of(request), work, waits=False)
    except Invalid:
        return await _one(request, mistake=_NO_ANSWER, words=given["words"], status=422)
    return RedirectResponse(f"/posts/{said}" if deed == "answer" else f"/entraide/{id_}", 303)


async def _one(
    request: Request, *, mistake: str = "", words: str = "", status: int = 200
) -> Response:
    viewer, id_ = await viewer_of(request), parse_id(request.path_params["id"])
    post, aid = await house_of(request).db.read(lambda tx: _need(tx, viewer, id_))
    return page(
        request,
        "aid_one.html",
        status=status,
        is_kept=False,
        post=post,
        aid=aid,
        mistake=mistake,
        given=words,
        kinds=KINDS,
        categories=CATEGORIES,
        states=STATES,
    )


def _need(tx: Tx, viewer: Viewer | None, id_: int) -> tuple[PostView, Aid]:
    post = need_visible_post(tx, viewer, id_=id_)
    aid = aid_of(tx, post.id)
    if aid is None or (viewer is None and not post.is_local):
        raise NotFound("this is neither an offer nor a need")
    return load_posts(tx, [post.id], viewer)[0], aid


async def _form(
    request: Request, given: Fields, *, mistake: str = "", status: int = 200
) -> Response:
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    return page(
        request,
        "aid_new.html",
        status=status,
        is_kept=False,
        given=given,
        mistake=mistake,
        choices=blank(member).audiences,
        kinds=KINDS,
        categories=CATEGORIES,
    )


def _end_of(day: str, zone: str) -> datetime | None:
    """Return when a day is over here. Raises Invalid for what is no day."""
    if not day:
        return None
    try:
        end = datetime.combine(date.fromisoformat(day), time(23, 59), ZoneInfo(zone))
        return end.astimezone(UTC)
    except (ValueError, OverflowError) as why:
        raise Invalid("this is no day", {"until": "no such day"}) from why
