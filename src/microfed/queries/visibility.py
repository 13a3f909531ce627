"""Who may see a post. Every page, API, feed, collection and stream asks here and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from microfed.outbound.allies import is_allied
from microfed.store.people import Actor, Block, Follow
from microfed.store.posts import Mention, Post
from microfed.vocab.audience import Audience

OPEN = (Audience.PUBLIC, Audience.QUIET)
NEAR = (Audience.LOCAL, Audience.RING)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a member here, or someone elsewhere whose signature was proven.

    `may_filter` is False for a member who is known to have no filters; that spares a question.
    """

    actor_id: int
    is_local: bool = True
    may_filter: bool = field(default=True, compare=False)


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
        return and_(is_one_of(post, OPEN), stands)
    me = viewer.actor_id
    named: ColumnElement[bool] = exists(
        select(Mention.post_id).where(Mention.post_id == post.id, Mention.actor_id == me)
    )
    follows = exists(
        select(Follow.id).where(
            Follow.follower_id == me,
            Follow.target_id == post.actor_id,
            Follow.accepted_at.is_not(None),
        )
    )
    # Nor does a name in it open the words of a private group to whoever is not in it.
    named = and_(named, ~is_one_of(post, (Audience.GROUP,)))
    if viewer.is_local:
        # Local and ring posts are for everyone who lives here.
        near: ColumnElement[bool] = is_one_of(post, (*OPEN, *NEAR))
    else:
        # And a post in a ring for the people of its places; no name in it opens it to others.
        named = and_(named, ~is_one_of(post, NEAR))
        near = or_(is_one_of(post, OPEN), _in_a_ring_with(me, post))
    return and_(
        stands,
        or_(
            post.actor_id == me,
            and_(
                or_(
                    near,
                    and_(is_one_of(post, (Audience.FOLLOWERS,)), follows),
                    named,
                    _in_its_group(viewer, post),
                ),
                ~shut_out(me, by=post.actor_id),
            ),
        ),
    )


def shut_out(me: Any, *, by: Any) -> ColumnElement[bool]:
    """Return the condition that `me` is shut out by somebody: what they say, and say of
    themselves, is not for `me`."""
    block = aliased(Block)
    return exists(select(block.id).where(block.blocker_id == by, block.blocked_id == me))


def _in_a_ring_with(me: Any, post: Any) -> ColumnElement[bool]:
    """Return the condition that a post of ours was said in a ring that somebody belongs to: ours,
    and their place is an ally; or that of their own place."""
    viewer, place = aliased(Actor), aliased(Actor)
    return and_(
        is_one_of(post, (Audience.RING,)),
        post.is_local,
        exists(
            select(viewer.id)
            .join(place, place.host == viewer.host)
            .where(
                viewer.id == me,
                or_(post.ring.is_(None), post.ring == viewer.host),
                is_allied(place),
            )
        ),
    )


def _in_its_group(viewer: Viewer, post: Any) -> ColumnElement[bool]:
    """Return the condition that a post was said in a private group that `viewer` belongs to now,
    or is. Someone elsewhere belongs to one of ours only while their place is an ally."""
    me = viewer.actor_id
    belongs: ColumnElement[bool] = exists(
        select(Follow.id).where(
            Follow.follower_id == me,
            Follow.target_id == post.group_id,
            Follow.accepted_at.is_not(None),
        )
    )
    if not viewer.is_local:
        belongs = or_(and_(belongs, _of_an_ally(me)), post.group_id == me)
    return and_(is_one_of(post, (Audience.GROUP,)), belongs)


def _of_an_ally(me: Any) -> ColumnElement[bool]:
    viewer, place = aliased(Actor), aliased(Actor)
    return exists(
        select(viewer.id)
        .join(place, place.host == viewer.host)
        .where(viewer.id == me, is_allied(place))
    )


def open_to_all(post: Any = Post) -> ColumnElement[bool]:
    """Return the condition under which a post was said to everyone, loudly or quietly."""
    return is_one_of(post, OPEN)


def said_in_private() -> ColumnElement[bool]:
    """What was said to the people it names, and to nobody else."""
    return Post.audience == Audience.PEOPLE


def listed_publicly(post: Any = Post) -> ColumnElement[bool]:
    """Return the condition for standing on timelines that anyone may open."""
    return and_(is_one_of(post, (Audience.PUBLIC,)), post.boost_of_id.is_(None))


def said_here(post: Any = Post) -> ColumnElement[bool]:
    """Return the condition for standing on the timeline of the place, for those who live in it."""
    return and_(
        post.is_local,
        is_one_of(post, (Audience.PUBLIC, *NEAR)),
        post.boost_of_id.is_(None),
    )


def said_to_the_place(post: Any = Post) -> ColumnElement[bool]:
    """Return the condition that a post was said to everyone, to the place or to its ring."""
    return is_one_of(post, (*OPEN, *NEAR))


def consultation_visible_to(
    viewer: Viewer | None, consultation: Any, post: Any = Post
) -> ColumnElement[bool]:
    """Return the condition under which `viewer` may see a consultation, said in `post`.

    Once the vote is open it is the place's: all who live here see it, whatever became of the post
    or stands between them and its author.
    """
    seen = and_(post.id.is_not(None), visible_to(viewer, post))
    if viewer is not None and viewer.is_local:
        return or_(seen, consultation.opened_at.is_not(None))
    return seen


def is_one_of(post: Any, audiences: Sequence[Audience]) -> ColumnElement[bool]:
    """Return the condition that a post was said to one of `audiences`.

    They stand in the statement itself: as parameters, SQLAlchemy would write its text anew at each
    execution, which costs as much as the answer.
    """
    words: list[Any] = [literal_column(f"'{audience.value}'") for audience in audiences]
    said = post.audience == words[0] if len(words) == 1 else post.audience.in_(words)
    return cast(ColumnElement[bool], said)


def standing_of(viewer: Viewer | None) -> bool | None:
    """Return who looks, as far as the question differs: anyone, somebody elsewhere, or here."""
    return None if viewer is None else viewer.is_local


def as_values(viewer: Viewer | None) -> dict[str, int]:
    """Return the values that go with a question asked of `someone`."""
    return {} if viewer is None else {"me": viewer.actor_id}


def someone(standing: bool | None) -> Viewer | None:
    """Return a viewer whose id is told when the question is asked."""
    if standing is None:
        return None
    me: Any = bindparam("me", type_=BigInteger)
    return Viewer(me, is_local=standing)
