"""The second step of signing in: a code from a telephone, set up, written down, turned off."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Conflict, Invalid
from microfed.forms import read_form
from microfed.house import house_of
from microfed.operations.second_factor import (
    confirm_second_factor,
    drop_second_factor,
    start_second_factor,
)
from microfed.passkeys import are_passkeys_there
from microfed.queries.second_factor import Device, find_device, signs_in_in_two_steps
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.web.settings.door import password_mistake, saved, show
from microfed.web.squares import square_svg
from microfed.words import N_

PATH = "/settings/second-step"
_WRONG_CODE = N_("This is not the code of the moment. Wait for the next one.")


async def second_step_page(request: Request, member: SignedIn) -> Response:
    """GET: on, off, or half set up with the picture to read."""
    id_ = member.actor_id

    def work(tx: Tx) -> tuple[Device | None, bool]:
        return find_device(tx, id_), signs_in_in_two_steps(tx, id_)

    device, is_on = await house_of(request).db.read(work)
    return _page(request, member, device, is_on=is_on)


async def change_second_step(request: Request, member: SignedIn) -> Response:
    """POST: begin, confirm with a code, or turn it off."""
    given = await read_form(request)
    deed, house, id_ = given.get("deed"), house_of(request), member.actor_id
    device = await house.db.read(lambda tx: find_device(tx, id_))
    if deed in ("begin", "drop"):
        wrong = await password_mistake(request, member, given.get("password", ""))
        if wrong:
            return _page(request, member, device, {"password": wrong})

    def work(tx: Tx) -> list[str]:
        if deed == "begin":
            start_second_factor(tx, member_id=id_, username=member.username)
        elif deed == "drop":
            drop_second_factor(tx, member_id=id_)
        elif deed == "confirm":
            return confirm_second_factor(tx, member_id=id_, code=given.get("code", "").strip())
        return []

    try:
        codes = await house.db.write(work)
    except Invalid:
        return _page(request, member, device, {"code": _WRONG_CODE})
    except Conflict:  # it was done in another window
        return RedirectResponse(PATH, 303)
    if codes:
        return show(request, "recovery", codes=codes)
    return saved(PATH) if deed == "drop" else RedirectResponse(PATH, 303)


def _page(
    request: Request,
    member: SignedIn,
    device: Device | None,
    mistakes: dict[str, str] | None = None,
    *,
    is_on: bool = False,
) -> Response:
    is_half = device is not None and not device.is_confirmed
    return show(
        request,
        "second_step",
        is_needed=member.role == "admin",
        is_on=is_on,
        has_passkeys=are_passkeys_there(),
        mistakes=mistakes,
        device=device,
        picture=square_svg(device.address) if is_half and device is not None else "",
    )
