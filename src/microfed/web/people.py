"""A member's page, and their feed."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.ids import moment_of
from microfed.pages import page, render
from microfed.queries.posts import load_posts
from microfed.queries.profiles import ProfileView, ids_by, need_profile, pinned_ids
from microfed.queries.relationships import Between, between
from microfed.queries.views import PostView
from microfed.store.database import Tx
from microfed.web.looking import member_of
from microfed.web.paging import PAGE, before_of


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """A member, what they keep at the top, and a page of what they said."""

    profile: ProfileView
    pinned: list[PostView]
    posts: list[PostView]
    more: int | None
    between: Between | None


async def profile_page(request: Request) -> Response:
    """Who a member is, in their own words, and what they said to everyone, newest first."""
    name, before = request.path_params["name"], before_of(request)
    member = await member_of(request)
    viewer = None if member is None else member.viewer

    def work(tx: Tx) -> ProfilePage:
        profile = need_profile(tx, name)
        ids = ids_by(tx, profile.person.id, viewer, limit=PAGE, before=before)
        pinned = pinned_ids(tx, profile.person.id) if before is None else []
        posts = load_posts(tx, [id_ for id_ in ids if id_ not in pinned], viewer)
        more = ids[-1] if len(ids) == PAGE else None
        known = None
        if viewer is not None:
            known = between(tx, viewer.actor_id, [profile.person.id]).get(profile.person.id)
        return ProfilePage(profile, load_posts(tx, pinned, viewer), posts, more, known)

    found = await house_of(request).db.read(work)
    return page(
        request,
        "profile.html",
        is_kept=member is None,
        is_following=found.between is not None and found.between.is_following,
        has_asked=found.between is not None and found.between.has_asked,
        profile=found.profile,
        person=found.profile.person,
        pinned=found.pinned,
        posts=found.posts,
        before=before,
        more=found.more,
    )


async def feed(request: Request) -> Response:
    """What a member said to everyone, for feed readers."""
    name = request.path_params["name"]

    def work(tx: Tx) -> tuple[ProfileView, list[PostView]]:
        profile = need_profile(tx, name)
        ids = ids_by(tx, profile.person.id, None, limit=PAGE, has_boosts=False)
        return profile, load_posts(tx, ids, None)

    profile, posts = await house_of(request).db.read(work)
    changed = [post.edited_at or post.published_at for post in posts]
    updated = max(changed, default=profile.joined_at or moment_of(profile.person.id))
    body = render(
        request,
        "feed.xml",
        profile=profile,
        person=profile.person,
        posts=posts,
        updated=updated,
    )
    headers = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"}
    return Response(body, headers=headers, media_type="application/atom+xml")
