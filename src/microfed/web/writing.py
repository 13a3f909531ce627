"""Saying something in the browser: new words, or an answer."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Invalid
from microfed.fetching import carry_out
from microfed.forms import reading_files
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.post_parts import MOST_MEDIA
from microfed.operations.wishes import Wish, say
from microfed.pages import page
from microfed.queries.posts import load_posts
from microfed.queries.sessions import SignedIn
from microfed.queries.uploads import UploadView
from microfed.queries.views import PostView
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.audience import Audience
from microfed.web import pictures
from microfed.web.looking import member_of
from microfed.words import LANGUAGES, N_

CHOICES = (
    Audience.LOCAL,
    Audience.FOLLOWERS,
    Audience.PUBLIC,
    Audience.QUIET,
    Audience.PEOPLE,
)
_EMPTY = N_("There are no words in it yet.")
_LONG = N_("This is too long: 5,000 characters at most.")


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


def blank(member: SignedIn, *, answering: PostView | None = None) -> Typed:
    """Return the empty form: to the neighbours, or to whom the post it answers was for."""
    usual = member.habits.get("audience")
    audience = Audience(usual) if usual in CHOICES else Audience.LOCAL
    choices: tuple[Audience, ...] = CHOICES
    if answering is not None:
        audience = answering.audience
        if not audience.is_open:
            choices = (audience, Audience.PEOPLE) if audience != Audience.PEOPLE else (audience,)
    return Typed(
        secrets.token_urlsafe(12),
        audience,
        choices,
        member.habits.get("language") or member.language,
        is_sensitive=bool(member.habits.get("sensitive")),
    )


async def write(request: Request) -> Response:
    """A member says something: it stands on the page they come to, or they learn what is amiss.

    Whatever was brought with it is shown to them first, once, so that they can describe it.
    """
    member = await need_member(request)
    house = house_of(request)
    async with reading_files(request, most=pictures.MOST_FORM) as sent:
        given, deed = sent.fields, sent.fields.get("deed", "")
        try:
            media = await house.db.write(
                lambda tx: pictures.note_descriptions(tx, owner_id=member.actor_id, fields=given)
            )
        except Invalid:
            return await _again(request, given, pictures.ids_in(given), mistake=pictures.LONG)
        files = [file for name, file in sent.files if name == "files"]
        room = MOST_MEDIA - len(media)
        fresh, notice = await pictures.take_files(
            request, owner_id=member.actor_id, files=files, room=room
        )
    if files or deed in ("add", "look"):
        notice = notice or (pictures.READY if fresh else "")
        return await _again(request, given, [*media, *fresh], notice=notice, status=200)
    owner, is_asked = member.actor_id, deed != "anyway" and member.habits.get("reminds", True)
    if is_asked and await pictures.lack_words(house, owner_id=owner, ids=media):
        # Gently, and once: the page has a button to say it without.
        return await _again(
            request, given, media, notice=pictures.REMINDER, reminds=True, status=200
        )
    wish = _wish(given, member, tuple(media))
    # The form sent twice says it once.
    key = given.get("once") or None

    def work(tx: Tx) -> int:
        return say(tx, author=tx.session.get_one(Actor, member.actor_id), wish=wish, key=key).id

    try:
        id_ = await carry_out(house, work, waits=False)
    except Invalid as invalid:
        if "media_ids" in invalid.details:
            return await _again(request, given, media, notice=pictures.STILL)
        mistake = _LONG if given.get("source", "").strip() else _EMPTY
        return await _again(request, given, media, mistake=mistake)
    return RedirectResponse(f"/posts/{id_}" if wish.in_reply_to_id else f"/home#p{id_}", 303)


def _wish(given: dict[str, str], member: SignedIn, media: tuple[int, ...]) -> Wish:
    """Return what the form asks for."""
    audience, language = given.get("audience", ""), given.get("language", "")
    return Wish(
        text=given.get("source", "").strip(),
        warning=given.get("warning", ""),
        is_sensitive="sensitive" in given,
        language=language if language in LANGUAGES else member.language,
        audience=audience if audience in CHOICES else Audience.LOCAL,
        in_reply_to_id=_answers(given),
        media_ids=media or None,
    )


def _answers(given: dict[str, str]) -> int | None:
    return parse_id(given["answers"]) if given.get("answers") else None


async def _again(
    request: Request,
    given: dict[str, str],
    media: Sequence[int] = (),
    *,
    mistake: str = "",
    notice: str = "",
    reminds: bool = False,
    status: int = 422,
) -> Response:
    """Show the form with what was typed and brought, and what is amiss."""
    member = await member_of(request)
    if member is None:
        return RedirectResponse("/sign-in", 303)
    viewer, house, answers = member.viewer, house_of(request), _answers(given)
    asked = None
    if answers is not None:
        found = await house.db.read(lambda tx: load_posts(tx, [answers], viewer))
        asked = found[0] if found else None
    empty = blank(member, answering=asked)
    audience = given.get("audience", "")
    uploads = await pictures.uploads_of(house, owner_id=member.actor_id, ids=media)
    if any(item.is_broken for item in uploads):
        notice, reminds = pictures.BROKEN, False
    draft = Typed(
        given.get("once") or empty.once,
        Audience(audience) if audience in empty.audiences else empty.audience,
        empty.audiences,
        given.get("language", empty.language),
        given.get("source", ""),
        given.get("warning", ""),
        uploads,
        "sensitive" in given,
        reminds,
    )
    return page(
        request,
        "write.html",
        status=status,
        is_kept=False,
        draft=draft,
        mistake=mistake,
        notice=notice,
        answers=answers,
        asked=asked,
    )
