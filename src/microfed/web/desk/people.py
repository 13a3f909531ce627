"""People at the desk: who waits to be let in, who lives here, and what was done about each."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Conflict, Invalid
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import moment_of, parse_id
from microfed.operations.appeals import answer_appeal, give_way_to_object
from microfed.operations.moderation import ACTIONS, act, give_role, lift
from microfed.operations.newcomers import approve, erase, erasing_asked, reject
from microfed.operations.reset_sign_in import reset_sign_in
from microfed.queries.moderation import (
    PersonRecord,
    Sought,
    journal,
    need_person,
    need_row,
    people_by_id,
    seek_people,
    strikes_of,
)
from microfed.queries.pages import Page
from microfed.queries.second_factor import signs_in_in_two_steps
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.moderation import Strike
from microfed.store.people import Actor
from microfed.web.desk.door import do, show
from microfed.web.paging import before_of
from microfed.words import N_

PATH = "/desk/people"
PAGE = 40
STATES = {
    "pending": N_("Waiting to be let in"),
    "active": N_("Living here"),
    "silenced": N_("Kept quiet"),
    "disabled": N_("Cannot sign in"),
    "suspended": N_("Shut out"),
    "objecting": N_("Objecting to what was done"),
}
ROLES = {"member": N_("Member"), "organiser": N_("Organiser"), "admin": N_("Admin")}
ACTION_WORDS = {
    "warn": N_("Write to them"),
    "mark_sensitive": N_("Veil their pictures"),
    "silence": N_("Keep them quiet: only those who follow them read them"),
    "freeze": N_("Let them sign in no more; what they said stays"),
    "suspend": N_("Shut them out; nothing of them is shown"),
}
DONE_WORDS = {
    "warn": N_("They were written to"),
    "mark_sensitive": N_("Their pictures were veiled"),
    "silence": N_("They were kept quiet"),
    "freeze": N_("They could sign in no more"),
    "suspend": N_("They were shut out"),
}
LIFTED = {
    "mark_sensitive": N_("Show their pictures again"),
    "silence": N_("Let them be heard again"),
    "freeze": N_("Let them sign in again"),
    "suspend": N_("Let them come back"),
}


async def people_page(request: Request, _member: SignedIn) -> Response:
    """GET: people by how they stand, or by the beginning of a name."""
    state = request.query_params.get("state", "active")
    name, before = request.query_params.get("name", "").strip(), before_of(request)
    is_local = "elsewhere" not in request.query_params
    sought = Sought(
        is_local=is_local,
        state=state if state in STATES else None,
        username=name.removeprefix("@") or None,
    )
    page = Page(PAGE, max_id=before)
    found = await house_of(request).db.read(lambda tx: seek_people(tx, sought, page))
    return show(
        request,
        "people",
        people=found,
        state=sought.state or "",
        states=STATES,
        roles=ROLES,
        name=name,
        is_local=is_local,
        next=found[-1].actor.id if len(found) == PAGE else None,
    )


async def person_page(request: Request, member: SignedIn) -> Response:
    """GET: one person, what was done about them, and what can be done."""
    return await _person_page(request, member)


async def _person_page(
    request: Request, member: SignedIn, link: str = "", objection_link: str = ""
) -> Response:
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> dict[str, Any]:
        need_person(tx, id_)
        person = people_by_id(tx, [id_])[id_]
        asked = erasing_asked(tx, person.actor)
        habits = {} if person.member is None else person.member.preferences or {}
        sponsor = habits.get("sponsor")
        return {
            "person": person,
            "strikes": strikes_of(tx, id_),
            "lines": journal(tx, Page(50), target_id=id_),
            "asked": asked,
            "asked_at": None if asked is None else moment_of(asked.id),
            "has_device": signs_in_in_two_steps(tx, id_),
            "reason": habits.get("reason", ""),
            "sponsor": None if sponsor is None else tx.session.get(Actor, int(sponsor)),
        }

    found = await house_of(request).db.read(work)
    return show(
        request,
        "person",
        **found,
        actions=_possible(found["person"], member),
        lifted=_liftable(found["person"]),
        roles=ROLES,
        action_words=ACTION_WORDS,
        done_words=DONE_WORDS,
        is_me=found["person"].actor.id == member.actor_id,
        link=link,
        objection_link=objection_link,
        has_mail=bool(house_of(request).settings.smtp_url),
    )


async def change_person(request: Request, member: SignedIn) -> Response:
    """POST: do something about somebody; `deed` says what."""
    id_ = parse_id(request.path_params["id"])
    given = Fields(await read_form(request))
    links: list[str] = []

    def deed(tx: Tx, by: Actor, given: Fields) -> None:
        if given["deed"] == "reset":
            links[:] = [_reset(tx, by, id_, given)]
        elif given["deed"] == "give_way":
            links[:] = [give_way_to_object(tx, by=by, target=need_person(tx, id_))]
        else:
            _change(tx, by, id_, given)

    answer = await do(request, member, deed, back=f"{PATH}/{id_}", given=given, gone=PATH)
    if links and "by_mail" not in given:
        # Shown this once, in the answer itself: it never stands in an address or a journal.
        is_way = given["deed"] == "give_way"
        return await _person_page(
            request, member, **{"objection_link" if is_way else "link": links[0]}
        )
    return answer


def _reset(tx: Tx, by: Actor, id_: int, given: Fields) -> str:
    return reset_sign_in(
        tx,
        by=by,
        target=need_person(tx, id_),
        drops_device="device" in given,
        by_mail="by_mail" in given,
    )


def _change(tx: Tx, by: Actor, id_: int, given: Fields) -> None:
    target, deed = need_person(tx, id_), given["deed"]
    if deed == "approve":
        approve(tx, by=by, target=target)
    elif deed == "reject":
        reject(tx, by=by, target=target)
    elif deed == "erase":
        erase(tx, by=by, target=target)
    elif deed == "role":
        give_role(tx, by=by, target=target, role=given["role"], seen=given["seen"])
    elif deed in ("grant", "uphold"):
        strike = need_row(tx, Strike, parse_id(given["strike"]), Strike.target_id == id_)
        answer_appeal(tx, by=by, strike=strike, is_granted=deed == "grant")
    elif deed.startswith("lift_"):
        if not lift(tx, by=by, target=target, action=deed.removeprefix("lift_")):
            raise Conflict("this was taken back already, perhaps by somebody else just now")
    elif deed in ACTIONS:
        act(tx, by=by, target=target, action=deed, text=given["text"])
    else:
        raise Invalid("there is no such deed")


def _possible(person: PersonRecord, member: SignedIn) -> list[str]:
    """Return what can be done about somebody as they stand."""
    actor, login = person.actor, person.member
    if actor.id == member.actor_id or actor.gone_at is not None:
        return []
    found = ["warn"] if login is not None else []
    if actor.sensitized_at is None:
        found.append("mark_sensitive")
    if actor.silenced_at is None:
        found.append("silence")
    if login is not None and login.suspended_at is None:
        found.append("freeze")
    if actor.suspended_at is None:
        found.append("suspend")
    return found


def _liftable(person: PersonRecord) -> dict[str, str]:
    actor, login = person.actor, person.member
    stands = {
        "mark_sensitive": actor.sensitized_at is not None,
        "silence": actor.silenced_at is not None and actor.silenced_with is None,
        "freeze": login is not None and login.suspended_at is not None,
        "suspend": actor.suspended_at is not None,
    }
    return {action: word for action, word in LIFTED.items() if stands[action]}
