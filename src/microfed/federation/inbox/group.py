"""What a group passes on: the activities of its members, whole (FEP-1b12: Lemmy, PieFed, Mbin).

The group's server signs, not the member's. So a post is read where it lives, a change or a
deletion is looked up there, and only what happened on the group's own server is taken at its word.
"""

from collections.abc import Mapping
from typing import Any

from microfed.here import authority, same_origin
from microfed.operations.elsewhere import is_followed_here
from microfed.operations.elsewhere_gone import left_group
from microfed.operations.jobs import add_job
from microfed.operations.reactions import boost, find_boost, like, unlike
from microfed.queries.people import find_actor, need_actor
from microfed.queries.whole_posts import find_post, need_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.activities import (
    Activity,
    Create,
    Delete,
    Like,
    Undo,
    Update,
    parse,
)
from microfed.vocab.reading import ref, types
from microfed.vocab.terms import POST_TYPES

_NOT_ACTIVITIES = POST_TYPES | {"Tombstone", "Collection", "OrderedCollection"}


def is_group_traffic(embedded: Mapping[str, Any]) -> bool:
    """Say whether an Announce holds an activity, not a post."""
    kinds = types(embedded)
    return bool(kinds) and "actor" in embedded and not _NOT_ACTIVITIES.intersection(kinds)


def on_group_activity(tx: Tx, group: Actor, embedded: Mapping[str, Any], uri: str) -> None:
    """Do what a member of a group did, as far as it can be verified."""
    inner = parse(embedded)
    if isinstance(inner, Create):
        _said(tx, group, inner, uri)
    elif isinstance(inner, Delete) and (post := _private(tx, group, inner)) is not None:
        left_group(tx, post)
    elif isinstance(inner, Update | Delete):
        if inner.object is not None and find_post(tx, inner.object) is not None:
            arguments = {"uri": inner.object}
            add_job(tx, "refetch", key=inner.object, arguments=arguments)
    elif isinstance(inner, Like):
        _liked(tx, group, inner)
    elif isinstance(inner, Undo) and "Like" in types(inner.embedded or {}):
        _unliked(tx, group, inner)


def _said(tx: Tx, group: Actor, create: Create, uri: str) -> None:
    if create.object is None or not is_followed_here(tx, group):
        return
    post = need_post(tx, create.object)
    # Answers stand in their thread; only what opens one is passed on to those who follow. Lemmy
    # sends the post a second time, as a plain Announce: one boost comes of both.
    is_new = find_boost(tx, actor_id=group.id, post_id=post.id) is None
    if post.in_reply_to_uri is None and is_new:
        boost(tx, actor=group, post=post, uri=uri)


def _private(tx: Tx, group: Actor, inner: Delete) -> Post | None:
    """Return the post that a private group has taken out. It alone decides what is said in it."""
    if not group.is_private or inner.object is None:
        return None
    post = find_post(tx, inner.object)
    return post if post is not None and post.group_id == group.id else None


def _liked(tx: Tx, group: Actor, inner: Like) -> None:
    post = _post_of(tx, group, inner)
    if post is not None:
        who = need_actor(tx, inner.actor)
        like(tx, actor=who, post=post, uri=authority(inner.actor, inner.id))


def _unliked(tx: Tx, group: Actor, inner: Undo) -> None:
    what = ref((inner.embedded or {}).get("object"))
    who = find_actor(tx, inner.actor) if same_origin(inner.actor, group.uri) else None
    post = None if what is None else find_post(tx, what)
    if who is not None and post is not None and not who.is_local:
        unlike(tx, actor=who, post=post)


def _post_of(tx: Tx, group: Actor, inner: Activity) -> Post | None:
    if not same_origin(inner.actor, group.uri) or tx.here.is_ours(inner.actor):
        return None
    return None if inner.object is None else find_post(tx, inner.object)
