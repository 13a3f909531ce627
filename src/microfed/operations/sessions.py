"""Sessions: a member signs in with a browser, maybe in two steps, and out again."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update

from microfed.errors import NotFound, Unauthorized
from microfed.ids import id_at
from microfed.operations.second_factor import is_second_step
from microfed.operations.tokens import hash_of
from microfed.queries.second_factor import signs_in_in_two_steps
from microfed.store.access import Session
from microfed.store.database import Tx
from microfed.store.people import Member

LASTS = timedelta(days=60)
SECOND_STEP_LASTS = timedelta(minutes=5)
MOST_ATTEMPTS = 5
_LONGEST_BROWSER = 200


@dataclass(frozen=True, slots=True)
class Begun:
    """A new session: its token goes into a cookie, and is told this once."""

    token: str
    awaits_second_step: bool


def begin_session(
    tx: Tx, *, member_id: int, password_hash: str | None, browser: str = "", before: str = ""
) -> Begun:
    """A member whose password was right signs in; `before` is the browser's old token, which ends.

    `password_hash` is what the password was compared with: changed meanwhile, it is Unauthorized.
    With a second factor the session is worth nothing until `take_second_step`.
    """
    member = tx.session.get(Member, member_id)
    if member is None or member.suspended_at is not None or member.password_hash != password_hash:
        raise Unauthorized("sign in again")
    if before:
        end_session(tx, before)
    awaits = signs_in_in_two_steps(tx, member_id)
    return Begun(_begin(tx, member_id, browser, awaits), awaits)


def take_second_step(tx: Tx, *, token: str, code: str) -> Begun | None:
    """The second step of a sign-in, with a code from a device or a recovery code.

    Returns None for a wrong code. Raises Unauthorized when there is no first step to follow, it
    is too long ago, or it was tried too often.
    """
    row = need_first_step(tx, token)
    # Counted before looking, in one statement: many tries at once are many tries.
    count_attempt(tx, row)
    if not is_second_step(tx, member_id=row.member_id, code=code):
        return None
    return finish_second_step(tx, row, token)


def need_first_step(tx: Tx, token: str) -> Session:
    """Return the sign-in that awaits its second step; Unauthorized when there is none, it is too
    long ago, or it was tried too often."""
    row = tx.session.scalar(
        select(Session).where(
            Session.token_hash == hash_of(token),
            Session.begun_at.is_(None),
            Session.expires_at > tx.now,
            Session.attempts < MOST_ATTEMPTS,
        )
    )
    if row is None:
        raise Unauthorized("sign in again")
    return row


def count_attempt(tx: Tx, row: Session) -> None:
    """A second step is tried."""
    tx.connection.execute(
        update(Session).where(Session.id == row.id).values(attempts=Session.attempts + 1)
    )


def finish_second_step(tx: Tx, row: Session, token: str) -> Begun:
    """The second step was right: the browser gets a session that is worth something."""
    member_id, browser = row.member_id, row.browser
    end_session(tx, token)
    return Begun(_begin(tx, member_id, browser, False), False)


def end_session(tx: Tx, token: str) -> None:
    """A browser is signed out. Doing it twice is harmless."""
    _end(tx, Session.token_hash == hash_of(token))


def end_session_of(tx: Tx, *, member_id: int, session_id: int) -> None:
    """A member signs another of their browsers out. Raises NotFound when it is not theirs."""
    if not _end(tx, (Session.id == session_id) & (Session.member_id == member_id)):
        raise NotFound("there is no such session")


def end_sessions(tx: Tx, *, member_id: int, but: int | None = None) -> None:
    """Sign a member out everywhere, `but` perhaps in the browser they are using."""
    _end(tx, (Session.member_id == member_id) & (Session.id != (but or 0)))


def change_password(tx: Tx, *, member_id: int, password_hash: str, but: int | None = None) -> None:
    """A member has another password; whoever signed in with the old one is signed out."""
    member = tx.session.get(Member, member_id)
    if member is None:
        raise NotFound("there is no such member")
    member.password_hash = password_hash
    tx.flush()
    end_sessions(tx, member_id=member_id, but=but)


def _begin(tx: Tx, member_id: int, browser: str, awaits: bool) -> str:
    token = secrets.token_urlsafe(32)
    lasts = SECOND_STEP_LASTS if awaits else LASTS
    tx.session.add(
        Session(
            id=id_at(tx.now),
            token_hash=hash_of(token),
            member_id=member_id,
            browser=browser[:_LONGEST_BROWSER],
            begun_at=None if awaits else tx.now,
            expires_at=tx.now + lasts,
            attempts=0,
        )
    )
    tx.flush()
    return token


def _end(tx: Tx, condition: ColumnElement[bool]) -> int:
    hashes = list(tx.connection.scalars(select(Session.token_hash).where(condition)))
    tx.connection.execute(delete(Session).where(condition))
    for hash_ in hashes:
        tx.tell("session", hash_)
    return len(hashes)
