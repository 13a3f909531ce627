"""Taking back what a keeper did, for two weeks, from the journal."""

from datetime import datetime

from sqlalchemy import update

from microfed.errors import Conflict, Forbidden, NotFound
from microfed.operations.domains import undo_rule
from microfed.operations.journal import need_keeper
from microfed.operations.moderation import lift
from microfed.operations.place import undo_decision
from microfed.store.database import Tx
from microfed.store.moderation import Deed
from microfed.store.people import Actor


def can_be_undone(deed: Deed, now: datetime) -> bool:
    """Say whether a line of the journal can still be taken back."""
    return deed.undone_at is None and deed.undo_until is not None and deed.undo_until > now


def undo_deed(tx: Tx, *, by: Actor | None, id_: int) -> None:
    """Take a deed back. Raises Forbidden for what cannot be, Conflict when it was already, or when
    something else was decided since."""
    need_keeper(tx, by)
    deed = tx.session.get(Deed, id_)
    if deed is None:
        raise NotFound("there is no such line in the journal")
    if deed.undo_until is None or deed.undo_until < tx.now:
        raise Forbidden("this cannot be taken back")
    done = tx.connection.execute(
        update(Deed).where(Deed.id == id_, Deed.undone_at.is_(None)).values(undone_at=tx.now)
    )
    if not done.rowcount:
        raise Conflict("this was taken back already")
    tx.session.expire(deed)
    if deed.target_kind == "place":
        undo_decision(tx, by=by, action=deed.action, was=deed.details["was"])
    elif deed.action == "ask_erase":
        return  # nothing was done yet: the wish is taken back with the line
    elif deed.target_kind == "domain":
        undo_rule(tx, by=by, deed=deed)
    else:
        target = tx.session.get_one(Actor, deed.target_id)
        if not lift(tx, by=by, target=target, action=deed.action):
            raise Conflict("this was taken back already")
