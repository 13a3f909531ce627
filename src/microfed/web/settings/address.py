"""Where a member gets mails: an address is theirs once they follow the link sent to it."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Invalid, TooMany
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.operations.letter_keys import ask_to_confirm
from microfed.queries.letters import address_of_member
from microfed.queries.sessions import SignedIn
from microfed.web.settings.door import OFTEN, password_mistake, saved, show
from microfed.words import N_

PATH = "/settings/address"
_WRONG = N_("This does not look like an e-mail address.")


async def address_page(request: Request, member: SignedIn) -> Response:
    """GET /settings/address."""
    known = await house_of(request).db.read(lambda tx: address_of_member(tx, member.actor_id))
    return show(request, "address", known=known, typed="")


async def change(request: Request, member: SignedIn) -> Response:
    """POST /settings/address: a link goes to the new address; until then the old one stays."""
    given, mistakes = Fields(await read_form(request)), dict[str, str]()
    address = given["email"].strip()
    if wrong := await password_mistake(request, member, given["password"]):
        mistakes["password"] = wrong
    else:
        try:
            await house_of(request).db.write(
                lambda tx: ask_to_confirm(tx, member_id=member.actor_id, address=address)
            )
            return saved(PATH)
        except Invalid:
            mistakes["email"] = _WRONG
        except TooMany:
            mistakes["email"] = OFTEN
    known = await house_of(request).db.read(lambda tx: address_of_member(tx, member.actor_id))
    return show(request, "address", mistakes=mistakes, known=known, typed=address)
