"""The doctor's last round at the desk: what is not as it should be, and how to mend it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.house import house_of
from microfed.keeping.check_up import is_ordered, last_check_up, order_check_up
from microfed.keeping.doctor import last_backup
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.web.desk.door import show
from microfed.words import N_

PATH = "/desk/check-up"
# What a finding is about, in the words of who looks after a place.
PARTS = {
    "settings": N_("The settings"),
    "folder": N_("The folder of the data"),
    "database": N_("The database"),
    "clock": N_("The clock"),
    "deliveries": N_("Messages on their way"),
    "received": N_("What came from elsewhere"),
    "storage": N_("Pictures and films"),
    "backup": N_("The backup"),
    "dns": N_("The name on the net"),
    "tls": N_("The certificate"),
    "proxy": N_("The door to the world"),
    "mail": N_("Mails"),
}


async def check_up_page(request: Request, _member: SignedIn) -> Response:
    """GET: what the last round found."""

    def work(tx: Tx) -> dict[str, Any]:
        return {"last": last_check_up(tx), "is_ordered": is_ordered(tx)}

    house = house_of(request)
    found = await house.db.read(work)
    about = {each.about for each in found["last"].findings} if found["last"] else set()
    well = [word for part, word in PARTS.items() if part not in about]
    return show(
        request,
        "check_up",
        **found,
        parts=PARTS,
        well=well,
        backup_at=last_backup(house.settings),
    )


async def ask_check_up(request: Request, _member: SignedIn) -> Response:
    """POST: have the round walked now."""
    await house_of(request).db.write(order_check_up)
    return RedirectResponse(PATH, 303)
