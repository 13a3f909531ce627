"""The place at the desk: whom it speaks with, how one comes in, its rules, and what it says."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Conflict, Invalid
from microfed.forms import Fields, read_form
from microfed.here import digest_of
from microfed.house import house_of
from microfed.operations.place import (
    LONGEST_RULE,
    LONGEST_WORDS,
    MOST_RULES,
    choose_federation,
    choose_group_makers,
    choose_registration,
    need_unchanged,
    write_at_length,
    write_rules,
)
from microfed.queries.place import AT_LENGTH, decided
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.desk.door import CHANGED, show
from microfed.words import N_

PATH = "/desk/place"
# Each way in one sentence.
FEDERATION = {
    "open": N_("With every server, except those that a rule shuts out."),
    "allowlist": N_("With the servers that a rule lets in, and with no other."),
    "ring": N_("With allied neighbourhoods alone, and with those a rule lets in."),
    "closed": N_("With nobody: what is said here stays here."),
}
REGISTRATION = {
    "invite": N_("By invitation: a neighbour gives a link or a poster."),
    "approval": N_("Everybody may ask; you let people in one by one."),
    "open": N_("Everybody comes in at once."),
    "closed": N_("Nobody, for now; only admins invite."),
}
GROUPS = {
    "members": N_("Everybody who lives here."),
    "organisers": N_("Organisers and admins."),
    "nobody": N_("Nobody, for now."),
}
_MISTAKES = {
    "rules": N_("At most 20 rules, of 300 letters each."),
    "extended_description": N_("This text has at most 20,000 letters."),
    "privacy_policy": N_("This text has at most 20,000 letters."),
    "federation": N_("Choose one of these."),
    "registration": N_("Choose one of these."),
    "groups": N_("Choose one of these."),
}


async def place_page(request: Request, _member: SignedIn) -> Response:
    """GET: how everything stands."""
    return await _page(request, {})


async def change_place(request: Request, member: SignedIn) -> Response:
    """POST: one part of it; what was typed wrongly stays in its field."""
    given = Fields(await read_form(request, most=200_000))

    def work(tx: Tx) -> None:
        need_unchanged(tx, name=given["deed"], seen=given["seen"])
        _change(tx, tx.session.get_one(Actor, member.actor_id), given)

    try:
        await house_of(request).db.write(work)
    except Invalid as invalid:
        mistakes = {name: _MISTAKES[name] for name in invalid.details if name in _MISTAKES}
        return await _page(request, dict(given), mistakes)
    except Conflict:
        return await _page(request, dict(given), {given["deed"]: CHANGED}, status=409)
    return RedirectResponse(f"{PATH}?said=done", 303)


def _change(tx: Tx, by: Actor, given: Fields) -> None:
    deed = given["deed"]
    if deed == "federation":
        choose_federation(tx, by=by, mode=given["federation"])
    elif deed == "registration":
        choose_registration(tx, by=by, mode=given["registration"])
    elif deed == "groups":
        choose_group_makers(tx, by=by, makers=given["groups"])
    elif deed == "rules":
        write_rules(tx, by=by, rules=given["rules"].splitlines())
    elif deed in AT_LENGTH:
        write_at_length(tx, by=by, name=deed, text=given[deed])
    else:
        raise Invalid("there is no such deed")


async def _page(
    request: Request,
    typed: dict[str, str],
    mistakes: dict[str, str] | None = None,
    status: int = 422,
) -> Response:
    now = await house_of(request).db.read(decided)
    return show(
        request,
        "place",
        status=status if mistakes else 200,
        stands=now,
        seen={name: digest_of(text) for name, text in now.items()},
        changed=CHANGED,
        given=now | {name: typed[name] for name in typed if name in now},
        mistakes=Fields(mistakes or {}),
        federations=FEDERATION,
        registrations=REGISTRATION,
        group_makers=GROUPS,
        most={"rules": MOST_RULES * (LONGEST_RULE + 1), "words": LONGEST_WORDS},
    )
