"""Who may see a post. Every page, API, feed, collection and stream asks here and nowhere else."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import aliased

from microfed.store.people import Actor, Block, Follow
from microfed.store.posts import Mention, Post
from microfed.vocab.audience import Audience

OPEN = (Audience.PUBLIC, Audience.QUIET)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a member here, or someone elsewhere whose signature was proven."""

    actor_id: int
    is_local: bool = True


def visible_to(viewer: Viewer | None, post: Any = Post) -> ColumnElement[bool]:
    """Return the condition under which `viewer` (None: anyone at all) may see `post`.

    `post` is `Post` or an alias of it. The author's standing counts too: nothing of a suspended
    or deleted actor is shown.
    """
    author = aliased(Actor)
    stands = ~exists(
        select(author.id).where(
            author.id == post.actor_id,
            or_(author.suspended_at.is_not(None), author.gone_at.is_not(None)),
        )
    )
    if viewer is None:
        return and_(post.audience.in_(OPEN), stands)
    me = viewer.actor_id
    named = exists(
        select(Mention.post_id).where(Mention.post_id == post.id, Mention.actor_id == me)
    )
    follows = exists(
        select(Follow.id).where(
            Follow.follower_id == me,
            Follow.target_id == post.actor_id,
            Follow.accepted_at.is_not(None),
        )
    )
    blocked = exists(
        select(Block.id).where(Block.blocker_id == post.actor_id, Block.blocked_id == me)
    )
    return and_(
        stands,
        or_(
            post.actor_id == me,
            and_(
                or_(
                    post.audience.in_(OPEN),
                    # Local and ring posts are for everyone who lives here.
                    post.audience.in_((Audience.LOCAL, Audience.RING))
                    if viewer.is_local
                    else false(),
                    and_(post.audience == Audience.FOLLOWERS, follows),
                    named,
                ),
                ~blocked,
            ),
        ),
    )


def open_to_all(post: Any = Post) -> ColumnElement[bool]:
    """Return the condition under which a post was said to everyone, loudly or quietly."""
    return cast(ColumnElement[bool], post.audience.in_(OPEN))


def listed_publicly(post: Any = Post) -> ColumnElement[bool]:
    """Return the condition for standing on timelines that anyone may open."""
    return and_(post.audience == Audience.PUBLIC, post.boost_of_id.is_(None))


def said_to_the_place(post: Any = Post) -> ColumnElement[bool]:
    """Return the condition that a post was said to everyone, to the place or to its ring."""
    return cast(ColumnElement[bool], post.audience.in_((*OPEN, Audience.LOCAL, Audience.RING)))
