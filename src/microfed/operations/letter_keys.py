"""Links in mails: another password for who forgot theirs, and an address that is confirmed."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from microfed.errors import Conflict, Gone, Invalid, NotFound, TooMany
from microfed.ids import id_at
from microfed.operations.letters import write_letter
from microfed.operations.newcomers import check_email
from microfed.operations.sessions import change_password
from microfed.operations.tokens import hash_of
from microfed.store.database import Tx
from microfed.store.letters import LetterKey
from microfed.store.people import Actor, Member

RESET_LASTS, CONFIRM_LASTS = timedelta(hours=1), timedelta(days=1)
OBJECT_LASTS = timedelta(days=30)


def ask_for_reset(tx: Tx, *, member_id: int | None) -> None:
    """Somebody forgot their password. Nothing tells whoever asks whether a mail was written."""
    member = None if member_id is None else tx.session.get(Member, member_id)
    if member is None or not member.email or member.suspended_at is not None:
        return
    actor = tx.session.get_one(Actor, member.id)
    try:
        with tx.attempt():
            write_letter(
                tx,
                kind="reset",
                address=member.email,
                language=member.language,
                name=actor.username,
                link=reset_link(tx, member_id=member.id),
            )
    except (TooMany, Invalid):
        return


def reset_link(tx: Tx, *, member_id: int) -> str:
    """Return a link with which a member chooses another password, once."""
    token = _give_key(tx, member_id, "reset", None, RESET_LASTS)
    return f"{tx.here.url}/reset/{token}"


def need_key(tx: Tx, *, kind: str, token: str) -> LetterKey:
    """Return what a link is worth. Raises Gone when it is good no more, or never was."""
    key = tx.session.scalar(
        select(LetterKey).where(
            LetterKey.token_hash == hash_of(token),
            LetterKey.kind == kind,
            LetterKey.expires_at > tx.now,
        )
    )
    if key is None:
        raise Gone("this link is good no more")
    return key


def reset_password(tx: Tx, *, token: str, password_hash: str) -> None:
    """A member chooses another password by the link; whoever was signed in is signed out."""
    member_id = need_key(tx, kind="reset", token=token).member_id
    _use(tx, token)
    # Other links for the same door, asked for in impatience, are worth nothing any more.
    tx.connection.execute(
        delete(LetterKey).where(LetterKey.member_id == member_id, LetterKey.kind == "reset")
    )
    change_password(tx, member_id=member_id, password_hash=password_hash)


def ask_to_confirm(tx: Tx, *, member_id: int, address: str) -> None:
    """A member names an e-mail address; it is theirs once they follow the link sent there."""
    member = tx.session.get(Member, member_id)
    if member is None:
        raise NotFound("there is no such member")
    address = address.strip().lower()
    check_email(tx, address)
    write_letter(
        tx,
        kind="confirm",
        address=address,
        language=member.language,
        name=tx.session.get_one(Actor, member_id).username,
        link=f"{tx.here.url}/confirm/{_give_key(tx, member_id, 'confirm', address, CONFIRM_LASTS)}",
        by_id=member_id,
    )


def confirm_address(tx: Tx, *, token: str) -> None:
    """The link was followed: the address is the member's. Raises Conflict when it is another's."""
    key = need_key(tx, kind="confirm", token=token)
    member_id, address = key.member_id, key.address
    other = select(Member.id).where(Member.email == address, Member.id != member_id)
    if tx.connection.scalar(other) is not None:
        raise Conflict("this address is somebody else's here")
    _use(tx, token)
    member = tx.session.get_one(Member, member_id)
    member.email = address
    member.confirmed_at = member.confirmed_at or tx.now
    tx.flush()


def objection_path(tx: Tx, *, member_id: int) -> str:
    """Return where somebody who cannot sign in any more may object."""
    return f"/objection/{_give_key(tx, member_id, 'object', None, OBJECT_LASTS)}"


def drop_old_keys(tx: Tx) -> int:
    """Forget links that are good no more."""
    return tx.connection.execute(delete(LetterKey).where(LetterKey.expires_at < tx.now)).rowcount


def _give_key(tx: Tx, member_id: int, kind: str, address: str | None, lasts: timedelta) -> str:
    token = secrets.token_urlsafe(32)
    tx.session.add(
        LetterKey(
            id=id_at(tx.now),
            token_hash=hash_of(token),
            kind=kind,
            member_id=member_id,
            address=address,
            expires_at=tx.now + lasts,
        )
    )
    tx.flush()
    return token


def _use(tx: Tx, token: str) -> None:
    """Use a link up, in one statement: of two at once, one is too late."""
    tx.session.expunge_all()
    gone = tx.connection.execute(delete(LetterKey).where(LetterKey.token_hash == hash_of(token)))
    if not gone.rowcount:
        raise Gone("this link was used already")
