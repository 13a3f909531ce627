"""Posts from elsewhere that are gone: deleted, out of a group, lost; and how they come back."""

from sqlalchemy import delete, select

from microfed.errors import Forbidden
from microfed.here import authority, same_origin
from microfed.operations.event_leaving import guests_are_told
from microfed.operations.group_posts import take_out_of_group
from microfed.operations.jobs import add_job
from microfed.operations.people import bury
from microfed.operations.post_rows import count_answers
from microfed.outbound.talks import leave_talks
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post, Tombstone


def post_is_gone(tx: Tx, *, by: Actor, uri: str) -> None:
    """Something was deleted elsewhere: by its author, or by whoever keeps their server.

    What has not arrived yet is remembered as deleted, so that a late Create does not bring it back.
    """
    row = tx.connection.execute(
        select(Post.id, Post.actor_id, Post.in_reply_to_id, Post.is_local, Actor.uri)
        .join(Actor, Actor.id == Post.actor_id)
        .where(Post.uri == uri)
    ).first()
    if row is None:
        if tx.connection.scalar(select(Actor.id).where(Actor.uri == uri)) is not None:
            raise Forbidden("only they themselves can leave")
        if same_origin(uri, by.uri):
            bury(tx, uri, former_type=None, actor_uri=by.uri)
        return
    if row.is_local:
        raise Forbidden("this post is somebody else's")
    authority(by.uri, uri, owner=row.uri, is_server_enough=True)
    bury(tx, uri, former_type="Note", actor_uri=row.uri)
    if row.in_reply_to_id is not None:
        count_answers(tx, row.in_reply_to_id, -1)
    guests_are_told(tx, Post.id == row.id)
    leave_talks(tx, row.id)
    tx.connection.execute(delete(Post).where(Post.id == row.id))
    tx.tell("stream", ("delete", row.id))


def left_group(tx: Tx, post: Post) -> None:
    """A private group elsewhere took a post out: who wrote it here keeps it, all others lose it."""
    if post.is_local:
        take_out_of_group(tx, post)
    else:
        post_is_gone(tx, by=tx.session.get_one(Actor, post.actor_id), uri=post.uri)


def post_came_back(tx: Tx, *, by: Actor, uri: str) -> bool:
    """A deletion elsewhere is taken back: the post may come again, and is read where it lives."""
    grave = tx.session.get(Tombstone, uri)
    if grave is None or grave.is_local:
        return False
    authority(by.uri, uri, owner=grave.actor_uri, is_server_enough=True)
    tx.session.delete(grave)
    tx.flush()
    add_job(tx, "refetch", key=uri, arguments={"uri": uri})
    return True


def origin_lost(tx: Tx, uri: str) -> None:
    """A post from elsewhere is no longer where it lived: it is gone here too."""
    post = tx.session.scalar(select(Post).where(Post.uri == uri, Post.boost_of_id.is_(None)))
    if post is not None and not post.is_local:
        post_is_gone(tx, by=tx.session.get_one(Actor, post.actor_id), uri=uri)
