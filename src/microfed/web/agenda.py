"""The agenda in the browser: what takes place, one event, and saying whether one comes."""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Invalid, NotFound
from microfed.fetching import carry_out
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.event_answers import answer_event
from microfed.operations.event_rows import is_over
from microfed.pages import page
from microfed.queries.events import (
    MOST,
    Coming,
    Entry,
    agenda,
    answer_by,
    answers_by,
    coming_to,
    dates_of_series,
    event_of,
    later_dates,
)
from microfed.queries.posts import load_posts
from microfed.queries.views import PostView
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.events import Event
from microfed.store.people import Actor
from microfed.web.looking import member_of, viewer_of
from microfed.words import N_

# How an answer stands, as whoever gave it reads it.
STANDS = {
    "going": N_("You come."),
    "maybe": N_("Perhaps you come."),
    "declined": N_("You do not come."),
    "waiting": N_("It is full: you are on the waiting list."),
    "asked": N_("You have asked for a place; its organiser has not answered yet."),
    "refused": N_("Its organiser said no."),
}
# The same of others, for whoever organises it.
OTHERS = {
    "going": N_("comes"),
    "maybe": N_("perhaps"),
    "waiting": N_("waits"),
    "declined": N_("does not come"),
}
_NO_ANSWER = N_("This is over, was called off, or takes no answers here.")
_PAST = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """An event as its page shows it."""

    event: Event
    post: PostView
    coming: Coming
    mine: str
    others: list[Event]
    later: list[datetime]


async def agenda_page(request: Request) -> Response:
    """What takes place, the next first; or what is over."""
    viewer, asked = await viewer_of(request), request.query_params
    is_past, is_here = asked.get("show") == "past", asked.get("where") == "here"
    before = _before(asked.get("before", ""))

    def work(tx: Tx) -> tuple[list[Entry], dict[int, str], dict[int, PostView]]:
        most = _PAST if is_past else MOST
        entries = agenda(tx, viewer, is_past=is_past, is_here=is_here, before=before, most=most)
        ids = list({entry.event.id for entry in entries})
        mine = {} if viewer is None else answers_by(tx, viewer.actor_id, ids)
        return entries, mine, {post.id: post for post in load_posts(tx, ids, viewer)}

    entries, mine, posts = await house_of(request).db.read(work)
    more = int(entries[-1].starts_at.timestamp()) if is_past and len(entries) == _PAST else None
    return page(
        request,
        "agenda.html",
        is_kept=False,
        entries=[entry for entry in entries if entry.event.id in posts],
        mine=mine,
        posts=posts,
        is_past=is_past,
        is_here=is_here,
        more=more,
        stands=STANDS,
    )


async def event_page(request: Request) -> Response:
    """One event. A server or a client that asks for its document is led there."""
    if "activity+json" in request.headers.get("accept", ""):
        id_ = parse_id(request.path_params["id"])
        post = await house_of(request).db.read(lambda tx: need_visible_post(tx, None, id_=id_))
        return RedirectResponse(post.uri, 303)
    return await show_event(request)


async def do_with_event(request: Request) -> Response:
    """A member says whether they come."""
    member, given = await need_member(request), Fields(await read_form(request))
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> None:
        me = tx.session.get_one(Actor, member.actor_id)
        post = need_visible_post(tx, member.viewer, id_=id_)
        answer_event(tx, actor=me, post=post, wish=given["answer"])

    try:
        await carry_out(house_of(request), work, waits=False)
    except Invalid:
        return await show_event(request, mistake=_NO_ANSWER, status=422)
    return RedirectResponse(f"/agenda/{id_}", 303)


async def show_event(
    request: Request,
    *,
    mistake: str = "",
    guest_mistake: str = "",
    given: Fields | None = None,
    is_asked: bool = False,
    status: int = 200,
) -> Response:
    """Show an event, and what was amiss with an answer to it."""
    viewer, id_ = await viewer_of(request), parse_id(request.path_params["id"])
    shown = await house_of(request).db.read(lambda tx: _need(tx, viewer, id_))
    event, member = shown.event, await member_of(request)
    is_open = not is_over(event, datetime.now(UTC)) and event.state != "cancelled"
    return page(
        request,
        "event.html",
        status=status,
        is_kept=False,
        shown=shown,
        event=event,
        post=shown.post,
        coming=shown.coming,
        is_mine=member is not None and member.actor_id == shown.post.author.id,
        is_open=is_open,
        stands=STANDS,
        others=OTHERS,
        mistake=mistake,
        guest_mistake=guest_mistake,
        given=Fields() if given is None else given,
        is_asked=is_asked,
        has_mail=bool(house_of(request).settings.smtp_url),
    )


def need_own_event(tx: Tx, viewer: Viewer, id_: int) -> Event:
    """Return an event of the viewer's own; NotFound for all others."""
    post = need_visible_post(tx, viewer, id_=id_)
    event = event_of(tx, post.id)
    if event is None or not post.is_local or post.actor_id != viewer.actor_id:
        raise NotFound("this is no event of yours")
    return event


def _need(tx: Tx, viewer: Viewer | None, id_: int) -> Shown:
    post = need_visible_post(tx, viewer, id_=id_)
    event = event_of(tx, post.id)
    if event is None or (viewer is None and not post.is_local):
        raise NotFound("this is no event")
    return Shown(
        event,
        load_posts(tx, [post.id], viewer)[0],
        coming_to(tx, event, post, viewer),
        "" if viewer is None else answer_by(tx, event.id, viewer.actor_id),
        dates_of_series(tx, viewer, event),
        [moment for moment in later_dates(event) if moment > tx.now],
    )


def _before(text: str) -> datetime | None:
    if not (text.isascii() and text.isdigit()) or len(text) > 11:
        return None
    return datetime.fromtimestamp(int(text), UTC)
