"""Whoever was shut out says why that is not right, by the link of their mail."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Gone, Invalid
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.limits import limiter_of
from microfed.operations.handling import appeal_from_outside
from microfed.operations.letter_keys import need_key
from microfed.pages import page
from microfed.queries.moderation import shut_out_by
from microfed.store.database import Tx
from microfed.store.moderation import Strike
from microfed.web.looking import member_of
from microfed.words import N_

_EMPTY = N_("Say why, in a sentence or two.")


async def objection_page(request: Request) -> Response:
    """GET /objection/TOKEN: what was said, and room for an answer."""
    await member_of(request)
    return await _page(request)


async def object_to(request: Request) -> Response:
    """POST /objection/TOKEN: the answer goes to those who look after the place."""
    given, token = Fields(await read_form(request)), request.path_params["token"]
    await member_of(request)
    limiter_of(request).check(request, "reset")
    try:
        await house_of(request).db.write(
            lambda tx: appeal_from_outside(tx, token=token, text=given["text"])
        )
    except Invalid:
        return await _page(request, mistake=_EMPTY)
    except Gone:
        return _gone(request)
    return page(request, "objection.html", is_kept=False, is_done=True)


async def _page(request: Request, mistake: str = "") -> Response:
    token = request.path_params["token"]

    def work(tx: Tx) -> Strike | None:
        return shut_out_by(tx, need_key(tx, kind="object", token=token).member_id)

    try:
        strike = await house_of(request).db.read(work)
    except Gone:
        strike = None
    if strike is None:
        return _gone(request)
    status = 422 if mistake else 200
    return page(
        request,
        "objection.html",
        status=status,
        is_kept=False,
        is_done=False,
        strike=strike,
        mistake=mistake,
    )


def _gone(request: Request) -> Response:
    return page(request, "link_gone.html", status=410, is_kept=False)
