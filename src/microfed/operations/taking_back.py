"""Posts of the people who live here, taken back."""

from typing import Any

from sqlalchemy import delete, update

from microfed.operations.event_leaving import guests_are_told
from microfed.operations.group_posts import (
    inboxes_of_groups,
    was_taken_back,
)
from microfed.operations.group_rows import groups_with
from microfed.operations.people import bury
from microfed.operations.post_inboxes import inboxes_it_goes_to, inboxes_it_was_seen_at
from microfed.operations.post_parts import quote_is_gone
from microfed.operations.post_rows import count_answers
from microfed.operations.posts import need_own
from microfed.outbound.deliver import deliver
from microfed.outbound.render_activities import delete as delete_activity
from microfed.outbound.render_activities import undo
from microfed.outbound.talks import leave_talks
from microfed.queries.whole_posts import whole_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post


def delete_post(tx: Tx, *, author: Actor, post: Post) -> dict[str, Any]:
    """`author` takes a post back. Everyone who may have got it is told what is returned."""
    need_own(author, post)
    whole = whole_post(tx, post)
    group = None if whole.group is None else whole.group.uri
    document = delete_activity(
        actor=author.uri, uri=post.uri, to=whole.addressing.everyone, audience=group
    )
    if post.kind == "deed":
        document = undo(tx.here, whole)
    groups = groups_with(tx, post)
    inboxes = inboxes_it_goes_to(tx, whole) | inboxes_it_was_seen_at(tx, post)
    inboxes |= inboxes_of_groups(tx, groups)
    was_taken_back(tx, post=post, groups=groups, document=document)
    deliver(tx, document, sender=author, inboxes=inboxes)
    forget_post(tx, author=author, post=post)
    return document


def forget_post(tx: Tx, *, author: Actor, post: Post) -> None:
    """Nothing of a post is kept but that it was there; nobody is told."""
    bury(tx, post.uri, former_type="Note", actor_uri=author.uri)
    if post.in_reply_to_id is not None:
        count_answers(tx, post.in_reply_to_id, -1)
    quote_is_gone(tx, post)
    if post.kind == "event":
        guests_are_told(tx, Post.id == post.id)
    tx.connection.execute(
        update(Actor).where(Actor.id == author.id).values(posts_count=Actor.posts_count - 1)
    )
    id_ = post.id
    tx.session.expunge(post)
    leave_talks(tx, id_)
    tx.connection.execute(delete(Post).where(Post.id == id_))
    tx.tell("media")  # its files are nobody's now
    tx.tell("post_changed", id_)
    tx.tell("stream", ("delete", id_))
