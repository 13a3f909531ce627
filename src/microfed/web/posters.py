"""A poster for the staircase: the invitation as a square for telephones, and strips to tear off."""

import asyncio
from xml.sax.saxutils import escape

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
from microfed.web.poster_on_paper import print_poster
from microfed.web.poster_sheet import (
    HIGH,
    SIZES,
    STRIP,
    WIDE,
    Line,
    Square,
    sheet_of,
    step_of,
)
from microfed.web.squares import square_dots
from microfed.words import Words

KINDS = {"svg": "image/svg+xml", "pdf": "application/pdf"}


async def poster(request: Request) -> Response:
    """GET /invitations/{id}/poster-a4.svg or .pdf: for the one who invites alone."""
    member = await need_member(request)
    id_, size = parse_id(request.path_params["id"]), request.path_params["size"]
    kind = request.path_params["kind"]
    if size not in SIZES or kind not in KINDS:
        raise NotFound("there is no poster of this size")

    def work(tx: Tx) -> tuple[str, str]:
        for one in invitations_of(tx, member.actor_id):
            if one.id == id_:
                return link_of(tx, one), one.note
        raise NotFound("there is no such invitation")

    house, words = house_of(request), words_of(request)
    link, note = await house.db.read(work)
    place = look_of(request).title or house.settings.title
    headers = {**HEADERS, "Cache-Control": "no-store"}
    if kind == "svg":
        drawn = draw_poster(words, place=place, link=link, note=note, size=size)
        return Response(drawn, 200, headers, KINDS[kind])
    # Half a second of drawing: nobody else waits for it.
    printed = await asyncio.to_thread(
        print_poster,
        sheet_of(words, place=place, link=link, note=note),
        size=size,
        title=place,
        otherwise=house.db.here.domain,
    )
    headers["Content-Disposition"] = f'inline; filename="poster-{size}.pdf"'
    return Response(printed, 200, headers, KINDS[kind])


def draw_poster(words: Words, *, place: str, link: str, note: str, size: str) -> str:
    """Return the poster as SVG, on a sheet of this size."""
    sheet = sheet_of(words, place=place, link=link, note=note)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZES[size][0]}mm"'
        f' viewBox="0 0 {WIDE} {HIGH}" font-family="sans-serif" text-anchor="middle">',
        f"<title>{escape(place)}</title>",
        f'<rect width="{WIDE}" height="{HIGH}" fill="#ffffff"/>',
        *(_square(square) for square in sheet.squares),
        *(_line(line) for line in sheet.lines),
        *(
            f'<path d="M{left} {HIGH - STRIP}V{HIGH}" stroke="#666666" stroke-width=".3"'
            ' stroke-dasharray="2 2"/>'
            for left in sheet.cuts
        ),
    ]
    return "".join(parts) + "</svg>"


def _line(line: Line) -> str:
    weight = ' font-weight="bold"' if line.is_bold else ""
    at = (
        f'transform="translate({line.x} {line.y}) rotate(90)" text-anchor="start"'
        if line.is_turned
        else f'x="{line.x}" y="{line.y}"'
    )
    return f'<text {at} font-size="{line.size}"{weight}>{escape(line.said)}</text>'


def _square(square: Square) -> str:
    dots = "".join(
        f"M{column + 4} {row + 4}h1v1h-1z"
        for row, line in enumerate(square_dots(square.link))
        for column, is_dark in enumerate(line)
        if is_dark
    )
    at = f"translate({square.x} {square.y}) scale({step_of(square):.4f})"
    return f'<path transform="{at}" d="{dots}"/>'
