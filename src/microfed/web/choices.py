"""What a reader chooses for this browser alone: the language, and light, dark or strong colours."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.forms import read_form, safe_path
from microfed.house import house_of
from microfed.pages import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from microfed.words import LANGUAGES

_ALLOWED = {LANGUAGE_COOKIE: LANGUAGES, THEME_COOKIE: THEMES}

_A_YEAR = 31_536_000


async def choose(request: Request) -> Response:
    """Remember a choice in a cookie, and go back to the page it was made on."""
    given = await read_form(request)
    response = RedirectResponse(safe_path(given.get("back", "/")), 303)
    for cookie in _ALLOWED:
        if cookie in given:
            remember_choice(request, response, cookie, given[cookie])
    return response


def remember_choice(request: Request, response: Response, cookie: str, wished: str) -> None:
    """Keep a choice in this browser; '' is to have made none."""
    is_https = house_of(request).settings.is_https
    if wished in _ALLOWED[cookie]:
        response.set_cookie(
            cookie, wished, max_age=_A_YEAR, httponly=True, samesite="lax", secure=is_https
        )
    elif wished == "":
        response.delete_cookie(cookie, httponly=True, samesite="lax", secure=is_https)
