"""Taking back what a keeper did, for two weeks, from the journal."""

from sqlalchemy import update

from microfed.errors import Conflict, Forbidden, NotFound
from microfed.operations.journal import need_keeper
from microfed.operations.moderation import lift
from microfed.store.database import Tx
from microfed.store.moderation import Deed
from microfed.store.people import Actor

# What can be taken back, by what the journal calls it.
LIFTED = ("freeze", "mark_sensitive", "silence", "suspend")


def undo_deed(tx: Tx, *, by: Actor | None, id_: int) -> None:
    """Take a deed back. Raises Forbidden for what cannot be, Conflict when it was already."""
    need_keeper(tx, by)
    deed = tx.session.get(Deed, id_)
    if deed is None:
        raise NotFound("there is no such line in the journal")
    if deed.action not in LIFTED or deed.undo_until is None or deed.undo_until < tx.now:
        raise Forbidden("this cannot be taken back")
    done = tx.connection.execute(
        update(Deed).where(Deed.id == id_, Deed.undone_at.is_(None)).values(undone_at=tx.now)
    )
    if not done.rowcount:
        raise Conflict("this was taken back already")
    tx.session.expire(deed)
    lift(tx, by=by, target=tx.session.get_one(Actor, deed.target_id), action=deed.action)
