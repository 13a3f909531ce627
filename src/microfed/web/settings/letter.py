"""Whether a member gets the neighbourhood's letter by mail."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Invalid, TooMany
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.operations.letter_readers import end_letter_of, subscribe_member
from microfed.queries.letter import reader_of
from microfed.queries.letters import address_of_member
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.web.settings.door import OFTEN, saved, show
from microfed.words import N_

PATH = "/settings/letter"
_NO_ADDRESS = N_("Tell us your e-mail address first, and the letter can come.")


async def letter_page(request: Request, member: SignedIn) -> Response:
    """GET: whether it comes, and where."""
    return await _page(request, member)


async def change(request: Request, member: SignedIn) -> Response:
    """POST: yes sends a link to their address first; no ends it at once."""
    given, id_ = Fields(await read_form(request)), member.actor_id

    def work(tx: Tx) -> None:
        if given["wish"] == "yes":
            subscribe_member(tx, member_id=id_)
        else:
            end_letter_of(tx, member_id=id_)

    try:
        await house_of(request).db.write(work)
    except Invalid:
        return await _page(request, member, {"email": _NO_ADDRESS})
    except TooMany:
        return await _page(request, member, {"email": OFTEN})
    return saved(PATH)


async def _page(
    request: Request, member: SignedIn, mistakes: dict[str, str] | None = None
) -> Response:
    def work(tx: Tx) -> dict[str, Any]:
        reader = reader_of(tx, member.actor_id)
        state = "" if reader is None else "comes" if reader.confirmed_at else "asked"
        return {"state": state, "address": address_of_member(tx, member.actor_id)}

    house = house_of(request)
    now = await house.db.read(work)
    has_mail = bool(house.settings.smtp_url)
    return show(request, "letter", mistakes=mistakes, has_mail=has_mail, **now)
