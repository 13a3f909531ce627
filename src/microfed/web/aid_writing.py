"""Writing on the board of mutual aid: an offer or a need, with pictures, and saying it better."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Invalid, NotFound
from microfed.fetching import carry_out
from microfed.forms import Fields, reading_files
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.aid import edit_aid, publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.once import only_once
from microfed.operations.post_parts import MOST_MEDIA
from microfed.pages import page
from microfed.queries.aid import aid_of
from microfed.queries.sessions import SignedIn
from microfed.queries.uploads import UploadView, uploads_in
from microfed.queries.whole_posts import need_visible_post
from microfed.store.aid import Aid
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.web import pictures
from microfed.web.aid import CATEGORIES, KINDS
from microfed.web.for_whom import own_circles, whom_in
from microfed.web.looking import member_of, to_the_door
from microfed.web.typed import blank
from microfed.web.writing_form import NO_CIRCLE
from microfed.words import N_

_MISTAKES = {
    "title": N_("Give it a title of 120 characters at most."),
    "place": N_("Say where in 120 characters at most."),
    "words": N_("This is too long: 4,000 characters at most."),
    "until": N_("Choose a day to come, within a year."),
    "media_ids": pictures.STILL,
    "circle": NO_CIRCLE,
    "circle_id": NO_CIRCLE,
}
_OTHER = N_("Something in this form is not as it should be.")
_READY = N_("Not on the board yet: here is what you brought. Describe it if you can, then go on.")


@dataclass(frozen=True, slots=True)
class Brought:
    """What the form has besides its words; `post_id` is of the offer that is being corrected."""

    uploads: Sequence[UploadView] = ()
    is_sensitive: bool = False
    reminds: bool = False
    post_id: int | None = None
    told: str = ""  # what is good to know, without being amiss


@dataclass(frozen=True, slots=True)
class Said:
    """A form that came, with the ids of its pictures; `again` is said when it is to be shown."""

    given: Fields
    media: list[int]
    again: str = ""
    mistake: str = ""
    reminds: bool = False


async def new_page(request: Request) -> Response:
    """Show the form for an offer or a need."""
    if await member_of(request) is None:
        return to_the_door(request)
    return await _form(request, Fields({}), Brought())


async def publish(request: Request) -> Response:
    """A member offers or needs something: they come to its page, or learn what is amiss.

    Whatever was brought with it is shown to them first, so that they can describe it.
    """
    member, house = await need_member(request), house_of(request)
    request.state.member = member
    said = await _read(request, member)
    if said.mistake or said.again:
        return await _again(request, member, said)
    given, language = said.given, house.settings.language
    try:
        terms = _terms(given, house.settings.timezone)
        audience, people = whom_in(given, member)

        def work(tx: Tx) -> int:
            me = tx.session.get_one(Actor, member.actor_id)

            def publish() -> int:
                return publish_aid(
                    tx,
                    author=me,
                    terms=terms,
                    audience=audience,
                    people=people,
                    language=language,
                    attachments=tuple(said.media),
                    is_sensitive="sensitive" in given,
                ).id

            words = (terms, given["audience"], *said.media)
            return only_once(tx, author=me, what="aid", words=words, do=publish)

        id_ = await carry_out(house, work, waits=False)
    except Invalid as invalid:
        return await _amiss(request, member, said, invalid)
    return RedirectResponse(f"/entraide/{id_}", 303)


async def edit_page(request: Request) -> Response:
    """Show the form with an offer or a need as it is."""
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    if member is None:
        return to_the_door(request)
    house = house_of(request)
    zone = ZoneInfo(house.settings.timezone)

    def work(tx: Tx) -> tuple[Fields, list[int], bool]:
        post, aid = _own(tx, member, id_)
        words = {name: getattr(aid, name) for name in ("kind", "category", "title", "place")}
        until = "" if aid.until is None else aid.until.astimezone(zone).date().isoformat()
        given = Fields({**words, "words": aid.words, "until": until})
        return given, uploads_in(tx, id_), post.is_sensitive

    given, media, is_sensitive = await house.db.read(work)
    uploads = await pictures.uploads_of(house, owner_id=member.actor_id, ids=media, post_id=id_)
    return await _form(request, given, Brought(uploads, is_sensitive, post_id=id_))


async def edit(request: Request) -> Response:
    """A member says better what they offer or need: it is corrected wherever it went."""
    member, id_ = await need_member(request), parse_id(request.path_params["id"])
    request.state.member = member
    house = house_of(request)
    await house.db.read(lambda tx: _own(tx, member, id_)[0].id)  # others have nothing to bring
    said = await _read(request, member, post_id=id_)
    if said.mistake or said.again:
        return await _again(request, member, said, post_id=id_)
    try:
        terms = _terms(said.given, house.settings.timezone)

        def work(tx: Tx) -> None:
            post, _ = _own(tx, member, id_)
            edit_aid(
                tx,
                author=tx.session.get_one(Actor, member.actor_id),
                post=post,
                terms=terms,
                attachments=tuple(said.media),
                is_sensitive="sensitive" in said.given and bool(said.media),
            )

        await carry_out(house, work, waits=False)
    except Invalid as invalid:
        return await _amiss(request, member, said, invalid, post_id=id_)
    return RedirectResponse(f"/entraide/{id_}", 303)


async def _read(request: Request, member: SignedIn, *, post_id: int | None = None) -> Said:
    """Read the form and keep what was brought; say whether it must be shown once more."""
    house, owner = house_of(request), member.actor_id
    async with reading_files(request, most=pictures.MOST_FORM) as sent:
        given, deed = Fields(sent.fields), sent.fields.get("deed", "")
        try:
            media = await house.db.write(
                lambda tx: pictures.note_descriptions(
                    tx, owner_id=owner, fields=given, post_id=post_id
                )
            )
        except Invalid:
            return Said(given, pictures.ids_in(given), mistake=pictures.LONG)
        files = [file for name, file in sent.files if name == "files"]
        room = MOST_MEDIA - len(media)
        fresh, notice = await pictures.take_files(request, owner_id=owner, files=files, room=room)
    media = [*media, *fresh]
    if files or deed in ("add", "look"):
        return Said(given, media, again=notice or _READY)
    is_asked = post_id is None and deed != "anyway" and member.habits.get("reminds", True)
    if is_asked and await pictures.lack_words(house, owner_id=owner, ids=media):
        return Said(given, media, again=pictures.REMINDER, reminds=True)
    return Said(given, media)


async def _amiss(
    request: Request,
    member: SignedIn,
    said: Said,
    invalid: Invalid,
    *,
    post_id: int | None = None,
) -> Response:
    found = [word for name, word in _MISTAKES.items() if name in invalid.details]
    wrong = Said(said.given, said.media, mistake=found[0] if found else _OTHER)
    return await _again(request, member, wrong, post_id=post_id)


async def _again(
    request: Request, member: SignedIn, said: Said, *, post_id: int | None = None
) -> Response:
    """Show the form with what was typed and brought, and what is amiss."""
    uploads = await pictures.uploads_of(
        house_of(request), owner_id=member.actor_id, ids=said.media, post_id=post_id
    )
    is_broken = any(item.is_broken for item in uploads)
    brought = Brought(
        uploads,
        "sensitive" in said.given,
        said.reminds and not is_broken,
        post_id,
        told=pictures.BROKEN if is_broken else said.again,
    )
    status = 422 if said.mistake else 200
    return await _form(request, said.given, brought, mistake=said.mistake, status=status)


async def _form(
    request: Request, given: Fields, draft: Brought, *, mistake: str = "", status: int = 200
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
        draft=draft,
        mistake=mistake,
        choices=blank(member).audiences,
        circles=await own_circles(request, member),
        kinds=KINDS,
        categories=CATEGORIES,
    )


def _own(tx: Tx, member: SignedIn, id_: int) -> tuple[Post, Aid]:
    """Return someone's own offer or need: for others there is none to correct."""
    post = need_visible_post(tx, member.viewer, id_=id_)
    aid = aid_of(tx, post.id)
    if aid is None or post.actor_id != member.actor_id:
        raise NotFound("there is no such offer of yours")
    return post, aid


def _terms(given: Fields, zone: str) -> Terms:
    return Terms(
        kind=given["kind"],
        category=given["category"],
        title=given["title"],
        words=given["words"],
        place=given["place"],
        until=_end_of(given["until"], zone),
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
