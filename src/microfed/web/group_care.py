"""Looking after a group in the browser: what it is, who comes in, who has to leave, who helps."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Forbidden, Invalid, Malformed, Missing, TooMany
from microfed.fetching import carry_out
from microfed.forms import Fields, read_form, reading_files
from microfed.house import House, house_of
from microfed.ids import parse_id
from microfed.limits import limiter_of
from microfed.media.limits import MOST_AVATAR_BYTES
from microfed.operations.files import Kept
from microfed.operations.group_care import (
    let_back,
    let_in,
    show_out,
    step_down,
    trust,
    turn_away,
)
from microfed.operations.groups import (
    Terms,
    change_group,
    close_group,
    invite,
    need_moderator,
    show_face,
)
from microfed.pages import page
from microfed.queries.groups import (
    invited_into,
    members_of,
    moderators_of,
    need_group,
    shown_out_of,
)
from microfed.queries.pages import Page
from microfed.queries.people import find_by_handle, need_actor_by_id
from microfed.queries.posts import load_people
from microfed.queries.views import PersonView
from microfed.store.database import Tx
from microfed.store.groups import Group
from microfed.store.people import Actor
from microfed.uploading import make_picture, save, workspace
from microfed.vocab.groups import PRIVATE
from microfed.web.groups import MISTAKES, MODES
from microfed.web.looking import member_of, to_the_door
from microfed.words import N_

_MANY = 100
_LAST = N_("Somebody has to look after the group: choose who does, first.")
_CLOSED = "closed"
_MOST_FORM = MOST_AVATAR_BYTES + 200_000
_NO_PICTURE = N_("This is no picture that can be shown here, or it is larger than 8 MB.")

Deed = Callable[[Tx, Group, Actor, Actor, Fields], object]


def _person(tx: Tx, given: Fields) -> Actor:
    return need_actor_by_id(tx, parse_id(given["person"]))


def _change(tx: Tx, group: Group, actor: Actor, me: Actor, given: Fields) -> None:
    terms = Terms(given["title"], given["about"], given.get("mode", group.mode))
    change_group(tx, group=group, actor=actor, by=me, terms=terms)


def _let_in(tx: Tx, group: Group, actor: Actor, me: Actor, given: Fields) -> None:
    let_in(tx, group=actor, by=me, who=_person(tx, given))


def _turn_away(tx: Tx, group: Group, actor: Actor, me: Actor, given: Fields) -> None:
    turn_away(tx, group=actor, by=me, who=_person(tx, given))


def _invite(tx: Tx, group: Group, actor: Actor, me: Actor, given: Fields) -> None:
    handle = given["who"].strip().removeprefix("@")
    person = find_by_handle(tx, handle) if handle else None
    key, is_away = f"acct:{handle}", "@" in handle and tx.here.local_name(handle) is None
    if person is None and is_away and key not in tx.out_of_reach:
        raise Missing(key)
    if person is None:
        raise Invalid("nobody of that name", {"who": "nobody of that name"})
    invite(tx, actor=actor, by=me, person=person)


def _show_out(tx: Tx, group: Group, actor: Actor, me: Actor, given: Fields) -> None:
    takes_out = "words" in given
    show_out(tx, group=actor, by=me, who=_person(tx, given), why=given["why"], takes_out=takes_out)


def _let_back(tx: Tx, group: Group, actor: Actor, me: Actor, given: Fields) -> None:
    let_back(tx, group=actor, by=me, who=_person(tx, given))


def _trust(tx: Tx, group: Group, actor: Actor, me: Actor, given: Fields) -> None:
    trust(tx, group=actor, by=me, who=_person(tx, given))


def _step_down(tx: Tx, group: Group, actor: Actor, me: Actor, given: Fields) -> None:
    step_down(tx, group=actor, by=me)


def _close(tx: Tx, group: Group, actor: Actor, me: Actor, given: Fields) -> str:
    if given["sure"] != actor.username:
        raise Malformed("type the name of the group to close it")
    close_group(tx, actor=actor, by=me)
    return _CLOSED


DEEDS: Mapping[str, Deed] = {
    "change": _change,
    "let-in": _let_in,
    "turn-away": _turn_away,
    "invite": _invite,
    "show-out": _show_out,
    "let-back": _let_back,
    "trust": _trust,
    "step-down": _step_down,
    "close": _close,
}


async def care_page(request: Request) -> Response:
    """All that those can do who look after a group."""
    if await member_of(request) is None:
        return to_the_door(request)
    return await _care(request, Fields({}))


async def take_care(request: Request) -> Response:
    """Somebody who looks after a group does one thing about it."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member = member
    name, deed = request.path_params["name"], DEEDS.get(given["deed"])
    if deed is None:
        raise Malformed("this cannot be done with a group")

    def work(tx: Tx) -> object:
        me = tx.session.get_one(Actor, member.actor_id)
        group, actor = need_group(tx, name, member.viewer)
        need_moderator(tx, actor, me)
        return deed(tx, group, actor, me, given)

    try:
        done = await carry_out(house_of(request), work, waits=False)
    except Invalid as invalid:
        field = next((one for one in MISTAKES if one in invalid.details), "who")
        return await _care(request, given, mistake=MISTAKES[field], field=field, status=422)
    except Forbidden:
        if given["deed"] != "step-down":
            raise
        return await _care(request, given, mistake=_LAST, field="step-down", status=422)
    if done == _CLOSED:
        return RedirectResponse("/groups", 303)
    gone = given["deed"] == "step-down"
    return RedirectResponse(f"/@{name}" if gone else f"/groups/{name}/care", 303)


