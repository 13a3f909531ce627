"""Links from our mails: another password for who forgot theirs, an address that is confirmed."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Conflict, Gone, TooMany
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.limits import limiter_of
from microfed.operations.letter_keys import (
    ask_for_reset,
    confirm_address,
    need_key,
    reset_password,
)
from microfed.pages import page
from microfed.passwords import LONGEST, SHORTEST, hash_password_aside
from microfed.queries.sessions import find_login
from microfed.store.database import Tx
from microfed.web.looking import member_of
from microfed.words import N_

_SHORT = N_("Choose a password of at least 10 characters. Three or four words do well.")
_DIFFER = N_("The two passwords are not the same.")
_TOO_MANY = N_("That was a lot in a short time. Wait a few minutes and try once more.")


async def forgotten_page(request: Request) -> Response:
    """GET /forgotten."""
    await member_of(request)
    has_mail = bool(house_of(request).settings.smtp_url)
    return page(request, "forgotten.html", is_kept=False, is_asked=False, has_mail=has_mail)


async def forgotten(request: Request) -> Response:
    """POST /forgotten: the same answer, whether or not there is such an account or address."""
    given, limiter = Fields(await read_form(request)), limiter_of(request)
    name = given["name"].strip().lower()[:254]
    has_mail = bool(house_of(request).settings.smtp_url)
    try:
        limiter.check(request, "reset")
        limiter.check(request, "reset_mail", name)
    except TooMany as many:
        answer = page(
            request,
            "forgotten.html",
            status=429,
            is_kept=False,
            is_asked=False,
            has_mail=has_mail,
            mistake=_TOO_MANY,
        )
        answer.headers["Retry-After"] = str(many.retry_after)
        return answer

    def work(tx: Tx) -> None:
        login = find_login(tx, name)
        ask_for_reset(tx, member_id=None if login is None else login.member_id)

    await house_of(request).db.write(work)
    return page(request, "forgotten.html", is_kept=False, is_asked=True, has_mail=has_mail)


async def reset_page(request: Request) -> Response:
    """GET /reset/TOKEN: only looking uses nothing up, for mail programs look at links too."""
    await member_of(request)
    if not await _is_good(request, "reset"):
        return _gone(request)
    return _reset_form(request)


async def reset(request: Request) -> Response:
    """POST /reset/TOKEN: the new password; then one signs in with it."""
    given, token = Fields(await read_form(request)), request.path_params["token"]
    limiter_of(request).check(request, "reset")
    if not await _is_good(request, "reset"):
        return _gone(request)
    fresh = given["fresh"]
    if not SHORTEST <= len(fresh) <= LONGEST:
        return _reset_form(request, _SHORT)
    if fresh != given["again"]:
        return _reset_form(request, _DIFFER)
    hash_ = await hash_password_aside(fresh)
    try:
        await house_of(request).db.write(
            lambda tx: reset_password(tx, token=token, password_hash=hash_)
        )
    except Gone:
        return _gone(request)
    return RedirectResponse("/sign-in", 303)


async def confirm_page(request: Request) -> Response:
    """GET /confirm/TOKEN: a button, for mail programs follow links before people do."""
    await member_of(request)
    if not await _is_good(request, "confirm"):
        return _gone(request)
    return page(request, "confirm.html", is_kept=False, is_done=False)


async def confirm(request: Request) -> Response:
    """POST /confirm/TOKEN: the address is theirs."""
    await read_form(request)
    limiter_of(request).check(request, "reset")
    token = request.path_params["token"]
    try:
        await house_of(request).db.write(lambda tx: confirm_address(tx, token=token))
    except (Gone, Conflict):
        return _gone(request)
    return page(request, "confirm.html", is_kept=False, is_done=True)


async def _is_good(request: Request, kind: str) -> bool:
    token = request.path_params["token"]
    try:
        await house_of(request).db.read(lambda tx: need_key(tx, kind=kind, token=token))
    except Gone:
        return False
    return True


def _reset_form(request: Request, mistake: str = "") -> Response:
    return page(
        request,
        "reset.html",
        status=422 if mistake else 200,
        is_kept=False,
        mistake=mistake,
        shortest=SHORTEST,
    )


def _gone(request: Request) -> Response:
    return page(request, "link_gone.html", status=410, is_kept=False)
