"""Interaction policies as GoToSocial has them: whoever is answered, liked or passed on decides."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from microfed.errors import Forbidden
from microfed.here import authority, same_origin
from microfed.operations.jobs import add_job
from microfed.operations.reactions import boost, boost_was_let, unboost, unlike
from microfed.operations.threads import take_out
from microfed.queries.policies import policy_in, verdict
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Like, Post
from microfed.vocab.policies import is_approval


def was_approved(tx: Tx, *, by: Actor, uri: str | None, approval: str) -> Post | None:
    """Someone elsewhere approves a neighbour's answer, boost or like.

    An answer is returned, so that the world is told: it then carries `approvedBy`, and servers of
    that kind drop answers without. A boost goes out with its leave at once.
    """
    if uri is None:
        return None
    if (liked := _like_at(tx, uri)) is not None:
        _own_post(tx, by, liked.post_id)
        return None
    post = find_post(tx, uri)
    if post is None or not post.is_local:
        return None
    _own_question(tx, by, post)
    leave = {"approved_by": authority(by.uri, approval), "waits_for_leave": False}
    post.extras = {**(post.extras or {}), **leave}
    _changed(tx, post)
    if post.boost_of_id is not None:
        boost_was_let(tx, post)
        return None
    return post


def was_rejected(tx: Tx, *, by: Actor, uri: str) -> bool:
    """Someone elsewhere does not want a neighbour's answer, boost or like. An answer stays with
    who wrote it; the others are taken back. Returns whether there was such a thing."""
    if (liked := _like_at(tx, uri)) is not None:
        wanted = _own_post(tx, by, liked.post_id)
        unlike(tx, actor=tx.session.get_one(Actor, liked.actor_id), post=wanted)
        return True
    post = find_post(tx, uri)
    if post is None:
        return False
    _own_question(tx, by, post)
    if post.boost_of_id is not None:
        booster = tx.session.get_one(Actor, post.actor_id)
        unboost(tx, actor=booster, post=tx.session.get_one(Post, post.boost_of_id))
        return True
    post.extras = {**(post.extras or {}), "is_refused": True, "approved_by": None}
    tx.flush()
    take_out(tx, post)
    _changed(tx, post)
    return True


def boost_elsewhere(tx: Tx, *, actor: Actor, post: Post, uri: str, stamp: str | None) -> None:
    """Someone elsewhere passes a post on; where its author wants to be asked, their leave is read
    first, and without one nothing happens."""
    may = verdict(
        tx,
        policy_in(post.extras),
        post_id=post.id,
        author_id=post.actor_id,
        actor=actor,
        deed="announce",
    )
    if may == "yes":
        boost(tx, actor=actor, post=post, uri=uri)
    elif stamp is not None and same_origin(stamp, post.uri):
        arguments = {"actor_id": actor.id, "post_id": post.id, "uri": uri, "stamp": stamp}
        add_job(tx, "check_boost", key=uri, arguments=arguments)


def leave_to_boost_was_read(
    tx: Tx, *, actor_id: int, post_id: int, uri: str, stamp: str, document: Mapping[str, Any]
) -> None:
    """What stands at the address of a leave was read: if all of it fits, the boost counts."""
    actor, post = tx.session.get(Actor, actor_id), tx.session.get(Post, post_id)
    if actor is None or post is None:
        return
    author = tx.session.get_one(Actor, post.actor_id)
    if not same_origin(stamp, author.uri) or document.get("id") != stamp:
        return
    if is_approval(document, deed="announce", author=author.uri, did=uri, target=post.uri):
        boost(tx, actor=actor, post=post, uri=uri)


def _like_at(tx: Tx, uri: str) -> Like | None:
    found = tx.session.scalar(select(Like).where(Like.uri == uri))
    if found is None or not tx.session.get_one(Actor, found.actor_id).is_local:
        return None
    return found


def _own_post(tx: Tx, by: Actor, post_id: int) -> Post:
    post = tx.session.get_one(Post, post_id)
    if post.actor_id != by.id:
        raise Forbidden("this post is somebody else's")
    return post


def _own_question(tx: Tx, by: Actor, post: Post) -> None:
    if not post.is_local:
        raise Forbidden("nobody here said this")
    if post.boost_of_id is not None:
        _own_post(tx, by, post.boost_of_id)
    elif post.in_reply_to_actor_id != by.id:
        raise Forbidden("this does not answer a post of yours")


def _changed(tx: Tx, post: Post) -> None:
    post.version += 1
    tx.flush()
    tx.tell("post_changed", post.id)
