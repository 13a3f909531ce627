"""What a member marks for themselves: posts kept, conversations left alone, notes about people."""

from sqlalchemy import delete

from microfed.errors import Forbidden, Invalid
from microfed.ids import id_at
from microfed.operations.searching import is_dear_to_somebody
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.own import Endorsement, MutedThread, PersonalNote
from microfed.store.people import Actor
from microfed.store.posts import Bookmark, Post

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
