"""Likes in groups: an open group passes on what its members like of what was said in it (FEP-1b12).

Lemmy and its like count what reaches them so; whoever is not in the group is not passed on, and in
a private one nothing is. In groups elsewhere our likes go to the group, which passes them on.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import select

from microfed.ids import id_at
from microfed.operations.group_rows import groups_with
from microfed.outbound.deliver import deliver
from microfed.outbound.inboxes import MOST_BYTES
from microfed.outbound.recipients import inboxes_of, inboxes_of_followers
from microfed.outbound.render_groups import passed_on
from microfed.queries.groups import may_speak
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor, Follow
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from microfed.vocab.reading import types


def pass_like_on(tx: Tx, *, actor: Actor, post: Post, document: Mapping[str, Any] | None) -> None:
    """`actor` likes a post, or does no longer: the open groups of ours it was said in say so."""
    if document is None or post.group_id is None or not Audience(post.audience).is_open:
        return
    if {"Like", "Undo"}.isdisjoint(types(document)) or len(orjson.dumps(document)) > MOST_BYTES:
        return
    for group in groups_with(tx, post):
        if not group.is_private and may_speak(tx, author=actor, group=group):
            said = passed_on(tx.here.activity(id_at(tx.now)), group=group, inside=document)
            deliver(tx, said, sender=group, inboxes=inboxes_of_followers(tx, group.id))


def group_of(tx: Tx, *, actor: Actor, post: Post) -> Actor | None:
    """Return the open group that passed a public post on and that `actor` is in: ours, or else the
    first. No other group hears from us who likes what."""
    if not Audience(post.audience).is_open:
        return None
    passed = (
        select(Actor)
        .join(Post, Post.actor_id == Actor.id)
        .join(Follow, Follow.target_id == Actor.id)
        .where(
            Follow.follower_id == actor.id,
            Follow.accepted_at.is_not(None),
            Post.boost_of_id == post.id,
            Actor.kind == "Group",
            ~Actor.is_private,
            Actor.gone_at.is_(None),
        )
        .order_by(Actor.host != HERE, Post.id)
    )
    return tx.session.scalar(passed.limit(1))


def tell_group(tx: Tx, *, actor: Actor, group: Actor | None, document: dict[str, Any]) -> None:
    """A neighbour's like goes to a group elsewhere, too: it is for the group to pass it on."""
    if group is not None and not group.is_local:
        inboxes = inboxes_of(tx, [group.id], is_shared=False)
        deliver(tx, document, sender=actor, inboxes=inboxes)
