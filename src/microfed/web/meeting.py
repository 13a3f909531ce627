"""What a member does about somebody: following, letting them follow, not reading, shutting out."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Malformed
from microfed.fetching import carry_out
from microfed.forms import Fields, read_form, safe_path
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.blocks import block, unblock
from microfed.operations.follow_rows import find_follow, need_request
from microfed.operations.follows import accept_follow, reject_follow, request_follow, unfollow
from microfed.operations.keeping import write_note
from microfed.operations.silencing import hear_host_again, mute, silence_host, unmute
from microfed.pages import page
from microfed.queries.pages import Page
from microfed.queries.people import need_actor_by_id
from microfed.queries.people_lists import Places, followed_by, followers_of, waiting_for
from microfed.queries.posts import load_people
from microfed.queries.relationships import Between, between
from microfed.queries.silence import blocked_by, hosts_silenced_by, muted_by
from microfed.queries.views import PersonView
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.looking import member_of, to_the_door
from microfed.web.paging import before_of
from microfed.words import N_

# For how many seconds somebody is not read, and how people say it; 0: until it is taken back.
TERMS = {
    3_600: N_("One hour"),
    86_400: N_("One day"),
    604_800: N_("One week"),
    2_592_000: N_("Thirty days"),
    0: N_("Until I want to read them again"),
}
_MANY = 40
_LISTED = 200
Deed = Callable[[Tx, Actor, Actor, Fields], object]


def _follow(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    request_follow(tx, follower=me, target=them)


def _unfollow(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    unfollow(tx, follower=me, target=them)


def _tune(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    """Say how one follows: whether one is told, and whether what they pass on is shown."""
    if find_follow(tx, follower=me, target=them) is not None:
        request_follow(
            tx,
            follower=me,
            target=them,
            shows_boosts="boosts" in given,
            notifies="notifies" in given,
        )


def _accept(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    accept_follow(tx, need_request(tx, follower=them, target=me))


def _refuse(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    reject_follow(tx, need_request(tx, follower=them, target=me))


def _send_away(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    """Have somebody follow me no more."""
    theirs = find_follow(tx, follower=them, target=me)
    if theirs is not None:
        reject_follow(tx, theirs)


def _mute(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    seconds = given["lasts"]
    known = int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 9 else 0
    lasts = timedelta(seconds=known) if known in TERMS and known else None
    mute(tx, muter=me, muted=them, hides_notifications="news" in given, lasts=lasts)


def _unmute(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    unmute(tx, muter=me, muted=them)


def _block(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    block(tx, blocker=me, blocked=them)


def _unblock(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    unblock(tx, blocker=me, blocked=them)


def _shut_out(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    silence_host(tx, member=me, host=them.host)


def _note(tx: Tx, me: Actor, them: Actor, given: Fields) -> None:
    write_note(tx, writer=me, about=them, text=given["note"])


DEEDS: Mapping[str, Deed] = {
    "follow": _follow,
    "unfollow": _unfollow,
    "tune": _tune,
    "accept": _accept,
    "refuse": _refuse,
    "send-away": _send_away,
    "mute": _mute,
    "unmute": _unmute,
    "block": _block,
    "unblock": _unblock,
    "shut-out": _shut_out,
    "note": _note,
}


async def do_with_person(request: Request) -> Response:
    """A member does something about somebody, and comes back."""
    member = await need_member(request)
    given = Fields(await read_form(request))
    id_, deed = parse_id(request.path_params["id"]), DEEDS.get(given["deed"])
    if deed is None:
        raise Malformed("this cannot be done with a person")

    def work(tx: Tx) -> None:
        me = tx.session.get_one(Actor, member.actor_id)
        them = need_actor_by_id(tx, id_, viewer=member.viewer)
        deed(tx, me, them, given)

    await carry_out(house_of(request), work)
    return RedirectResponse(safe_path(given.get("back", f"/people/{id_}")), 303)


async def silence_page(request: Request) -> Response:
    """Ask how somebody is not to be read any more: muted for a while, or shut out."""
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    if member is None:
        return to_the_door(request)

    def work(tx: Tx) -> tuple[PersonView, str, Between]:
        them = need_actor_by_id(tx, id_)
        person = load_people(tx, [id_])[id_]
        return person, them.host, between(tx, member.actor_id, [id_])[id_]

    person, host, known = await house_of(request).db.read(work)
    return page(
        request,
        "silence.html",
        is_kept=False,
        person=person,
        host=host,
        known=known,
        terms=TERMS,
    )


def _people_page(
    template: str, find: Callable[[Tx, int, Page], Places], what: str, which: str = ""
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        member, before = await member_of(request), before_of(request)
        if member is None:
            return to_the_door(request)

        def work(tx: Tx) -> tuple[list[PersonView], int | None]:
            rows = find(tx, member.actor_id, Page(_MANY, max_id=before))
            people = load_people(tx, [row[1] for row in rows])
            after = rows[-1][0] if len(rows) == _MANY else None
            return [people[row[1]] for row in rows], after

        people, after = await house_of(request).db.read(work)
        return page(
            request, template, is_kept=False, people=people, before=before, more=after, which=which
        )

    endpoint.__doc__ = what
    return endpoint


requests_page = _people_page("requests.html", waiting_for, "Who asks to follow me.")
following_page = _people_page("follows.html", followed_by, "Whom I follow.", which="following")
followers_page = _people_page("follows.html", followers_of, "Who follows me.", which="followers")


async def silenced_page(request: Request) -> Response:
    """Whom and what I do not want to read, and the way back."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    me, many = member.actor_id, Page(_LISTED)

    def work(tx: Tx) -> dict[str, Any]:
        muted, blocked = muted_by(tx, me, many), blocked_by(tx, me, many)
        people = load_people(tx, {row[1] for row in (*muted, *blocked)})
        return {
            "muted": [(people[row[1]], row[2]) for row in muted],
            "blocked": [people[row[1]] for row in blocked],
            "hosts": [row[1] for row in hosts_silenced_by(tx, me, many)],
        }

    found = await house_of(request).db.read(work)
    return page(request, "silenced.html", is_kept=False, **found)


async def hear_again(request: Request) -> Response:
    """Let a server be heard again."""
    member = await need_member(request)
    host = Fields(await read_form(request))["host"]

    def work(tx: Tx) -> None:
        hear_host_again(tx, member=tx.session.get_one(Actor, member.actor_id), host=host)

    await house_of(request).db.write(work)
    return RedirectResponse("/silenced", 303)
