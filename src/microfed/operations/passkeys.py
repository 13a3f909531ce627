"""Passkeys of members: added, used as the second step of signing in, let go.

What is asked of a device is asked once and for a few minutes, of one browser: the row is taken away
before the answer is looked at, whatever comes of it.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from microfed.errors import Conflict, Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.second_factor import codes_for_passkeys, forget_unused_codes
from microfed.operations.sessions import (
    Begun,
    count_attempt,
    finish_second_step,
    need_first_step,
)
from microfed.operations.titled import one_line
from microfed.passkeys import ask_for_key, ask_for_proof, read_key, read_proof
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.passkeys import Passkey, PasskeyChallenge

CHALLENGE_LASTS = timedelta(minutes=5)
MOST = 10
LONGEST_NAME = 60


def begin_passkey(
    tx: Tx, *, member_id: int, username: str, session_id: int, place: str
) -> dict[str, Any]:
    """A member begins to add a passkey; returns what their browser hands to the device."""
    known = _known(tx, member_id)
    if len(known) >= MOST:
        raise Conflict(f"at most {MOST} passkeys")
    question = ask_for_key(
        url=tx.here.url,
        place=place,
        user_id=member_id,
        username=username,
        known=[key.credential for key in known],
    )
    _keep(tx, session_id, "register", question.state)
    return question.options


def add_passkey(
    tx: Tx, *, member_id: int, session_id: int, answer: Any, name: str
) -> list[str] | None:
    """A device made a key. Returns the codes for the day it is lost, when there are none yet; None
    when the answer proves nothing or comes too late."""
    state = _take(tx, session_id, "register")
    if state is None:
        return None
    try:
        made = read_key(url=tx.here.url, state=state, answer=answer)
    except Invalid:
        return None
    values = {
        "id": id_at(tx.now),
        "member_id": member_id,
        "name": one_line(name)[:LONGEST_NAME],
        "credential_id": made.credential_id,
        "credential": made.credential,
        "sign_count": made.sign_count,
    }
    if not insert_once(tx, Passkey, values):
        return None
    return codes_for_passkeys(tx, member_id=member_id)


def drop_passkey(tx: Tx, *, member_id: int, id_: int) -> None:
    """A member signs in with a passkey no more. Raises NotFound when it is not theirs."""
    gone = tx.connection.execute(
        delete(Passkey).where(Passkey.id == id_, Passkey.member_id == member_id)
    )
    if not gone.rowcount:
        raise NotFound("there is no such passkey")
    forget_unused_codes(tx, member_id=member_id)


def begin_proof(tx: Tx, *, token: str) -> dict[str, Any]:
    """The second step of a sign-in is done with a passkey; returns what the browser hands on.

    Raises Unauthorized without a first step, NotFound for a member without passkeys.
    """
    row = need_first_step(tx, token)
    known = _known(tx, row.member_id)
    if not known:
        raise NotFound("there is no passkey")
    question = ask_for_proof(url=tx.here.url, known=[key.credential for key in known])
    _keep(tx, row.id, "sign_in", question.state)
    return question.options


def prove_passkey(tx: Tx, *, token: str, answer: Any) -> Begun | None:
    """The device answered: None when that proves nothing. Raises Unauthorized as for a code."""
    row = need_first_step(tx, token)
    count_attempt(tx, row)
    state = _take(tx, row.id, "sign_in")
    if state is None:
        return None
    known = _known(tx, row.member_id)
    try:
        proof = read_proof(
            url=tx.here.url, state=state, answer=answer, known=[key.credential for key in known]
        )
    except Invalid:
        return None
    # A counter that does not grow is that of a copy; devices without one say 0 for ever.
    used = tx.connection.execute(
        update(Passkey)
        .where(
            Passkey.credential_id == proof.credential_id,
            Passkey.member_id == row.member_id,
            (Passkey.sign_count < proof.sign_count)
            | ((Passkey.sign_count == 0) & (proof.sign_count == 0)),
        )
        .values(sign_count=proof.sign_count, used_at=tx.now)
    )
    return finish_second_step(tx, row, token) if used.rowcount == 1 else None


def drop_old_challenges(tx: Tx) -> int:
    """Forget what was asked and never answered; return how many."""
    old = delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < tx.now)
    return tx.connection.execute(old).rowcount


def _known(tx: Tx, member_id: int) -> list[Passkey]:
    return list(
        tx.session.scalars(
            select(Passkey).where(Passkey.member_id == member_id).order_by(Passkey.id)
        )
    )


def _keep(tx: Tx, session_id: int, purpose: str, state: dict[str, Any]) -> None:
    tx.connection.execute(delete(PasskeyChallenge).where(_of(session_id, purpose)))
    tx.session.add(
        PasskeyChallenge(
            id=id_at(tx.now),
            session_id=session_id,
            purpose=purpose,
            state=state,
            expires_at=tx.now + CHALLENGE_LASTS,
        )
    )
    tx.flush()


def _take(tx: Tx, session_id: int, purpose: str) -> dict[str, Any] | None:
    """Return what was asked, which nobody can answer a second time."""
    row = tx.connection.execute(
        select(PasskeyChallenge.id, PasskeyChallenge.state).where(
            _of(session_id, purpose), PasskeyChallenge.expires_at > tx.now
        )
    ).first()
    if row is None:
        return None
    gone = tx.connection.execute(delete(PasskeyChallenge).where(PasskeyChallenge.id == row.id))
    return dict(row.state) if gone.rowcount == 1 else None


def _of(session_id: int, purpose: str) -> Any:
    return (PasskeyChallenge.session_id == session_id) & (PasskeyChallenge.purpose == purpose)
