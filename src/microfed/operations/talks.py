"""Private conversations as their members keep them: read, or taken out of the list."""

from sqlalchemy import delete, select

from microfed.errors import NotFound
from microfed.operations.jobs import add_job
from microfed.outbound.talks import place_in_talks
from microfed.queries.talks import private_posts
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.reading import Conversation
from microfed.vocab.audience import Audience

AT_ONCE = 500


def mark_talk(tx: Tx, *, actor: Actor, id_: int, is_unread: bool) -> Conversation:
    """`actor` has read a conversation, or wants to come back to it.

    Raises NotFound for one that is not theirs.
    """
    talk = tx.session.scalar(
        select(Conversation).where(Conversation.id == id_, Conversation.owner_id == actor.id)
    )
    if talk is None:
        raise NotFound("there is no such conversation")
    talk.is_unread = is_unread
    tx.flush()
    return talk


def forget_talk(tx: Tx, *, actor: Actor, id_: int) -> None:
    """Take a conversation out of the list; it comes back with the next word in it."""
    gone = tx.connection.execute(
        delete(Conversation).where(Conversation.id == id_, Conversation.owner_id == actor.id)
    )
    if not gone.rowcount:
        raise NotFound("there is no such conversation")


def gather_talks(tx: Tx, *, below: int | None) -> int:
    """Make conversations of what was said in private before there were any, newest first.

    One batch below the id `below`, or the newest; what is left is put off. Returns how many.
    """
    found = private_posts(tx, below=below, most=AT_ONCE)
    for post_id in found:
        place_in_talks(tx, post_id=post_id, audience=Audience.PEOPLE, is_news=False)
    if len(found) == AT_ONCE:
        add_job(tx, "gather_talks", key=str(found[-1]), arguments={"below": found[-1]})
    return len(found)
