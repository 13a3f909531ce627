"""Groups in the browser: which there are, making one, its page, and who is in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Conflict, Forbidden, Invalid, Malformed
from microfed.fetching import carry_out
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.follows import request_follow, unfollow
from microfed.operations.group_care import take_out
from microfed.operations.groups import MOST_OF_ONE, Terms, make_group
from microfed.operations.once import only_once
from microfed.pages import page
from microfed.queries.groups import (
    Standing,
    count_asking,
    groups_elsewhere,
    groups_here,
    members_of,
    moderators_of,
    need_group,
    said_in_group,
    standing,
    standings,
)
from microfed.queries.held_back import through_filters
from microfed.queries.pages import Page
from microfed.queries.place import may_make_groups
from microfed.queries.posts import load_people, load_posts
from microfed.queries.profiles import ProfileView
from microfed.queries.sessions import SignedIn
from microfed.queries.views import PersonView, PostView
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.groups import Group
from microfed.store.people import Actor
from microfed.web.looking import member_of, to_the_door
from microfed.web.paging import PAGE, before_of
from microfed.words import N_

MODES = {
    "open": N_("Open: whoever wants to joins, and anyone may read it"),
    "approval": N_("With a look at the door: you let people in, and anyone may read it"),
    "private": N_("Private: by invitation, for its members alone, here and in the ring"),
}
MODES_TOLD = {
    "open": N_("An open group: whoever wants to joins, and anyone may read it."),
    "approval": N_("Those who look after this group let people in; anyone may read it."),
    "private": N_("A private group: nobody but its members knows that it is there."),
}
MISTAKES = {
    "name": N_("A name has 1 to 30 letters a–z, digits or _, and nobody here has it yet."),
    "title": N_("Say in 60 characters at most what the group is called."),
    "about": N_("This is too long: 1,000 characters at most."),
    "mode": N_("Choose how one joins. A private group stays private, and no other becomes one."),
    "who": N_("Nobody was found under that name, or they cannot be invited or entrusted."),
}
_TAKEN = N_("This name is taken: choose another one.")
_MANY = N_("You have made %(n)s groups already: close one first.")
_NOT_HERE = N_("Here, groups are made by those who look after the place.")
_LISTED = 40


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group in a list."""

    person: PersonView
    about: str
    mode: str
    members: int
    known: Standing


@dataclass(frozen=True, slots=True)
class GroupPage:
    """A group, how the reader stands to it, and a page of what is said in it."""

    profile: ProfileView
    mode: str
    members: int
    known: Standing
    keepers: list[PersonView]
    asking: int
    posts: list[PostView]
    more: int | None


def found_group(
    tx: Tx, profile: ProfileView, group: Group, member: SignedIn | None, before: int | None
) -> GroupPage:
    """Gather what stands on a group's page."""
    viewer, actor = None if member is None else member.viewer, tx.session.get_one(Actor, group.id)
    ids = said_in_group(tx, viewer, group.id, limit=PAGE, before=before)
    known = standing(tx, group_id=group.id, actor_id=None if viewer is None else viewer.actor_id)
    keepers = moderators_of(tx, group.id)
    people = load_people(tx, [one.id for one in keepers])
    return GroupPage(
        profile,
        group.mode,
        actor.followers_count,
        known,
        [people[one.id] for one in keepers],
        count_asking(tx, group.id) if known.is_moderator else 0,
        through_filters(tx, viewer, load_posts(tx, ids, viewer), "account"),
        ids[-1] if len(ids) == PAGE else None,
    )


def show_group(
    request: Request, member: SignedIn | None, found: GroupPage, before: int | None
) -> Response:
    """Answer with a group's page."""
    return page(
        request,
        "group.html",
        is_kept=member is None,
        group=found,
        profile=found.profile,
        person=found.profile.person,
        modes=MODES_TOLD,
        before=before,
    )


async def groups_page(request: Request) -> Response:
    """The groups here that the reader may know of, and those elsewhere that they are in."""
    member = await member_of(request)
    viewer = None if member is None else member.viewer

    def work(tx: Tx) -> tuple[list[GroupLine], list[GroupLine], bool]:
        here = [(actor, group.mode) for group, actor in groups_here(tx, viewer)]
        away = [] if member is None else groups_elsewhere(tx, member.actor_id)
        return (
            _lines(tx, here, member),
            _lines(tx, [(actor, "") for actor in away], member),
            member is not None and may_make_groups(tx, member.role),
        )

    here, elsewhere, may_make = await house_of(request).db.read(work)
    return page(
        request,
        "groups.html",
        is_kept=False,
        found=here,
        elsewhere=elsewhere,
        may_make=may_make,
        modes=MODES_TOLD,
    )


