"""A person's page: a member's for everyone, anybody's for members."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.gathering import is_profile_due, profile_was_opened
from microfed.pages import page
from microfed.queries.groups import find_group, said_in_group
from microfed.queries.held_back import through_filters
from microfed.queries.people import need_actor_by_id
from microfed.queries.posts import load_posts
from microfed.queries.profiles import (
    ProfileView,
    ids_by,
    need_profile,
    need_profile_of,
    pinned_ids,
)
from microfed.queries.relationships import Between, between
from microfed.queries.sessions import SignedIn
from microfed.queries.views import PostView
from microfed.store.database import Tx
from microfed.web.groups import GroupPage, found_group, show_group
from microfed.web.looking import member_of, to_the_door
from microfed.web.paging import PAGE, before_of


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """Someone, what they keep at the top, and a page of what they said."""

    profile: ProfileView
    pinned: list[PostView]
    posts: list[PostView]
    more: int | None
    between: Between | None
    is_due: bool  # that their server should be asked for their latest


async def profile_page(request: Request) -> Response:
    """Who a member is, in their own words, and what they said to everyone, newest first."""
    name, member = request.path_params["name"], await member_of(request)
    before, viewer = before_of(request), None if member is None else member.viewer

    def work(tx: Tx) -> ProfilePage | GroupPage:
        profile = need_profile(tx, name, viewer)
        if profile.person.is_group and (group := find_group(tx, profile.person.id)) is not None:
            return found_group(tx, profile, group, member, before)
        return _found(tx, profile, member, before)

    found = await house_of(request).db.read(work)
    if isinstance(found, GroupPage):
        return show_group(request, member, found, before)
    return _page(request, member, found, before)


async def person_page(request: Request) -> Response:
    """Someone from anywhere, for members: what we know of them, and what they said to us."""
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    if member is None:
        return to_the_door(request)
    before, db = before_of(request), house_of(request).db
    found = await db.read(
        lambda tx: _found(tx, need_profile_of(tx, id_, member.viewer), member, before)
    )
    if found.profile.person.is_local:
        return RedirectResponse(f"/@{found.profile.person.username}", 303)
    if found.is_due:
        await db.write(
            lambda tx: profile_was_opened(tx, need_actor_by_id(tx, id_, viewer=member.viewer))
        )
    return _page(request, member, found, before)


def _found(
    tx: Tx, profile: ProfileView, member: SignedIn | None, before: int | None
) -> ProfilePage:
    viewer, id_ = None if member is None else member.viewer, profile.person.id
    if profile.is_private:  # a group of another place: it passes nothing on, its members say it
        ids = said_in_group(tx, viewer, id_, limit=PAGE, before=before)
    else:
        ids = ids_by(tx, id_, viewer, limit=PAGE, before=before)
    pinned = pinned_ids(tx, id_) if before is None else []
    posts = load_posts(tx, [one for one in ids if one not in pinned], viewer)
    posts = through_filters(tx, viewer, posts, "account")
    more = ids[-1] if len(ids) == PAGE else None
    known, is_due = None, False
    if viewer is not None:
        known = between(tx, viewer.actor_id, [id_], even_private=True).get(id_)
        is_due = not profile.person.is_local and is_profile_due(
            tx, need_actor_by_id(tx, id_, viewer=viewer)
        )
    return ProfilePage(profile, load_posts(tx, pinned, viewer), posts, more, known, is_due)


def _page(
    request: Request, member: SignedIn | None, found: ProfilePage, before: int | None
) -> Response:
    return page(
        request,
        "profile.html",
        is_kept=member is None,
        known=found.between,
        profile=found.profile,
        person=found.profile.person,
        pinned=found.pinned,
        posts=found.posts,
        before=before,
        more=found.more,
    )
