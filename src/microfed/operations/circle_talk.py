"""Saying something in a circle, here or elsewhere: who reads it, and who may speak.

It fails closed: an answer that cannot be shown to belong to the conversation is not taken in.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from microfed.errors import Forbidden, Invalid
from microfed.here import authority_of
from microfed.operations.naming import name_again
from microfed.outbound.circles import circle_of, people_in, readers_of
from microfed.queries.visibility import Viewer, visible_to
from microfed.store.circles import Circle
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Mention, Post
from microfed.vocab.audience import Audience, circle_begun_by, circle_named
from microfed.vocab.objects import Note


@dataclass(frozen=True, slots=True)
class Heard:
    """In which conversation a post is said, and who reads it, as far as we know.

    `answers` is its name if the post did not begin it; `is_ours`: we know who else reads along.
    """

    readers: tuple[Actor, ...]
    answers: str | None = None
    is_ours: bool = True

    @property
    def extras(self) -> dict[str, Any]:
        """What is kept with the post."""
        return {} if self.answers is None else {"circle": self.answers}

    def only(self, people: Mapping[str, Actor]) -> dict[str, Actor]:
        """Return those of some people who read it: a name in it lets nobody in."""
        ids = {reader.id for reader in self.readers}
        return {key: person for key, person in people.items() if person.id in ids}


def heard_by(
    tx: Tx, *, author: Actor, parent: Post | None, circle_ids: Collection[int], besides: bool
) -> Heard:
    """Return who reads what `author` says in a circle: those of the conversation it answers, or
    of circles of their own. Invalid where that is nobody; `besides`: others are addressed too."""
    if parent is not None and Audience(parent.audience) is Audience.CIRCLE:
        others = tuple(one for one in readers_of(tx, parent) if one.id != author.id)
        return Heard(others, circle_of(parent), tx.here.is_ours(circle_of(parent)))
    if not circle_ids:
        raise Invalid("say which circle", {"circle_id": "can't be blank"})
    own = select(Circle.id).where(Circle.owner_id == author.id, Circle.id.in_(circle_ids))
    if set(tx.connection.scalars(own)) != set(circle_ids):
        raise Invalid("there is no such circle", {"circle_id": "there is no such circle"})
    readers = tuple(people_in(tx, owner_id=author.id, circle_ids=circle_ids))
    if not readers and not besides:
        raise Invalid("nobody is in this circle yet", {"circle": "nobody is in it"})
    return Heard(readers)


def heard_elsewhere(tx: Tx, *, author: Actor, note: Note) -> Heard:
    """Return who reads a post from elsewhere in a circle; Forbidden when it is said out of turn.

    * It begins a conversation: its author's server brought it to whom it is for.
    * It answers in one of ours: who read what it answers may speak, and all of them read it.
    * It answers in another's: by somebody of the place where that began, or brought by that place,
      because it alone knows who reads along.
    """
    address = circle_named(note)
    if address == circle_begun_by(note.id):
        return Heard((), is_ours=False)
    parent = None
    if note.in_reply_to is not None:
        parent = tx.session.scalar(select(Post).where(Post.uri == note.in_reply_to))
    if (
        address is None
        or parent is None
        or Audience(parent.audience) is not Audience.CIRCLE
        or circle_of(parent) != address
    ):
        raise Forbidden("this belongs to no circle we know of")
    readers = tuple(one for one in readers_of(tx, parent) if one.id != author.id)
    if tx.here.is_ours(address):
        viewer = Viewer(author.id, is_local=False)
        if not tx.session.scalar(select(Post.id).where(Post.id == parent.id, visible_to(viewer))):
            raise Forbidden("this was not said to them")
        return Heard(readers, address)
    if authority_of(address) not in (authority_of(author.uri), note.carried_by):
        raise Forbidden("the place where this conversation began did not bring it")
    # Who else of us reads it, that place says by bringing it to them.
    return Heard(readers, address, is_ours=False)


def may_be_shown(tx: Tx, *, post: Post, carried_by: str | None) -> bool:
    """Say whether one more of us reads a post from elsewhere because it was brought to them.

    What answers in a circle is brought by the place where the conversation began, and by no other.
    """
    if Audience(post.audience) is not Audience.CIRCLE or circle_of(post) == circle_begun_by(
        post.uri
    ):
        return True
    address = circle_of(post)
    brought = carried_by or authority_of(post.uri)
    return not tx.here.is_ours(address) and authority_of(address) == brought


def name_in_circle(tx: Tx, post_id: int, named: Collection[int]) -> None:
    """Those who are named in a corrected post are named, and the others read it all the same."""
    rows = Mention.post_id == post_id
    tx.connection.execute(
        update(Mention).where(rows, ~Mention.is_silent).values(is_silent=True, is_hidden=True)
    )
    name_again(tx, post_id, loud=named)
