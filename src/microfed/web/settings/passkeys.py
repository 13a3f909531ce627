"""Passkeys: a member adds one, sees which there are, and lets one go."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from microfed.errors import Conflict, NotFound
from microfed.forms import read_form
from microfed.house import house_of
from microfed.operations.passkeys import MOST, add_passkey, begin_passkey, drop_passkey
from microfed.pages import words_of
from microfed.passkeys import are_passkeys_there, read_answer
from microfed.placing import look_of
from microfed.queries.second_factor import codes_left, list_passkeys
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.web.settings.browsers import name_of
from microfed.web.settings.door import password_mistake, saved, show
from microfed.words import N_

PATH = "/settings/passkeys"
OPTIONS = PATH + "/options"
_NOT_MADE = N_("The device made no passkey, or it came too late. Try once more.")
_ENOUGH = N_("These are passkeys enough: remove one first.")


async def passkeys_page(request: Request, member: SignedIn) -> Response:
    """GET: the passkeys there are."""
    _need_extra()
    return await _page(request, member, {})


async def passkey_options(request: Request, member: SignedIn) -> Response:
    """POST: what the browser hands to the device, once the password is right."""
    given = await read_form(request)
    _need_extra()
    wrong = await password_mistake(request, member, given.get("password", ""))
    house = house_of(request)
    place = look_of(request).title or house.settings.title

    def work(tx: Tx) -> dict[str, Any]:
        return begin_passkey(
            tx,
            member_id=member.actor_id,
            username=member.username,
            session_id=member.session_id,
            place=place,
        )

    try:
        options = None if wrong else await house.db.write(work)
    except Conflict:
        wrong = _ENOUGH
    headers = {"Cache-Control": "no-store"}
    if wrong:
        return PlainTextResponse(words_of(request).say(wrong), 422, headers)
    return JSONResponse(options, headers=headers)


async def change_passkeys(request: Request, member: SignedIn) -> Response:
    """POST: the device made one; or one is let go, with the password."""
    given = await read_form(request)
    _need_extra()
    house, id_ = house_of(request), member.actor_id
    if given.get("deed") == "drop":
        key = given.get("key", "")
        wrong = await password_mistake(request, member, given.get("password", ""))
        if wrong:
            return await _page(request, member, {"drop-password": wrong})
        number = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0
        await house.db.write(lambda tx: drop_passkey(tx, member_id=id_, id_=number))
        return saved(PATH)
    answer = read_answer(given.get("answer", ""))
    name = given.get("name", "").strip() or name_of(request.headers.get("user-agent", ""))
    codes = await house.db.write(
        lambda tx: add_passkey(
            tx, member_id=id_, session_id=member.session_id, answer=answer, name=name
        )
    )
    if codes is None:
        return await _page(request, member, {"name": _NOT_MADE})
    if codes:
        return show(request, "recovery", codes=codes)
    return RedirectResponse(f"{PATH}?saved=1", 303)


async def _page(request: Request, member: SignedIn, mistakes: dict[str, str]) -> Response:
    id_ = member.actor_id

    def work(tx: Tx) -> dict[str, Any]:
        return {"keys": list_passkeys(tx, id_), "codes": codes_left(tx, id_)}

    found = await house_of(request).db.read(work)
    return show(request, "passkeys", mistakes=mistakes, **found, most=MOST, options=OPTIONS)


def _need_extra() -> None:
    if not are_passkeys_there():
        raise NotFound("there is no such page")
