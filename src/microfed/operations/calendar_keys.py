"""The secret address of a member's calendar: made when it is wanted, renewed when it leaked."""

import secrets

from microfed.operations.secrets import seal, unseal
from microfed.operations.tokens import hash_of
from microfed.store.database import Tx
from microfed.store.events import CalendarKey


def calendar_token(tx: Tx, *, member_id: int) -> str:
    """Return the secret in the address of a member's calendar; empty when there is none yet."""
    key = tx.session.get(CalendarKey, member_id)
    return "" if key is None else unseal(tx, key.token)


def renew_calendar(tx: Tx, *, member_id: int) -> str:
    """Give a member's calendar another address; the one it had is worth nothing any more."""
    token = secrets.token_urlsafe(32)
    tx.session.merge(CalendarKey(id=member_id, token_hash=hash_of(token), token=seal(tx, token)))
    tx.flush()
    return token
