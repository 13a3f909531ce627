"""Going: to another place, with those who follow along; or for good."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.asking import sign_out_browser
from microfed.errors import Forbidden, Invalid, Missing, NotFound, TryLater
from microfed.fetching import carry_out
from microfed.forms import read_form
from microfed.house import house_of
from microfed.operations.farewells import leave_for_good
from microfed.operations.moves import add_alias, drop_alias, move_away
from microfed.operations.sessions import end_sessions
from microfed.pages import page
from microfed.queries.people import find_by_handle
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.settings.door import password_mistake, saved, show
from microfed.words import N_

LEAVE, MOVE = "/settings/leave", "/settings/move"
_UNKNOWN = N_(
    "There is no such account, or its place does not answer. An address is like name@place.example."
)
_NOT_YOURS = N_("That account does not say yet that it was this one. Say so there first.")
_NO_MORE = N_("That account cannot be followed: it has moved itself, or is closed.")
_TOO_SOON = N_("You moved less than a week ago. Wait a little.")
_ITSELF = N_("That is this very account.")
# What the operations say, in words for members.
_WORDS = {
    "the new account cannot be read": _UNKNOWN,
    "the new account does not say that it was this one": _NOT_YOURS,
    "the new account cannot be followed": _NO_MORE,
    "this account moved less than a week ago": _TOO_SOON,
    "that is this very account": _ITSELF,
}
_NAME = N_("Type your name, so that nobody leaves by mistake.")


async def move_page(request: Request, member: SignedIn) -> Response:
    """GET /settings/move: where one came from, and where one goes."""
    return await _move_page(request, member, {}, {})


async def move(request: Request, member: SignedIn) -> Response:
    """POST /settings/move: an account elsewhere is mine, is not, or is where I go."""
    given = await read_form(request)
    deed, address = given.get("deed"), given.get("address", "").strip().removeprefix("@")
    if deed == "go":
        wrong = await password_mistake(request, member, given.get("password", ""))
        if wrong:
            return await _move_page(request, member, {"password": wrong}, given)
    field = "to" if deed == "go" else "from"

    def work(tx: Tx) -> None:
        me = tx.session.get_one(Actor, member.actor_id)
        if deed == "not_mine":
            drop_alias(tx, who=me, uri=address)
        elif deed == "mine":
            add_alias(tx, who=me, uri=_at(tx, address))
        elif deed == "go":
            move_away(tx, who=me, target_uri=_at(tx, address))

    try:
        await carry_out(house_of(request), work)
    except (Forbidden, Invalid, NotFound, TryLater) as refused:
        mistake = _WORDS.get(str(refused), _UNKNOWN)
        return await _move_page(request, member, {field: mistake}, given)
    return saved(MOVE)


async def leave_page(request: Request, _member: SignedIn) -> Response:
    """GET /settings/leave: what it means."""
    return show(request, "leave")


async def leave(request: Request, member: SignedIn) -> Response:
    """POST /settings/leave: with the name and the password, for good."""
    given = await read_form(request)
    mistakes = {}
    if given.get("name", "").strip().lower().removeprefix("@") != member.username:
        mistakes["name"] = _NAME
    elif wrong := await password_mistake(request, member, given.get("password", "")):
        mistakes["password"] = wrong
    if mistakes:
        return show(request, "leave", mistakes=mistakes)

    def work(tx: Tx) -> None:
        leave_for_good(tx, who=tx.session.get_one(Actor, member.actor_id))
        end_sessions(tx, member_id=member.actor_id)

    house = house_of(request)
    await house.db.write(work)
    request.state.member = None
    response = page(request, "left.html", is_kept=False)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    sign_out_browser(response, house)
    return response


def _at(tx: Tx, address: str) -> str:
    """Return the id of the account called `name@host`; Missing until it was asked for."""
    actor = find_by_handle(tx, address)
    if actor is not None:
        return actor.uri
    name, _, host = address.partition("@")
    uri = f"acct:{address}"
    if not name or not host or tx.here.local_name(address) is not None or uri in tx.out_of_reach:
        raise NotFound("there is no such account")
    raise Missing(uri)


async def _move_page(
    request: Request, member: SignedIn, mistakes: dict[str, str], given: dict[str, str]
) -> Response:
    def work(tx: Tx) -> tuple[list[str], str | None]:
        me = tx.session.get_one(Actor, member.actor_id)
        return list(me.also_known_as), me.moved_to_uri

    aliases, moved_to = await house_of(request).db.read(work)
    address = given.get("address", "")
    return show(
        request, "move", mistakes=mistakes, aliases=aliases, moved_to=moved_to, address=address
    )
