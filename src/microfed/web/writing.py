"""Saying something in the browser: new words, or an answer."""

import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Invalid
from microfed.fetching import carry_out
from microfed.forms import read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.wishes import Wish, say
from microfed.pages import page
from microfed.queries.posts import load_posts
from microfed.queries.sessions import SignedIn
from microfed.queries.views import PostView
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.audience import Audience
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


def blank(member: SignedIn, *, answering: PostView | None = None) -> Typed:
    """Return the empty form: to the neighbours, or to whom the post it answers was for."""
    audience = Audience.LOCAL
    choices: tuple[Audience, ...] = CHOICES
    if answering is not None:
        audience = answering.audience
        if not audience.is_open:
            choices = (audience, Audience.PEOPLE) if audience != Audience.PEOPLE else (audience,)
    return Typed(secrets.token_urlsafe(12), audience, choices, member.language)


async def write(request: Request) -> Response:
    """A member says something: it stands on the page they come to, or they learn what is amiss."""
    member = await need_member(request)
    given = await read_form(request)
    answers = parse_id(given["answers"]) if given.get("answers") else None
    source = given.get("source", "").strip()
    audience = given.get("audience", "")
    language = given.get("language", "")
    wish = Wish(
        text=source,
        warning=given.get("warning", ""),
        language=language if language in LANGUAGES else member.language,
        audience=audience if audience in CHOICES else Audience.LOCAL,
        in_reply_to_id=answers,
    )
    # The form sent twice says it once.
    key = given.get("once") or None

    def work(tx: Tx) -> int:
        return say(tx, author=tx.session.get_one(Actor, member.actor_id), wish=wish, key=key).id

    try:
        id_ = await carry_out(house_of(request), work, waits=False)
    except Invalid:
        return await _again(request, given, answers)
    return RedirectResponse(f"/posts/{id_}" if answers else f"/home#p{id_}", 303)


async def _again(request: Request, given: dict[str, str], answers: int | None) -> Response:
    """Show the form with what was typed, and what is amiss."""
    member = await member_of(request)
    if member is None:
        return RedirectResponse("/sign-in", 303)
    viewer = member.viewer
    asked = None
    if answers is not None:
        found = await house_of(request).db.read(lambda tx: load_posts(tx, [answers], viewer))
        asked = found[0] if found else None
    empty = blank(member, answering=asked)
    audience = given.get("audience", "")
    draft = Typed(
        empty.once,
        Audience(audience) if audience in empty.audiences else empty.audience,
        empty.audiences,
        given.get("language", empty.language),
        given.get("source", ""),
        given.get("warning", ""),
    )
    mistake = _LONG if given.get("source", "").strip() else _EMPTY
    return page(
        request,
        "write.html",
        status=422,
        draft=draft,
        mistake=mistake,
        answers=answers,
        asked=asked,
    )
