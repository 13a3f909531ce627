"""Saying something in the browser: new words, or an answer; now, later, or kept as a draft."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed import clock
from microfed.asking import find_member
from microfed.errors import Forbidden, Invalid, NotFound
from microfed.fetching import carry_out
from microfed.forms import reading_files
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.drafts import drop_draft, keep_draft, need_own_draft
from microfed.operations.post_parts import MOST_MEDIA
from microfed.operations.saying import MOST_CHARACTERS
from microfed.operations.wishes import Wish, plan, say, wish_of
from microfed.queries.posts import load_posts
from microfed.queries.quotes import may_quote
from microfed.queries.sessions import SignedIn
from microfed.queries.views import PostView
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.web import pictures
from microfed.web.looking import member_of, to_the_door
from microfed.web.typed import (
    anonymous,
    draft_of,
    for_circle,
    later_in,
    quotes_in,
    typed_again,
    typed_from,
    wish_in,
)
from microfed.web.writing_form import LONG, NO_QUOTE, again, asked_of, blank_for, form, mistake_in
from microfed.words import N_

_MOST_WITHOUT_SESSION = 200_000
_NOT_IN_GROUP = N_("Only who is in this group speaks in it: join it first, or say it elsewhere.")
_SIGNED_OUT = N_(
    "You are no longer signed in, and nothing is lost. Sign in in another window, come back here,"
    " and say it."
)


async def write_page(request: Request) -> Response:
    """Show the form alone: empty, with a draft, or with what another page brings to share."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    wanted = request.query_params.get("draft")
    if not wanted:
        quotes = quotes_in(request.query_params)
        empty = await blank_for(request, member)
        chosen = request.query_params.get("circle")
        if chosen and parse_id(chosen) in dict(empty.circles):
            empty = for_circle(empty, parse_id(chosen))
        group = request.query_params.get("group", "")[:300]
        draft = replace(empty, source=_shared(request), quotes=quotes, group=group)
        if quotes is None:
            return form(request, draft)
        quoted, may = await _to_quote(request, member, quotes)
        if quoted is None or not may:
            return form(request, replace(draft, quotes=None), status=403, mistake=NO_QUOTE)
        return form(request, draft, quoted=quoted)
    id_ = parse_id(wanted)
    wish = await house_of(request).db.read(
        lambda tx: wish_of(need_own_draft(tx, actor_id=member.actor_id, id_=id_))
    )
    asked = await asked_of(request, member, wish.in_reply_to_id)
    uploads = await pictures.uploads_of(
        house_of(request), owner_id=member.actor_id, ids=wish.media_ids or ()
    )
    empty = await blank_for(request, member, asked)
    draft = typed_from(empty, wish, draft_id=id_, uploads=uploads)
    answers = None if asked is None else asked.id
    quoted = await asked_of(request, member, draft.quotes)
    return form(request, draft, asked=asked, answers=answers, quoted=quoted)


def _shared(request: Request) -> str:
    """Return the words that another page or program brings, by way of an address."""
    given = [request.query_params.get(name, "") for name in ("title", "text", "url")]
    parts = list(dict.fromkeys(part.strip() for part in given if part.strip()))
    return "\n\n".join(parts).replace("\0", "")[:MOST_CHARACTERS]


