"""The first day: a key shown once in the terminal lets somebody move in as the admin."""

import secrets
from typing import Any

from microfed.errors import Forbidden, Gone
from microfed.operations.members import add_member
from microfed.operations.tokens import hash_of
from microfed.queries.people import count_members, need_actor_by_id
from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.people import Actor

_KEY = "setup_key"


def make_setup_key(tx: Tx) -> str | None:
    """Return a new key for the first member, in place of the last; None once somebody is here."""
    if count_members(tx):
        return None
    key = secrets.token_urlsafe(24)
    kept = _kept(tx)
    if kept is None:
        tx.session.add(Setting(name=_KEY, value={"hash": hash_of(key)}))
    else:
        kept.value = {"hash": hash_of(key)}
    tx.flush()
    return key


def check_setup_key(tx: Tx, key: str) -> None:
    """Refuse a key that is not, or no longer, the one: Forbidden, or Gone once it was used."""
    value = _value(tx)
    if not secrets.compare_digest(value.get("hash", ""), hash_of(key)):
        raise Forbidden("this is not the link that was shown last")
    if "used_by" in value or count_members(tx):
        raise Gone("this link was used")


def move_in_first(
    tx: Tx,
    *,
    key: str,
    name: str,
    password_hash: str,
    display_name: str = "",
    email: str | None = None,
    language: str = "fr",
) -> Actor:
    """The first member moves in, as the admin. Sending the same form twice is harmless.

    Raises Forbidden for a wrong key, Gone when somebody else used it, and what `add_member` raises.
    """
    value = _value(tx)
    if value.get("hash") == hash_of(key) and value.get("used_as") == name.lower():
        return need_actor_by_id(tx, value["used_by"])
    check_setup_key(tx, key)
    actor = add_member(
        tx,
        name=name,
        role="admin",
        email=email,
        password_hash=password_hash,
        display_name=display_name,
        language=language,
    )
    kept = _kept(tx)
    if kept is not None:
        kept.value = {**kept.value, "used_by": actor.id, "used_as": actor.username}
        tx.flush()
    return actor


def _kept(tx: Tx) -> Setting | None:
    return tx.session.get(Setting, _KEY)


def _value(tx: Tx) -> dict[str, Any]:
    kept = _kept(tx)
    return {} if kept is None else dict(kept.value)
