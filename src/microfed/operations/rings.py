"""In whose ring a post from elsewhere was said, and whether its author may speak there.

It fails closed: what names a ring and cannot be shown to belong to it is not taken in at all.
"""

from sqlalchemy import select

from microfed.errors import Forbidden
from microfed.here import authority_of
from microfed.outbound.allies import ally_at
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience, ring_named
from microfed.vocab.objects import Note


def ring_of(tx: Tx, *, author: Actor, note: Note) -> str | None:
    """Return the server in whose ring a post was said, None for ours; Forbidden for all else.

    * Ours: an answer, by somebody of an allied place, to what was said in our ring.
    * An ally's: said by its own people; or an answer of others which that ally itself brought,
      because it alone knows who else is in its ring.
    """
    ring = ring_named(note)
    if ring is None:
        raise Forbidden("this was said in no ring")
    host = authority_of(ring)
    if tx.here.is_ours(ring):
        if ally_at(tx, author.host) is None or not _answers(tx, note, None):
            raise Forbidden("nobody outside speaks in our ring but to answer, as an ally")
        return None
    if ally_at(tx, host) is None:
        raise Forbidden("this was said in the ring of a place we are not allied with")
    if author.host != host and not (note.carried_by == host and _answers(tx, note, host)):
        raise Forbidden("the place whose ring this is did not bring it")
    return host


def _answers(tx: Tx, note: Note, ring: str | None) -> bool:
    if note.in_reply_to is None:
        return False
    row = tx.connection.execute(
        select(Post.audience, Post.ring).where(Post.uri == note.in_reply_to)
    ).first()
    return row is not None and row.audience == Audience.RING and row.ring == ring
