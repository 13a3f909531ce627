"""Whoever was shut out reads why, says why that is not right, and sees what became of it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Conflict, Gone, Invalid
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import moment_of
from microfed.limits import limiter_of
from microfed.operations.appeals import LONGEST, appeal_from_outside
from microfed.operations.letter_keys import need_key
from microfed.pages import page
from microfed.queries.letters import address_of_member
from microfed.queries.moderation import shut_out_by
from microfed.store.database import Tx
from microfed.web.looking import member_of
from microfed.words import N_

_EMPTY = N_("Say why, in a sentence or two.")
_GONE = N_(
    "Sign in with your name and password: where you are shut out, you are shown why, and how to"
    " object."
)


async def objection_page(request: Request) -> Response:
    """GET /objection/TOKEN: what was said, and room for an answer; later, what became of it."""
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
    except Conflict:
        # Sent twice, or taken back meanwhile: the page says how it stands.
        return await _page(request)
    except Gone:
        return _gone(request)
    return await _page(request, is_done=True)


async def _page(request: Request, *, mistake: str = "", is_done: bool = False) -> Response:
    token, house = request.path_params["token"], house_of(request)

    def work(tx: Tx) -> dict[str, Any]:
        member_id = need_key(tx, kind="object", token=token).member_id
        strike = shut_out_by(tx, member_id)
        return {
            "strike": strike,
            "since": None if strike is None else moment_of(strike.id),
            "hears": bool(house.settings.smtp_url and address_of_member(tx, member_id)),
        }

    try:
        found = await house.db.read(work)
    except Gone:
        return _gone(request)
    return page(
        request,
        "objection.html",
        status=422 if mistake else 200,
        is_kept=False,
        is_done=is_done,
        mistake=mistake,
        longest=LONGEST,
        **found,
    )


def _gone(request: Request) -> Response:
    return page(request, "link_gone.html", status=410, is_kept=False, advice=_GONE)
