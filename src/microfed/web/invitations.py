"""Invitations in the browser: my links, each with its picture for a telephone."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Forbidden, Invalid, TooMany
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.invitations import (
    MAY_INVITE,
    MOST_DAYS,
    MOST_USES,
    invite,
    link_of,
    send_invitation,
    withdraw,
)
from microfed.pages import page
from microfed.queries.invitations import invitations_of
from microfed.store.database import Tx
from microfed.web.looking import member_of, to_the_door
from microfed.web.squares import square_svg
from microfed.words import N_

PATH = "/invitations"
_WRONG = N_("A link is for 1 to 100 people, and good for 1 to 90 days.")
_NO_ADDRESS = N_("This does not look like an e-mail address.")
_OFTEN = N_("That was a lot in a short time. Wait a few minutes and try once more.")


async def invitations_page(request: Request) -> Response:
    """GET: the links I made, and a form for another."""
    member = await member_of(request)
    return to_the_door(request) if member is None else await _show(request, member.actor_id)


async def change(request: Request) -> Response:
    """POST: make a link, perhaps sent by mail; or withdraw one."""
    member = request.state.member = await need_member(request)
    given, house = Fields(await read_form(request)), house_of(request)
    if given["withdraw"]:
        id_ = parse_id(given["withdraw"])
        await house.db.write(lambda tx: withdraw(tx, inviter_id=member.actor_id, id_=id_))
        return RedirectResponse(PATH, 303)

    def work(tx: Tx) -> None:
        made = invite(
            tx,
            inviter_id=member.actor_id,
            who_may=house.settings.invitations,
            uses=_number(given["uses"]),
            days=_number(given["days"]),
            note=given["note"],
        )
        if given["email"].strip():
            send_invitation(tx, invitation=made, address=given["email"])

    try:
        await house.db.write(work)
    except TooMany:
        return await _show(request, member.actor_id, given, _OFTEN)
    except Invalid as invalid:
        mistake = _NO_ADDRESS if "email" in invalid.details else _WRONG
        return await _show(request, member.actor_id, given, mistake)
    return RedirectResponse(PATH, 303)


async def _show(
    request: Request, member_id: int, given: Fields | None = None, mistake: str = ""
) -> Response:
    house, member = house_of(request), request.state.member
    if member.role not in MAY_INVITE[house.settings.invitations]:
        raise Forbidden("you cannot invite people here")

    def work(tx: Tx) -> list[tuple[object, str]]:
        return [(each, link_of(tx, each)) for each in invitations_of(tx, member_id)]

    found = await house.db.read(work)
    return page(
        request,
        "invitations.html",
        status=422 if mistake else 200,
        is_kept=False,
        mistake=mistake,
        given=given or Fields(uses="1", days="14"),
        lines=[(each, link, square_svg(link)) for each, link in found],
        most_uses=MOST_USES,
        most_days=MOST_DAYS,
    )


def _number(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 0
