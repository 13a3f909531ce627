"""Coming in, by an invitation or by asking, in three screens: a name, why one comes, our rules."""

import re
import unicodedata
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import browser_of, keep_signed_in
from microfed.errors import Conflict, Forbidden, Gone, Invalid
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.limits import address_of, limiter_of
from microfed.operations.invitations import OPEN_DOORS, move_in_at_the_door, need_invitation
from microfed.operations.members import NAME
from microfed.operations.sessions import LASTS, begin_session
from microfed.pages import page, words_of
from microfed.passwords import LONGEST, SHORTEST, hash_password_aside
from microfed.queries.invitations import name_of_inviter
from microfed.queries.people import find_local
from microfed.queries.place import registration_mode, rules_in, words_of_the_place
from microfed.store.database import Tx
from microfed.web.looking import member_of
from microfed.words import N_

FIELDS = ("name", "display_name", "email", "reason", "card")
_NAME = N_("A name has 1 to 30 letters without accents, digits or _, and no spaces.")
_PROPOSED = N_("A name is made of small letters, digits and _. Is the one below fine?")
_TAKEN = N_("This name is taken. Choose another one, or sign in if it is yours.")
_EMAIL = N_("This does not look like an e-mail address.")
_SHORT = N_("Choose a password of at least 10 characters. Three or four words do well.")
_DIFFER = N_("The two passwords are not the same.")
_AGREE = N_("Say that you agree with the rules: they hold for all of us.")


async def invited_page(request: Request) -> Response:
    """GET /invite/TOKEN, or /join: who invites, and the first screen."""
    await member_of(request)
    return await _screen(request, 1, Fields())


async def come_in(request: Request) -> Response:
    """POST there: the next screen, or the last step; what was typed is kept."""
    given = Fields(await read_form(request))
    given["name"] = given["name"].strip().removeprefix("@").lower()
    step = given["step"]
    if given["back"] or step not in ("1", "2", "3"):
        return await _screen(request, 2 if given["back"] == "2" else 1, given)
    member = await member_of(request)
    if step == "3" and member is not None and member.username == given["name"]:
        return RedirectResponse("/home", 303)  # they pressed twice, and are in
    mistakes = await _look_at_name(request, given)
    if mistakes or step == "1":
        return await _screen(request, 1 if mistakes else 2, given, mistakes)
    if step == "2":
        return await _screen(request, 3, given)
    password = given["password"]
    if not SHORTEST <= len(password) <= LONGEST:
        mistakes["password"] = _SHORT
    elif password != given["again"]:
        mistakes["again"] = _DIFFER
    if not given["agreed"]:
        mistakes["agreed"] = _AGREE
    return await (_screen(request, 3, given, mistakes) if mistakes else _move_in(request, given))


async def _move_in(request: Request, given: Fields) -> Response:
    house, token = house_of(request), request.path_params.get("token")
    limiter_of(request).check(request, "sign_up")
    hash_, browser = await hash_password_aside(given["password"]), browser_of(request)
    language, address = words_of(request).language, address_of(request)

    def work(tx: Tx) -> str:
        id_, waits = move_in_at_the_door(
            tx,
            token=token,
            name=given["name"],
            display_name=given["display_name"].strip()[:100],
            email=given["email"].strip(),
            password_hash=hash_,
            language=language,
            reason=given["reason"],
            wants_card=bool(given["card"]),
            address=address,
        )
        if waits:
            return ""
        return begin_session(tx, member_id=id_, password_hash=hash_, browser=browser).token

    try:
        session = await house.db.write(work)
    except (Gone, Forbidden):
        return _gone(request)
    except Conflict:
        return await _screen(request, 1, given, {"name": _TAKEN})
    except Invalid as invalid:
        wrong = {"email": _EMAIL} if "email" in invalid.details else {"name": _NAME}
        return await _screen(request, 1, given, wrong)
    if not session:
        return page(request, "invited_waits.html", is_kept=False)
    response = RedirectResponse("/home", 303)
    keep_signed_in(response, house, session, seconds=int(LASTS.total_seconds()))
    return response


async def _look_at_name(request: Request, given: Fields) -> dict[str, str]:
    if NAME.fullmatch(given["name"]) is None:
        proposed = await _proposed(request, given["name"] or given["display_name"])
        given["name"] = proposed or given["name"]
        return {"name": _PROPOSED if proposed else _NAME}
    is_taken = await house_of(request).db.read(lambda tx: find_local(tx, given["name"]) is not None)
    return {"name": _TAKEN} if is_taken else {}


async def _proposed(request: Request, typed: str) -> str:
    """Return a free name made of what somebody is called; nothing where there is none."""
    bare = unicodedata.normalize("NFKD", typed.lower()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", bare).strip("_")[:28]
    if not name:
        return ""
    wished = [name, *(f"{name}{n}" for n in range(2, 10))]

    def work(tx: Tx) -> str:
        return next((one for one in wished if find_local(tx, one) is None), "")

    return await house_of(request).db.read(work)


async def _screen(
    request: Request, step: int, given: Fields, mistakes: dict[str, str] | None = None
) -> Response:
    token, db = request.path_params.get("token"), house_of(request).db
    if token is None and (registration := await db.read(registration_mode)) not in OPEN_DOORS:
        return page(request, "join.html", is_kept=False, registration=registration)

    def work(tx: Tx) -> dict[str, Any]:
        rules = rules_in(words_of_the_place(tx))
        if token is None:
            return {"inviter": "", "note": "", "rules": rules}
        found = need_invitation(tx, token)
        return {"inviter": name_of_inviter(tx, found), "note": found.note, "rules": rules}

    try:
        known = await db.read(work)
    except Gone:
        return _gone(request)
    except Forbidden:
        return _gone(request)
    return page(
        request,
        "invited.html",
        status=422 if mistakes else 200,
        is_kept=False,
        step=step,
        given={field: given[field] for field in FIELDS},
        mistakes=mistakes or {},
        shortest=SHORTEST,
        **known,
    )


def _gone(request: Request) -> Response:
    return page(request, "link_gone.html", status=410, is_kept=False)
