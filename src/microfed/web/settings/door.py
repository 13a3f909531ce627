"""The way in to the settings: members alone, and for what counts most their password again."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import TooMany, Unauthorized
from microfed.forms import Fields
from microfed.house import house_of
from microfed.limits import limiter_of
from microfed.pages import page
from microfed.passwords import is_password_aside
from microfed.queries.sessions import SignedIn, find_login
from microfed.web.looking import member_of
from microfed.words import N_

Endpoint = Callable[[Request], Awaitable[Response]]
WRONG = N_("This is not your password.")
OFTEN = N_("That was a lot in a short time. Wait a few minutes and try once more.")


def for_members(answer: Callable[[Request, SignedIn], Awaitable[Response]]) -> Endpoint:
    """Let members in; others are asked to sign in first, and come back."""

    async def endpoint(request: Request) -> Response:
        member = await member_of(request)
        if member is not None:
            return await answer(request, member)
        if request.method == "POST":
            raise Unauthorized("sign in first")
        return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", 303)

    return endpoint


def show(request: Request, template: str, *, mistakes: Any = None, **values: Any) -> Response:
    """Return a page of the settings; after a change it says that it is kept."""
    return page(
        request,
        f"settings/{template}.html",
        status=422 if mistakes else 200,
        is_kept=False,
        mistakes=Fields(mistakes or {}),
        is_saved="saved" in request.query_params,
        **values,
    )


def saved(path: str) -> Response:
    """Go back to a page of the settings, which says that the change is kept."""
    return RedirectResponse(f"{path}?saved=1", 303)


async def password_mistake(request: Request, member: SignedIn, password: str) -> str:
    """Return what is wrong with the password that a member typed once more; empty when right."""
    try:
        limiter_of(request).check(request, "account", member.username)
    except TooMany:
        return OFTEN
    login = await house_of(request).db.read(lambda tx: find_login(tx, member.username))
    known = None if login is None else login.password_hash
    return "" if await is_password_aside(known, password) else WRONG