async def new_page(request: Request) -> Response:
    """Show the form for a new group."""
    if await member_of(request) is None:
        return to_the_door(request)
    return _form(request, Fields({}))


async def make(request: Request) -> Response:
    """A member makes a group: they come to its page, or learn what is amiss."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member = member

    def work(tx: Tx) -> str:
        me = tx.session.get_one(Actor, member.actor_id)
        terms = Terms(given["title"], given["about"], given["mode"])
        id_ = only_once(
            tx,
            author=me,
            what="group",
            words=(given["name"], terms),
            do=lambda: make_group(tx, founder=me, name=given["name"], terms=terms).id,
            kind=Actor,
        )
        return tx.session.get_one(Actor, id_).username

    try:
        name = await house_of(request).db.write(work)
    except Conflict:
        return _form(request, given, mistake=_TAKEN, field="name", status=409)
    except Forbidden:
        return _form(request, given, mistake=_NOT_HERE, status=403)
    except Invalid as invalid:
        field = next((one for one in MISTAKES if one in invalid.details), "")
        is_many = invalid.details.get("name") == "too many groups"
        mistake = _MANY if is_many else MISTAKES.get(field, MISTAKES["mode"])
        return _form(request, given, mistake=mistake, field=field, status=422)
    return RedirectResponse(f"/@{name}", 303)


async def members_page(request: Request) -> Response:
    """Who is in a group: for those who are in it."""
    member, before = await member_of(request), before_of(request)
    if member is None:
        return to_the_door(request)
    name = request.path_params["name"]

    def work(tx: Tx) -> tuple[PersonView, list[PersonView], set[int], int | None]:
        group, actor = need_group(tx, name, member.viewer)
        if not standing(tx, group_id=group.id, actor_id=member.actor_id).is_member:
            raise Forbidden("only who is in the group sees who else is")
        rows = members_of(tx, group.id, Page(_LISTED, max_id=before))
        people = load_people(tx, [actor.id, *(row[1] for row in rows)])
        keepers = {one.id for one in moderators_of(tx, group.id)}
        more = rows[-1][0] if len(rows) == _LISTED else None
        return people[actor.id], [people[row[1]] for row in rows], keepers, more

    person, people, keepers, more = await house_of(request).db.read(work)
    return page(
        request,
        "group_members.html",
        is_kept=False,
        person=person,
        people=people,
        keepers=keepers,
        before=before,
        more=more,
    )


async def do_with_group(request: Request) -> Response:
    """Join a group, leave it, or, for who looks after it, take a post out of it."""
    member, given = await need_member(request), Fields(await read_form(request))
    name, deed = request.path_params["name"], given["deed"]
    if deed not in ("join", "leave", "take-out"):
        raise Malformed("this cannot be done with a group")

    def work(tx: Tx) -> bool:
        me = tx.session.get_one(Actor, member.actor_id)
        group, actor = need_group(tx, name, member.viewer)
        if deed == "join":
            request_follow(tx, follower=me, target=actor)
        elif deed == "leave":
            unfollow(tx, follower=me, target=actor)
        else:
            post = need_visible_post(tx, member.viewer, id_=parse_id(given["post"]))
            take_out(tx, group=actor, by=me, post=post, why=given["why"])
        return deed == "leave" and group.mode == "private"

    is_out_of_sight = await carry_out(house_of(request), work)
    return RedirectResponse("/groups" if is_out_of_sight else f"/@{name}", 303)


def _lines(tx: Tx, groups: Sequence[tuple[Actor, str]], member: SignedIn | None) -> list[GroupLine]:
    """Return groups, each with its mode, as they stand in a list."""
    ids = [actor.id for actor, _ in groups]
    people = load_people(tx, ids)
    known = standings(tx, ids, actor_id=None if member is None else member.actor_id)
    return [
        GroupLine(people[actor.id], actor.note, mode, actor.followers_count, known[actor.id])
        for actor, mode in groups
    ]


def _form(
    request: Request, given: Fields, *, mistake: str = "", field: str = "", status: int = 200
) -> Response:
    return page(
        request,
        "group_new.html",
        status=status,
        is_kept=False,
        given=given,
        mistake=mistake,
        field=field,
        modes=MODES,
        most=MOST_OF_ONE,
    )
