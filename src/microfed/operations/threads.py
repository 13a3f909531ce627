"""Conversations: which post an answer stands below, and whether its author wants it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from microfed.here import same_origin
from microfed.operations.jobs import add_job
from microfed.operations.post_rows import count_answers
from microfed.queries.policies import policy_in, verdict
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.policies import Policy, is_approval

_PARENT = select(Post.id, Post.actor_id, Post.thread_id, Post.extras).where(
    Post.uri == bindparam("uri")
)
_CHILDREN = select(Post.id).where(
    Post.in_reply_to_uri == bindparam("uri"), Post.in_reply_to_id.is_(None)
)


@dataclass(frozen=True, slots=True)
class Parent:
    """What an answer answers."""

    id: int
    actor_id: int
    thread_id: int | None
    policy: Policy | None

    @property
    def thread(self) -> int:
        """The first post of the conversation."""
        return self.thread_id or self.id


def find_parent(tx: Tx, uri: str | None) -> Parent | None:
    """Return what is answered, if it is known here."""
    row = None if uri is None else tx.connection.execute(_PARENT, {"uri": uri}).first()
    if row is None:
        return None
    return Parent(row.id, row.actor_id, row.thread_id, policy_in(row.extras))


def may_answer(tx: Tx, parent: Parent, author: Actor) -> bool:
    """Say whether an answer stands at once; else it waits for the leave it says it has."""
    is_yes = verdict(
        tx,
        parent.policy,
        post_id=parent.id,
        author_id=parent.actor_id,
        actor=author,
        deed="reply",
    )
    return is_yes == "yes"


def check_answer(tx: Tx, parent: Parent, post_id: int, stamp: str | None) -> None:
    """An answer has no place in its conversation yet: the leave it names is read, if it is where
    its author's leave can be."""
    author = tx.session.get_one(Actor, parent.actor_id)
    if stamp is not None and same_origin(stamp, author.uri):
        arguments = {"post_id": post_id, "stamp": stamp}
        add_job(tx, "check_answer", key=str(post_id), arguments=arguments)


def leave_to_answer_was_read(
    tx: Tx, *, post_id: int, stamp: str, document: Mapping[str, Any]
) -> None:
    """What stands at the address of a leave was read: if all of it fits, the answer stands."""
    post = tx.session.get(Post, post_id)
    parent = None if post is None else find_parent(tx, post.in_reply_to_uri)
    if post is None or parent is None or post.in_reply_to_id is not None:
        return
    author = tx.session.get_one(Actor, parent.actor_id)
    if not same_origin(stamp, author.uri) or document.get("id") != stamp:
        return
    target = post.in_reply_to_uri or ""
    if is_approval(document, deed="reply", author=author.uri, did=post.uri, target=target):
        _hang(tx, [post_id], parent_id=parent.id, actor_id=parent.actor_id, thread=parent.thread)
        tx.session.expire(post)
        count_answers(tx, parent.id, 1)
        tx.tell("post_changed", post_id)


def adopt_children(tx: Tx, post_id: int, uri: str, author: Actor, parent: Parent | None) -> None:
    """Answers that came before what they answer find their place in the thread."""
    children = tx.connection.scalars(_CHILDREN, {"uri": uri}).all()
    me = find_parent(tx, uri) if children else None
    if me is None:
        return
    if me.policy is not None:
        children = [child for child in children if _stands(tx, me, child)]
    thread = post_id if parent is None else parent.thread
    _hang(tx, children, parent_id=post_id, actor_id=author.id, thread=thread)
    count_answers(tx, post_id, len(children))


def take_out(tx: Tx, post: Post) -> None:
    """Whoever was answered does not want it below their post: it stands alone, with what answers
    it."""
    if post.in_reply_to_id is None:
        return
    count_answers(tx, post.in_reply_to_id, -1)
    below = {post.id}
    while True:  # a thread is a tree; one step goes one level down
        found = set(
            tx.connection.scalars(select(Post.id).where(Post.in_reply_to_id.in_(below))).all()
        )
        if found <= below:
            break
        below |= found
    tx.connection.execute(
        update(Post).where(Post.id.in_(below)).values(thread_id=post.id, version=Post.version + 1)
    )
    tx.session.expire(post)
    post.in_reply_to_id = None
    tx.flush()


def _stands(tx: Tx, parent: Parent, child_id: int) -> bool:
    child = tx.session.get_one(Post, child_id)
    if may_answer(tx, parent, tx.session.get_one(Actor, child.actor_id)):
        return True
    check_answer(tx, parent, child_id, (child.extras or {}).get("reply_stamp"))
    return False


def _hang(tx: Tx, ids: Any, *, parent_id: int, actor_id: int, thread: int) -> None:
    tx.connection.execute(
        update(Post)
        .where(Post.id.in_(ids))
        .values(in_reply_to_id=parent_id, in_reply_to_actor_id=actor_id, version=Post.version + 1)
    )
    tx.connection.execute(
        update(Post).where(or_(Post.thread_id.in_(ids), Post.id.in_(ids))).values(thread_id=thread)
    )
