"""What lets a telephone keep the place among its apps; and the place's colour, for browsers."""

import json

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import NotFound
from microfed.house import house_of
from microfed.pages import words_of
from microfed.placing import look_of
from microfed.statics import FOR_EVER, static_url
from microfed.web.palette import HEX, shades, style_sheet
from microfed.words import N_

_PAPER, _ACCENT = "#faf6ef", "#9a3b1b"
_WRITE = N_("Write")
_ICONS = (("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any maskable"))


async def manifest(request: Request) -> Response:
    """GET /manifest.webmanifest: what an installed place is called, and what it opens with."""
    look, words = look_of(request), words_of(request)
    place = look.title or house_of(request).settings.title
    said = {
        "id": "/",
        "name": place,
        "short_name": place[:30],
        "lang": words.language,
        "start_url": "/home",
        "scope": "/",
        "display": "standalone",
        "background_color": _PAPER,
        "theme_color": shades(look.accent)[0]["accent"] if look.accent else _ACCENT,
        "icons": [
            {"src": static_url(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in _ICONS
        ],
        "shortcuts": [{"name": words.say(_WRITE), "url": "/write"}],
        # What is shared on the telephone comes to the writing page.
        "share_target": {
            "action": "/share",
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    return Response(
        json.dumps(said, ensure_ascii=False),
        headers=headers,
        media_type="application/manifest+json",
    )


async def accent(request: Request) -> Response:
    """GET /accent/{colour}.css: the shades of a colour; the same for ever."""
    colour = f"#{request.path_params['colour']}"
    if not HEX.fullmatch(colour):
        raise NotFound("there is no such colour")
    headers = {"Cache-Control": FOR_EVER}
    return Response(style_sheet(colour), headers=headers, media_type="text/css")
