"""How a member reads and writes: language, colours, and whom their words are for at first."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.forms import read_form
from microfed.house import house_of
from microfed.operations.habits import (
    FIRST_AUDIENCES,
    THEMES,
    change_first_audience,
    change_reading,
    change_reminder,
)
from microfed.operations.profiles import QUOTE_POLICIES, VISIBILITIES, change_habits
from microfed.pages import LANGUAGE_COOKIE, THEME_COOKIE, page, words_of
from microfed.passkeys import are_passkeys_there
from microfed.queries.my_settings import load_habits
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Member
from microfed.web.choices import remember_choice
from microfed.web.settings.door import saved, show
from microfed.words import LANGUAGES, N_

READING, POSTING = "/settings/reading", "/settings/posting"
VISIBILITY_WORDS = {
    "public": N_("Everyone"),
    "unlisted": N_("Everyone, quietly"),
    "private": N_("Followers only"),
    "direct": N_("Only the people named"),
}
QUOTE_WORDS = {
    "public": N_("Everyone"),
    "followers": N_("Those who follow me"),
    "nobody": N_("Nobody but me"),
}


async def index_page(request: Request, _member: SignedIn) -> Response:
    """GET /settings: what there is to decide, in plain words."""
    return page(request, "settings/index.html", is_kept=False, has_passkeys=are_passkeys_there())


async def reading_page(request: Request, member: SignedIn) -> Response:
    """GET /settings/reading."""
    return show(
        request,
        "reading",
        language=words_of(request).language,
        chosen=request.cookies.get(THEME_COOKIE) or member.habits.get("theme", ""),
    )


async def change_how_i_read(request: Request, member: SignedIn) -> Response:
    """POST /settings/reading: kept for the member, and for this browser at once."""
    given = await read_form(request)
    language = given.get("language", "")
    language = language if language in LANGUAGES else member.language
    theme = given.get("theme", "")
    theme = theme if theme in THEMES else ""
    await house_of(request).db.write(
        lambda tx: change_reading(tx, member_id=member.actor_id, language=language, theme=theme)
    )
    response = saved(READING)
    remember_choice(request, response, LANGUAGE_COOKIE, language)
    remember_choice(request, response, THEME_COOKIE, theme)
    return response


async def posting_page(request: Request, member: SignedIn) -> Response:
    """GET /settings/posting."""
    habits = await house_of(request).db.read(lambda tx: load_habits(tx, member.actor_id))
    return show(
        request,
        "posting",
        habits=habits,
        first=FIRST_AUDIENCES,
        visibilities=VISIBILITY_WORDS,
        policies=QUOTE_WORDS,
        language=habits.get("language") or member.language,
    )


async def change_how_i_post(request: Request, member: SignedIn) -> Response:
    """POST /settings/posting: what my posts are like unless I say otherwise."""
    given = await read_form(request)

    def work(tx: Tx) -> None:
        if given.get("audience") in FIRST_AUDIENCES:
            change_first_audience(tx, member_id=member.actor_id, audience=given["audience"])
        change_habits(
            tx,
            member=tx.session.get_one(Member, member.actor_id),
            visibility=_one_of(given.get("visibility"), VISIBILITIES),
            quote_policy=_one_of(given.get("quote_policy"), QUOTE_POLICIES),
            language=_one_of(given.get("language"), LANGUAGES),
            is_sensitive="sensitive" in given,
        )
        change_reminder(tx, member_id=member.actor_id, is_wanted="reminds" in given)

    await house_of(request).db.write(work)
    return saved(POSTING)


def _one_of(wished: str | None, known: tuple[str, ...]) -> str | None:
    return wished if wished in known else None
