"""What a reader chooses for this browser alone: the language, and light or dark."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.forms import read_form, safe_path
from microfed.house import house_of
from microfed.pages import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from microfed.words import LANGUAGES

_A_YEAR = 31_536_000


async def choose(request: Request) -> Response:
    """Remember a choice in a cookie, and go back to the page it was made on."""
    given = await read_form(request)
    response = RedirectResponse(safe_path(given.get("back", "/")), 303)
    is_https = house_of(request).settings.is_https
    for cookie, allowed in ((LANGUAGE_COOKIE, LANGUAGES), (THEME_COOKIE, THEMES)):
        wished = given.get(cookie)
        if wished in allowed:
            response.set_cookie(
                cookie,
                wished,
                max_age=_A_YEAR,
                httponly=True,
                samesite="lax",
                secure=is_https,
            )
        elif wished == "":
            response.delete_cookie(cookie, httponly=True, samesite="lax", secure=is_https)
    return response
