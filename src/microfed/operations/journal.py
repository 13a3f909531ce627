"""The journal of those who look after the place: who did what to whom, and until when it can be
undone. Every deed of a keeper is written here, in the transaction that does it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import InvalidRequestError

from microfed.errors import Conflict, Forbidden
from microfed.ids import id_at
from microfed.queries.second_factor import signs_in_in_two_steps
from microfed.store.database import Tx
from microfed.store.moderation import Deed
from microfed.store.people import Actor, Member

UNDO_FOR = timedelta(days=14)
# A number of our own among the locks of PostgreSQL that belong to no table.
_TURN = 726_002


def note_deed(
    tx: Tx,
    *,
    by: Actor | None,
    action: str,
    target_kind: str,
    target_id: int | None = None,
    target_name: str = "",
    details: Mapping[str, Any] | None = None,
    can_be_undone: bool = False,
) -> Deed:
    """Write down what a keeper did; `by` is None at the command line, or for the server itself."""
    deed = Deed(
        id=id_at(tx.now),
        by_id=None if by is None else by.id,
        by_name="" if by is None else by.username,
        action=action,
        target_kind=target_kind,
        target_id=target_id,
        target_name=target_name,
        details=dict(details or {}),
        undo_until=tx.now + UNDO_FOR if can_be_undone else None,
    )
    tx.session.add(deed)
    tx.flush()
    return deed


def need_animator(tx: Tx, by: Actor | None) -> None:
    """Refuse whoever is neither admin nor organiser; else as `need_keeper`, but for the second
    step: announcements and the words of a letter are nobody's secrets."""
    take_turn(tx)
    if by is None:
        return
    member = tx.session.get(Member, by.id)
    if member is None or member.role not in ("admin", "organiser") or member.suspended_at:
        raise Forbidden("This action is not allowed")


def need_keeper(tx: Tx, by: Actor | None) -> None:
    """Refuse whoever is no admin, and an admin who signs in with a password alone.

    The command line (None) belongs to whoever owns the machine. Keepers decide one after the other:
    raises Conflict when another took away meanwhile what this is about.
    """
    take_turn(tx)
    if by is None:
        return
    member = tx.session.get(Member, by.id)
    is_shut_out = by.suspended_at is not None or by.gone_at is not None
    if member is None or member.role != "admin" or member.suspended_at or is_shut_out:
        raise Forbidden("This action is not allowed")
    if not signs_in_in_two_steps(tx, by.id):
        raise Forbidden("first turn on signing in in two steps, in your settings")


def take_turn(tx: Tx) -> None:
    """Let no other keeper decide anything until this is committed, and see what they decided.

    On SQLite all who write take turns. On PostgreSQL keepers do: they are few, and what one of them
    looks at before deciding is what the other is about to change.
    """
    if tx.connection.dialect.name == "sqlite" or tx.memo.get(_TURN):
        return
    tx.flush()
    tx.connection.execute(select(func.pg_advisory_xact_lock(_TURN)))
    tx.memo[_TURN] = True
    for row in list(tx.session.identity_map.values()):
        try:
            tx.session.refresh(row)
        except InvalidRequestError:
            raise Conflict("this was taken away already, by somebody else just now") from None


def name_of(tx: Tx, actor: Actor) -> str:
    """Return what the journal calls somebody."""
    return f"@{actor.username}" if actor.is_local else f"@{actor.username}@{actor.host}"