async def write(request: Request) -> Response:
    """A member says something: it stands on the page they come to, or they learn what is amiss.

    Whatever was brought with it is shown to them first, once, so that they can describe it.
    """
    member = await find_member(request)
    if member is None:
        return await _signed_out(request)
    house = house_of(request)
    async with reading_files(request, most=pictures.MOST_FORM) as sent:
        given, deed = sent.fields, sent.fields.get("deed", "")
        try:
            media = await house.db.write(
                lambda tx: pictures.note_descriptions(tx, owner_id=member.actor_id, fields=given)
            )
        except Invalid:
            return await again(request, given, pictures.ids_in(given), mistake=pictures.LONG)
        files = [file for name, file in sent.files if name == "files"]
        room = MOST_MEDIA - len(media)
        fresh, notice = await pictures.take_files(
            request, owner_id=member.actor_id, files=files, room=room
        )
    media = [*media, *fresh]
    wish = wish_in(given, member, tuple(media))
    if deed == "keep":
        return await _keep(request, given, member, wish)
    if files or deed in ("add", "look"):
        notice = notice or (pictures.READY if fresh else "")
        return await again(request, given, media, notice=notice, status=200)
    owner, is_asked = member.actor_id, deed != "anyway" and member.habits.get("reminds", True)
    if is_asked and await pictures.lack_words(house, owner_id=owner, ids=media):
        # Gently, and once: the page has a button to say it without.
        return await again(
            request, given, media, notice=pictures.REMINDER, reminds=True, status=200
        )
    try:
        zone = ZoneInfo(house.settings.timezone)
        later = later_in(given, now=clock.now(), zone=zone)
        return await _say(request, given, member, wish, later)
    except Invalid as invalid:
        if "media_ids" in invalid.details:
            return await again(request, given, media, notice=pictures.STILL)
        mistake = mistake_in(invalid, given)
        return await again(request, given, media, mistake=mistake)
    except (Forbidden, NotFound):
        if not given.get("group"):
            raise
        return await again(request, given, media, mistake=_NOT_IN_GROUP, status=403)


async def _say(
    request: Request,
    given: Mapping[str, str],
    member: SignedIn,
    wish: Wish,
    later: timedelta | None,
) -> Response:
    """Say it now or plan it. The form sent twice says it once."""
    once, draft_id = given.get("once") or None, draft_of(given)

    def work(tx: Tx) -> int:
        me = tx.session.get_one(Actor, member.actor_id)
        if draft_id is not None:
            drop_draft(tx, actor_id=me.id, id_=draft_id)
        if later is not None:
            return plan(tx, author=me, wish=wish, due_at=clock.now() + later, key=once).id
        return say(tx, author=me, wish=wish, key=once).id

    id_ = await carry_out(house_of(request), work, waits=False)
    if later is not None:
        where = f"/planned#d{id_}"
    else:
        where = f"/posts/{id_}" if wish.in_reply_to_id else f"/home#p{id_}"
    return _said(request, where, once)


async def _keep(
    request: Request, given: Mapping[str, str], member: SignedIn, wish: Wish
) -> Response:
    """Keep the words for later."""
    draft_id = draft_of(given)

    def work(tx: Tx) -> int:
        me = tx.session.get_one(Actor, member.actor_id)
        return keep_draft(tx, author=me, wish=wish, id_=draft_id).id

    try:
        id_ = await house_of(request).db.write(work)
    except Invalid:
        return await again(request, given, wish.media_ids or (), mistake=LONG)
    return _said(request, f"/planned#d{id_}", given.get("once"))


def _said(request: Request, where: str, once: str | None) -> Response:
    """Go on; the browser learns that what it kept of these words is not needed any more."""
    response = RedirectResponse(where, 303)
    if once is not None and once.isascii() and len(once) < 60:
        secure = house_of(request).settings.is_https
        response.set_cookie("said", once, max_age=120, samesite="lax", secure=secure)
    return response


async def _signed_out(request: Request) -> Response:
    """Give the words back to somebody whose session has ended while they wrote."""
    async with reading_files(request, most=_MOST_WITHOUT_SESSION) as sent:
        given = sent.fields
    request.state.member = None
    empty = anonymous(house_of(request).settings.language)
    kept = tuple(
        (name, value) for name, value in given.items() if name[:1] in "mfx" and name[1:].isdigit()
    )
    answers = given.get("answers") or None
    draft = replace(typed_again(empty, given), kept=kept)
    return form(request, draft, status=401, notice=_SIGNED_OUT, answers=answers)


async def _to_quote(request: Request, member: SignedIn, id_: int) -> tuple[PostView | None, bool]:
    """Return what is to be quoted, and whether its author lets this member."""

    def work(tx: Tx) -> tuple[PostView | None, bool]:
        found = load_posts(tx, [id_], member.viewer)
        if not found:
            return None, False
        post = tx.session.get_one(Post, found[0].id)
        return found[0], may_quote(tx, actor_id=member.actor_id, post=post) != "denied"

    return await house_of(request).db.read(work)
