"""The first day, in the browser: whoever has the link from the terminal becomes the admin."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import browser_of, keep_signed_in
from microfed.errors import Conflict, Gone, Invalid, Unauthorized
from microfed.forms import read_form
from microfed.house import house_of
from microfed.operations.sessions import LASTS, begin_session
from microfed.operations.setup import check_setup_key, move_in_first
from microfed.pages import LANGUAGE_COOKIE, page, words_of
from microfed.passwords import SHORTEST, hash_password
from microfed.store.database import Tx
from microfed.words import LANGUAGES, N_

_FIELDS = ("name", "display_name", "email", "language")
_NAME = N_("A name has 1 to 30 letters without accents, digits or _, and no spaces.")
_MISTAKES = {
    "name": _NAME,
    "email": N_("This does not look like an e-mail address."),
}
_UNKNOWN = N_("Have another look at this.")
_TAKEN = N_("This name is taken. Choose another one.")
_LONG = N_("Choose a password of at least %(shortest)s characters. Three or four words do well.")
_DIFFER = N_("The two passwords are not the same.")


async def setup_page(request: Request) -> Response:
    """The form for the first member."""
    key = request.query_params.get("key", "")
    try:
        await house_of(request).db.read(lambda tx: check_setup_key(tx, key))
    except Gone:
        return RedirectResponse("/", 303)
    return _form(request, {"key": key, "language": words_of(request).language}, {})


async def set_up(request: Request) -> Response:
    """Somebody filled in the form: they move in, or learn what to mend."""
    house = house_of(request)
    given = await read_form(request)
    given["name"] = given.get("name", "").strip().removeprefix("@").lower()
    key, password = given.get("key", ""), given.get("password", "")
    # Before the hash is made: a wrong key must not cost us 40 ms.
    mistakes = _check(request, given)
    if mistakes:
        await house.db.read(lambda tx: check_setup_key(tx, key))
        return _form(request, given, mistakes)
    password_hash = await asyncio.to_thread(hash_password, password)
    language = given["language"] if given.get("language") in LANGUAGES else "fr"

    def work(tx: Tx) -> tuple[str, str]:
        actor = move_in_first(
            tx,
            key=key,
            name=given["name"],
            password_hash=password_hash,
            display_name=given.get("display_name", "").strip(),
            email=given.get("email", "").strip() or None,
            language=language,
        )
        return actor.username, _session(tx, actor.id, password_hash, browser_of(request))

    try:
        name, session = await house.db.write(work)
    except Invalid as invalid:
        words = words_of(request)
        mistakes = {}
        for field in invalid.details:
            mistake = _MISTAKES.get(field, _UNKNOWN)
            mistakes[field] = words.say(mistake)
        return _form(request, given, mistakes)
    except Conflict:
        return _form(request, given, {"name": words_of(request).say(_TAKEN)})
    response = RedirectResponse(f"/@{name}", 303)
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=31_536_000,
        httponly=True,
        samesite="lax",
        secure=house.settings.is_https,
    )
    if session:
        keep_signed_in(response, house, session, seconds=int(LASTS.total_seconds()))
    return response


def _session(tx: Tx, member_id: int, password_hash: str, browser: str) -> str:
    """Return the token of a session for whoever just moved in."""
    try:
        return begin_session(
            tx, member_id=member_id, password_hash=password_hash, browser=browser
        ).token
    except Unauthorized:
        # The form was sent twice. Whoever has the link alone does not come in as its first user.
        return ""


def _check(request: Request, given: dict[str, str]) -> dict[str, str]:
    """Return what is wrong with the passwords; the rest is for the operation to judge."""
    words, mistakes = words_of(request), {}
    if len(given.get("password", "")) < SHORTEST:
        mistakes["password"] = words.say(_LONG, shortest=SHORTEST)
    elif given.get("password") != given.get("again"):
        mistakes["again"] = words.say(_DIFFER)
    if not given["name"]:
        mistakes["name"] = words.say(_NAME)
    return mistakes


def _form(request: Request, given: dict[str, Any], mistakes: dict[str, str]) -> Response:
    kept = {field: given.get(field, "") for field in _FIELDS}
    return page(
        request,
        "setup.html",
        status=422 if mistakes else 200,
        is_kept=False,
        key=given.get("key", ""),
        given=kept,
        mistakes=mistakes,
        shortest=SHORTEST,
    )
