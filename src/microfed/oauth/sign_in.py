"""Signing in with a browser: name and password, maybe a code from a device; and signing out."""

from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import browser_of, find_member, keep_signed_in, session_of, sign_out_browser
from microfed.errors import TooMany, Unauthorized
from microfed.forms import check_origin, read_form, safe_path
from microfed.house import house_of
from microfed.limits import limiter_of
from microfed.operations.appeals import way_to_object
from microfed.operations.sessions import (
    LASTS,
    SECOND_STEP_LASTS,
    Begun,
    begin_session,
    end_session,
    take_second_step,
)
from microfed.operations.tokens import hash_of
from microfed.pages import page
from microfed.passkeys import are_passkeys_there
from microfed.passwords import is_password_aside
from microfed.queries.second_factor import awaited_steps
from microfed.queries.sessions import Login, find_login
from microfed.store.database import Tx
from microfed.words import N_

_WRONG = N_("The name or the password is not right.")
_NOT_YET = N_("You cannot sign in at the moment. Ask those who look after this place.")
_WAITS = N_(
    "You asked to move in, and those who look after this place have not answered yet."
    " Come back in a while."
)
_SHUT_OUT = N_(
    "You cannot sign in for now. The mail we sent you says why, and how to object; or ask those who"
    " look after this place."
)
_WRONG_CODE = N_("This is not the code of the moment. Wait for the next one.")
AGAIN = N_("That took too long, or too many tries. Begin again.")
TOO_MANY = N_("That was a lot in a short time. Wait a few minutes and try once more.")


def to_sign_in(request: Request, *, is_forced: bool = False) -> Response:
    """Send somebody to the sign-in page, and from there back to what they wanted."""
    wanted = [(n, v) for n, v in parse_qsl(request.url.query, True) if n != "force_login"]
    back = f"{request.url.path}?{urlencode(wanted)}" if wanted else request.url.path
    more = {"lang": lang} if (lang := request.query_params.get("lang")) else {}
    if is_forced:
        more["again"] = "1"
    return RedirectResponse(f"/sign-in?{urlencode({'next': back, **more}, quote_via=quote)}", 303)


async def sign_in_page(request: Request) -> Response:
    """GET /sign-in: the form; whoever is signed in goes on, unless they are asked once more."""
    back = safe_path(request.query_params.get("next", "/"))
    if "again" not in request.query_params and await find_member(request) is not None:
        return RedirectResponse(back, 303)
    return sign_in_form(request, back)


async def sign_in(request: Request) -> Response:
    """POST /sign-in: the same words and the same time for a wrong name and a wrong password."""
    house, limiter = house_of(request), limiter_of(request)
    given = await read_form(request)
    back, name = safe_path(given.get("next", "/")), given.get("name", "")[:254]
    try:
        limiter.check(request, "sign_in")
        limiter.check(request, "account", name.strip().lower())
    except TooMany as many:
        return sign_in_form(request, back, name, TOO_MANY, 429, many.retry_after)
    login = await house.db.read(lambda tx: find_login(tx, name))
    password_hash = None if login is None else login.password_hash
    is_right = await is_password_aside(password_hash, given.get("password", ""))
    if not is_right or login is None:
        return sign_in_form(request, back, name, _WRONG, 401)
    if not login.may_enter:
        return await _not_now(request, login, back, name)
    member_id, browser, before = login.member_id, browser_of(request), session_of(request)

    def work(tx: Tx) -> Begun:
        return begin_session(
            tx, member_id=member_id, password_hash=password_hash, browser=browser, before=before
        )

    return begun(request, await house.db.write(work), back)


async def _not_now(request: Request, login: Login, back: str, name: str) -> Response:
    """The password is right, and yet they do not come in: they learn why, and how to object."""
    if not login.is_shut_out:
        return sign_in_form(request, back, name, _WAITS if login.is_waiting else _NOT_YET, 403)
    member_id = login.member_id
    way = await house_of(request).db.write(lambda tx: way_to_object(tx, member_id=member_id))
    if not way:
        return sign_in_form(request, back, name, _SHUT_OUT, 403)
    return RedirectResponse(way, 303, {"Cache-Control": "no-store"})


async def second_step_page(request: Request) -> Response:
    """GET /sign-in/code: the form for the code."""
    return await code_form(request, safe_path(request.query_params.get("next", "/")))


async def second_step(request: Request) -> Response:
    """POST /sign-in/code: the code from the device, or one from the paper."""
    house, token = house_of(request), session_of(request)
    given = await read_form(request)
    back, code = safe_path(given.get("next", "/")), given.get("code", "")[:50]
    try:
        limiter_of(request).check(request, "sign_in")
        taken = await house.db.write(lambda tx: take_second_step(tx, token=token, code=code))
    except TooMany as many:
        return sign_in_form(request, back, "", TOO_MANY, 429, many.retry_after)
    except Unauthorized:
        return sign_in_form(request, back, "", AGAIN, 401)
    if taken is None:
        return await code_form(request, back, _WRONG_CODE, 401)
    return begun(request, taken, back)


async def sign_out_page(request: Request) -> Response:
    """GET /sign-out: a link alone signs nobody out."""
    return page(request, "sign_out.html", is_kept=False)


async def sign_out(request: Request) -> Response:
    """POST /sign-out."""
    check_origin(request)
    house, token = house_of(request), session_of(request)
    if token:
        await house.db.write(lambda tx: end_session(tx, token))
    response = RedirectResponse("/", 303, {"Clear-Site-Data": '"cache", "storage"'})
    sign_out_browser(response, house)
    return response


def begun(request: Request, taken: Begun, back: str) -> Response:
    """Give the browser its session, and send it on: to the second step, or to what was wanted."""
    lasts = SECOND_STEP_LASTS if taken.awaits_second_step else LASTS
    to = f"/sign-in/code?{urlencode({'next': back}, quote_via=quote)}"
    response = RedirectResponse(to if taken.awaits_second_step else back, 303)
    response.headers["Cache-Control"] = "no-store"
    seconds = int(lasts.total_seconds())
    keep_signed_in(response, house_of(request), taken.token, seconds=seconds)
    return response


def sign_in_form(
    request: Request,
    back: str,
    name: str = "",
    mistake: str = "",
    status: int = 200,
    retry_after: int = 0,
) -> Response:
    """Ask for name and password."""
    response = page(
        request,
        "sign_in.html",
        status=status,
        is_kept=False,
        next=back,
        name=name,
        mistake=mistake,
    )
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


async def code_form(request: Request, back: str, mistake: str = "", status: int = 200) -> Response:
    """Ask for the second step: a code, or a passkey where there is one."""
    hash_ = hash_of(session_of(request))
    has_device, has_keys = await house_of(request).db.read(lambda tx: awaited_steps(tx, hash_))
    return page(
        request,
        "second_step.html",
        status=status,
        is_kept=False,
        next=back,
        mistake=mistake,
        has_device=has_device,
        has_keys=has_keys and are_passkeys_there(),
    )
