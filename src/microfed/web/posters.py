"""A poster for the staircase: the invitation as a square for telephones, and strips to tear off."""

from xml.sax.saxutils import escape

import segno
from starlette.requests import Request
from starlette.responses import Response

from microfed.asking import need_member
from microfed.errors import NotFound
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.invitations import link_of
from microfed.pages import HEADERS, words_of
from microfed.placing import look_of
from microfed.queries.invitations import invitations_of
from microfed.store.database import Tx
from microfed.words import Words

SIZES = {"a4": "210mm", "a5": "148mm"}
STRIPS = 8
_WIDE, _HIGH, _STRIP = 210, 297, 70  # in tenths of what A4 measures in centimetres; A5 is smaller


async def poster(request: Request) -> Response:
    """GET /invitations/{id}/poster-a4.svg: for the one who invites alone."""
    member = await need_member(request)
    id_, size = parse_id(request.path_params["id"]), request.path_params["size"]
    if size not in SIZES:
        raise NotFound("there is no poster of this size")

    def work(tx: Tx) -> tuple[str, str]:
        for one in invitations_of(tx, member.actor_id):
            if one.id == id_:
                return link_of(tx, one), one.note
        raise NotFound("there is no such invitation")

    house = house_of(request)
    link, note = await house.db.read(work)
    place = look_of(request).title or house.settings.title
    drawn = draw_poster(words_of(request), place=place, link=link, note=note, size=size)
    headers = {**HEADERS, "Cache-Control": "no-store"}
    return Response(drawn, 200, headers, "image/svg+xml")


def draw_poster(words: Words, *, place: str, link: str, note: str, size: str) -> str:
    """Return the poster as SVG, on a sheet of this size."""
    middle, wide = _WIDE / 2, _WIDE / STRIPS
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZES[size]}"'
        f' viewBox="0 0 {_WIDE} {_HIGH}" font-family="sans-serif" text-anchor="middle">',
        f"<title>{escape(place)}</title>",
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="#ffffff"/>',
        _text(middle, 30, 15, place[:30], is_bold=True),
        _text(middle, 45, 8, words.say("Neighbours talk here. Come in!")),
        _text(middle, 57, 6, note[:60]),
        _square(link, middle - 62.5, 64, 125),
        _text(middle, 200, 6, words.say("Point your telephone at the square, or go to")),
        _text(middle, 211, 5.5, link, is_bold=True),
    ]
    top = _HIGH - _STRIP
    for n in range(STRIPS):
        left = n * wide
        parts.append(
            f'<path d="M{left} {top}V{_HIGH}" stroke="#666666" stroke-width=".3"'
            ' stroke-dasharray="2 2"/>'
        )
        parts.append(_square(link, left + 2, top + 3, wide - 4))
        at = f"{left + wide / 2 - 4} {top + wide + 2}"
        parts.append(
            f'<g transform="translate({at}) rotate(90)" text-anchor="start">'
            + _text(0, 0, 3.4, place[:22], is_bold=True)
            + _text(0, 5, 1.9, link)
            + "</g>"
        )
    return "".join(parts) + "</svg>"


def _text(x: float, y: float, size: float, said: str, *, is_bold: bool = False) -> str:
    weight = ' font-weight="bold"' if is_bold else ""
    return f'<text x="{x}" y="{y}" font-size="{size}"{weight}>{escape(said)}</text>'


def _square(link: str, x: float, y: float, width: float) -> str:
    matrix = segno.make(link, error="m", micro=False).matrix
    each = width / (len(matrix) + 8)  # a border of four on each side, as telephones need it
    dots = "".join(
        f"M{column + 4} {row + 4}h1v1h-1z"
        for row, line in enumerate(matrix)
        for column, is_dark in enumerate(line)
        if is_dark
    )
    return f'<path transform="translate({x} {y}) scale({each:.4f})" d="{dots}"/>'