async def hang_picture(request: Request) -> Response:
    """Somebody who looks after a group gives it another picture, or takes it away."""
    member, house = await need_member(request), house_of(request)
    request.state.member = member
    name, made = request.path_params["name"], None

    def needs(tx: Tx) -> Actor:
        _group, actor = need_group(tx, name, member.viewer)
        need_moderator(tx, actor, tx.session.get_one(Actor, member.actor_id))
        return actor

    await house.db.read(needs)
    async with reading_files(request, most=_MOST_FORM) as sent:
        file = next((file for slot, file in sent.files if slot == "picture"), None)
        try:
            if file is not None:
                limiter_of(request).check(request, "media", str(member.actor_id))
                made = await _make(house, file)
        except (Invalid, TooMany):
            return await _care(
                request, Fields({}), mistake=_NO_PICTURE, field="picture", status=422
            )

    def work(tx: Tx) -> None:
        show_face(tx, actor=needs(tx), by=tx.session.get_one(Actor, member.actor_id), file=made)

    await house.db.write(work)
    return RedirectResponse(f"/groups/{name}/care", 303)


async def _make(house: House, file: UploadFile) -> Kept:
    async with workspace(house) as folder:
        await save(file, folder / "upload")
        return await make_picture(house, folder / "upload", "avatar")


async def _care(
    request: Request, given: Fields, *, mistake: str = "", field: str = "", status: int = 200
) -> Response:
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    name = request.path_params["name"]

    def work(tx: Tx) -> dict[str, Any]:
        group, actor = need_group(tx, name, member.viewer)
        need_moderator(tx, actor, tx.session.get_one(Actor, member.actor_id))
        keepers = [one.id for one in moderators_of(tx, group.id)]
        found = {
            "asking": [row[1] for row in members_of(tx, group.id, Page(_MANY), asked=True)],
            "inside": [row[1] for row in members_of(tx, group.id, Page(_MANY))],
            "invited": invited_into(tx, group.id),
            "outside": shown_out_of(tx, group.id),
        }
        people = load_people(tx, [group.id, *keepers, *(i for ids in found.values() for i in ids)])
        shown: dict[str, list[PersonView]] = {
            what: [people[id_] for id_ in ids if id_ in people] for what, ids in found.items()
        }
        return {
            **shown,
            "keepers": [people[id_] for id_ in keepers],
            "person": people[group.id],
            "about": actor.note_source or "",
            "mode": group.mode,
        }

    found = await house_of(request).db.read(work)
    is_private = found["mode"] == PRIVATE
    modes = {mode: word for mode, word in MODES.items() if (mode == PRIVATE) is is_private}
    return page(
        request,
        "group_care.html",
        status=status,
        is_kept=False,
        given=given,
        mistake=mistake,
        field=field,
        modes=modes,
        **found,
    )
