"""What a member marks for themselves: posts kept, posts shown first, conversations left alone."""

from sqlalchemy import delete, select

from microfed.errors import Forbidden, Invalid
from microfed.ids import id_at
from microfed.operations.posts import need_own
from microfed.operations.searching import is_dear_to_somebody
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.own import Endorsement, MutedThread, PersonalNote
from microfed.store.people import Actor
from microfed.store.posts import Bookmark, Pin, Post
from microfed.vocab.audience import Audience

MOST_PINS = 5
LONGEST_NOTE = 2_000


def bookmark(tx: Tx, *, actor: Actor, post: Post) -> None:
    """`actor` keeps a post for later. Doing it twice is harmless; nobody is told."""
    values = {"id": id_at(tx.now), "actor_id": actor.id, "post_id": post.id}
    insert_once(tx, Bookmark, values)
    is_dear_to_somebody(tx, post.id)


def unbookmark(tx: Tx, *, actor: Actor, post: Post) -> None:
    """`actor` keeps a post no more."""
    tx.connection.execute(
        delete(Bookmark).where(Bookmark.actor_id == actor.id, Bookmark.post_id == post.id)
    )


def pin(tx: Tx, *, actor: Actor, post: Post) -> None:
    """`actor` shows a post of theirs at the top of their profile."""
    if post.actor_id != actor.id:
        raise Invalid("someone else's post cannot be pinned", {"base": "someone else's post"})
    need_own(actor, post)
    if Audience(post.audience) is Audience.PEOPLE:
        raise Invalid("what is for some people cannot be pinned", {"base": "not for everyone"})
    known = select(Pin.post_id).where(Pin.actor_id == actor.id)
    pinned = set(tx.connection.scalars(known))
    if post.id in pinned:
        return
    if len(pinned) >= MOST_PINS:
        raise Invalid(f"at most {MOST_PINS} posts can be pinned", {"base": "too many pinned posts"})
    insert_once(tx, Pin, {"id": id_at(tx.now), "actor_id": actor.id, "post_id": post.id})
    tx.tell("actor", actor.id)


def unpin(tx: Tx, *, actor: Actor, post: Post) -> None:
    """`actor` no longer shows a post first."""
    if post.actor_id != actor.id:
        raise Invalid("someone else's post cannot be pinned", {"base": "someone else's post"})
    tx.connection.execute(delete(Pin).where(Pin.actor_id == actor.id, Pin.post_id == post.id))
    tx.tell("actor", actor.id)


def mute_thread(tx: Tx, *, actor: Actor, post: Post) -> None:
    """`actor` wants to hear no more of a conversation."""
    insert_once(tx, MutedThread, {"actor_id": actor.id, "thread_id": post.thread_id or post.id})


def unmute_thread(tx: Tx, *, actor: Actor, post: Post) -> None:
    """`actor` wants to hear of a conversation again."""
    tx.connection.execute(
        delete(MutedThread).where(
            MutedThread.actor_id == actor.id, MutedThread.thread_id == (post.thread_id or post.id)
        )
    )


def write_note(tx: Tx, *, writer: Actor, about: Actor, text: str) -> None:
    """`writer` notes something about someone, for their own eyes; nothing takes the note away."""
    text = text.strip()
    if len(text) > LONGEST_NOTE:
        raise Invalid(f"a note has at most {LONGEST_NOTE} characters", {"comment": "too long"})
    tx.connection.execute(
        delete(PersonalNote).where(
            PersonalNote.writer_id == writer.id, PersonalNote.about_id == about.id
        )
    )
    if text:
        values = {"writer_id": writer.id, "about_id": about.id, "text": text}
        insert_once(tx, PersonalNote, values)


def endorse(tx: Tx, *, actor: Actor, whom: Actor, is_following: bool) -> None:
    """`actor` shows someone they follow on their profile."""
    if actor.id == whom.id or not is_following:
        raise Forbidden("only people one follows can be shown on one's profile")
    values = {"id": id_at(tx.now), "actor_id": actor.id, "endorsed_id": whom.id}
    insert_once(tx, Endorsement, values)


def unendorse(tx: Tx, *, actor: Actor, whom: Actor) -> None:
    """`actor` shows someone on their profile no more."""
    tx.connection.execute(
        delete(Endorsement).where(
            Endorsement.actor_id == actor.id, Endorsement.endorsed_id == whom.id
        )
    )
