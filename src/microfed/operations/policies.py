"""Interaction policies as GoToSocial has them: whoever asked says which answers stand."""

from microfed.errors import Forbidden
from microfed.here import authority
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post


def reply_was_approved(tx: Tx, *, by: Actor, uri: str | None, approval: str) -> Post | None:
    """Someone elsewhere approves a neighbour's answer; returns it, so that the world is told.

    The answer then carries `approvedBy`: servers of that kind drop answers without.
    """
    post = None if uri is None else find_post(tx, uri)
    if post is None or not post.is_local:
        return None
    _own_question(by, post)
    post.extras = {**(post.extras or {}), "approved_by": authority(by.uri, approval)}
    _changed(tx, post)
    return post


def reply_was_rejected(tx: Tx, *, by: Actor, post: Post) -> None:
    """Someone elsewhere does not want a neighbour's answer in their conversation."""
    _own_question(by, post)
    post.extras = {**(post.extras or {}), "is_refused": True, "approved_by": None}
    _changed(tx, post)


def _own_question(by: Actor, post: Post) -> None:
    if not post.is_local or post.in_reply_to_actor_id != by.id:
        raise Forbidden("this does not answer a post of yours")


def _changed(tx: Tx, post: Post) -> None:
    post.version += 1
    tx.flush()
    tx.tell("post_changed", post.id)
