"""To which servers a post of ours goes, and where else it was seen; never beyond its audience."""

from typing import cast

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from microfed.outbound.allies import inboxes_of_listeners, inboxes_of_ring
from microfed.outbound.circles import inboxes_of_circle
from microfed.outbound.groups import inboxes_of_group
from microfed.outbound.recipients import (
    inboxes_of,
    inboxes_of_followers,
    inboxes_of_interested,
)
from microfed.outbound.whole_post import WholePost
from microfed.queries.people import actors_at
from microfed.queries.visibility import Viewer, visible_to
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience


def inboxes_it_goes_to(tx: Tx, whole: WholePost) -> set[str]:
    """Return where a post goes: never further than its audience (interop.md §4.1)."""
    audience = Audience(whole.post.audience)
    if not audience.leaves:
        return set()
    asked = whole.post.in_reply_to_actor_id
    if (whole.post.extras or {}).get("waits_for_leave") and asked is not None:
        return inboxes_of(tx, [asked], is_shared=False)  # until they let it stand
    named = [actor.id for actor in actors_at(tx, [p.uri for p in whole.named]).values()]
    author = whole.author.id
    if audience is Audience.RING:
        return inboxes_of_ring(tx, whole.post.ring)
    if audience is Audience.CIRCLE:
        return inboxes_of_circle(tx, whole.post)
    if audience is Audience.GROUP:
        return inboxes_of_group(tx, whole.post.group_id)
    if audience in (Audience.PUBLIC, Audience.QUIET, Audience.FOLLOWERS):
        return inboxes_of_followers(tx, author) | inboxes_of(
            tx, named, is_shared=True, sender_id=author
        )
    return inboxes_of(tx, named, is_shared=False, sender_id=author)


def inboxes_it_was_seen_at(tx: Tx, post: Post, *, may_read: bool = False) -> set[str]:
    """Return where else it was seen: by who did something with it, by who listens to the place.

    `may_read`: of what is not for everyone, only by those who may read it still, and who come;
    what it says from now on is not for whoever follows its author no more, or was shut out.
    """
    audience = Audience(post.audience)
    if not audience.leaves or audience in (Audience.RING, Audience.CIRCLE, Audience.GROUP):
        return set()
    who = _reads(post.id) if may_read and not audience.is_open else None
    if audience is Audience.PEOPLE:
        return inboxes_of_interested(tx, post.id, is_shared=False, who=who)
    interested = inboxes_of_interested(tx, post.id, who=who)
    return interested | inboxes_of_listeners(tx) if audience is Audience.PUBLIC else interested


def _reads(post_id: int) -> ColumnElement[bool]:
    said, me = aliased(Post), cast(int, Actor.id)
    seen = visible_to(Viewer(me, is_local=False), said)
    return exists(select(said.id).where(said.id == post_id, seen))
