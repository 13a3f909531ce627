"""Private conversations: a row for each neighbour in one, that moves up with each new word."""

from collections.abc import Iterable

from sqlalchemy import bindparam, or_, select, update

from microfed.ids import id_at
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import HERE, Actor
from microfed.store.posts import Mention, Post
from microfed.store.reading import Conversation
from microfed.vocab.audience import Audience

_SAID = select(Post.actor_id, Post.thread_id).where(Post.id == bindparam("post"))
_NAMED = select(Mention.actor_id).where(Mention.post_id == bindparam("post"))
_NEIGHBOURS = select(Actor.id).where(
    Actor.id.in_(bindparam("people", expanding=True)), Actor.host == HERE
)


def place_in_talks(tx: Tx, *, post_id: int, audience: str, is_news: bool = True) -> None:
    """Put a private word on top of the conversations of the neighbours it is between."""
    if audience != Audience.PEOPLE:
        return
    tx.flush()
    author_id, thread_id = tx.connection.execute(_SAID, {"post": post_id}).one()
    people = {author_id, *tx.connection.scalars(_NAMED, {"post": post_id})}
    for owner_id in tx.connection.scalars(_NEIGHBOURS, {"people": list(people)}).all():
        others = sorted(people - {owner_id}, key=lambda id_: id_ == author_id)
        _put_on_top(tx, owner_id, thread_id or post_id, post_id, others, owner_id != author_id)
        if is_news:
            tx.tell("stream", ("conversation", owner_id, thread_id or post_id))


def leave_talks(tx: Tx, post_id: int) -> None:
    """A post goes: where it was the last word, the one before it is; or the talk is over."""
    talks = tx.session.scalars(select(Conversation).where(Conversation.last_post_id == post_id))
    for talk in talks.all():
        named = select(Mention.post_id).where(Mention.actor_id == talk.owner_id)
        before = tx.connection.scalar(
            select(Post.id)
            .where(
                Post.thread_id == talk.thread_id,
                Post.id != post_id,
                or_(Post.id.in_(named), Post.actor_id == talk.owner_id),
            )
            .order_by(Post.id.desc())
            .limit(1)
        )
        if before is None:
            tx.session.delete(talk)
        else:
            talk.last_post_id = before
    tx.flush()


def _put_on_top(
    tx: Tx, owner_id: int, thread_id: int, post_id: int, people: Iterable[int], is_unread: bool
) -> None:
    values = {
        "owner_id": owner_id,
        "thread_id": thread_id,
        "last_post_id": post_id,
        "people": list(people),
        "is_unread": is_unread,
    }
    if insert_once(tx, Conversation, {"id": id_at(tx.now), **values}):
        return
    # A word that comes late, from before what was read already, changes nothing of what is on top.
    tx.connection.execute(
        update(Conversation)
        .where(
            Conversation.owner_id == owner_id,
            Conversation.thread_id == thread_id,
            Conversation.last_post_id < post_id,
        )
        .values(last_post_id=post_id, people=list(people), is_unread=is_unread)
    )
