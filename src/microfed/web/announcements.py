"""Announcements in the browser: what those who look after the place say to all who live here."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Malformed, NotFound
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.announcements import put_away, react, take_reaction_back
from microfed.pages import page
from microfed.queries.announcements import heard_by, need_announcement
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.looking import member_of, to_the_door

PATH = "/announcements"
# They stand on two pages; whoever presses a button stays where they are.
_PAGES = ("/home", PATH)


async def announcements_page(request: Request) -> Response:
    """GET: what holds now, oldest first; what was read too, for it may be looked up again."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    found = await house_of(request).db.read(lambda tx: heard_by(tx, member.actor_id))
    return page(request, "announcements.html", is_kept=False, announced=found)


async def answer_announcement(request: Request) -> Response:
    """POST: it was read, or is thanked for, or not any more. Doing it twice is harmless."""
    member, given = await need_member(request), Fields(await read_form(request))
    id_, deed, name = parse_id(given["id"]), given["deed"], given["name"]

    def work(tx: Tx) -> None:
        found, me = need_announcement(tx, id_), tx.session.get_one(Actor, member.actor_id)
        if deed == "read":
            put_away(tx, found, member=me)
        elif deed == "answer":
            react(tx, found, member=me, name=name)
        elif deed == "take_back":
            take_reaction_back(tx, found, member=me, name=name)
        else:
            raise Malformed("this cannot be done here")

    try:
        await house_of(request).db.write(work)
    except NotFound:
        # Taken down, or taken back, in the meantime: the page shows what holds now.
        return RedirectResponse(PATH, 303)
    return RedirectResponse(given["back"] if given["back"] in _PAGES else PATH, 303)
