"""Who gets the neighbourhood's letter: asked for, confirmed by a link, ended by one click.

Nobody learns from an answer whether an address is known here.
"""

import secrets

from sqlalchemy import delete, select

from microfed.errors import Gone, Invalid, TooMany
from microfed.ids import first_id_at, id_at
from microfed.operations.letters import write_letter
from microfed.operations.mail_queue import KEPT
from microfed.operations.secrets import seal, unseal
from microfed.operations.tokens import hash_of
from microfed.settings import ADDRESS
from microfed.store.database import Tx
from microfed.store.people import Member
from microfed.store.weekly import LetterReader

PATH = "/lettre"


def subscribe(tx: Tx, *, address: str, language: str) -> None:
    """Somebody asks for the letter: a link goes to the address, unless it has the letter already.

    Raises Invalid for what is no address. Of all else whoever asks learns nothing.
    """
    address = address.strip().lower()
    if ADDRESS.fullmatch(address) is None or len(address) > 254:
        raise Invalid("this is not an e-mail address", {"email": "not an e-mail address"})
    known = tx.session.scalar(select(LetterReader).where(LetterReader.address == address))
    if known is None:
        known = _reader(tx, address=address, language=language)
    if known.confirmed_at is None:
        _ask(tx, known, address, language)


def subscribe_member(tx: Tx, *, member_id: int) -> None:
    """A member asks for the letter: a link goes to their address, which nobody has proven yet.

    Raises Invalid when they have told us none, TooMany when it was written to often.
    """
    member = tx.session.get_one(Member, member_id)
    if not member.email:
        raise Invalid("tell us your e-mail address first", {"email": "there is none"})
    known = tx.session.scalar(select(LetterReader).where(LetterReader.member_id == member_id))
    if known is None:
        known = _reader(tx, member_id=member_id, language=member.language)
    if known.confirmed_at is None and not _ask(tx, known, member.email, member.language):
        raise TooMany("this address was written to often lately", 1_800)


def is_good(tx: Tx, token: str) -> bool:
    """Say whether a link to confirm, or to end, is worth anything."""
    return _find(tx, token) is not None


def confirm_reader(tx: Tx, *, token: str) -> None:
    """The link was followed: from now on the letter comes. Raises Gone for what is no link."""
    reader = _find(tx, token)
    if reader is None:
        raise Gone("this link is good no more")
    reader.confirmed_at = reader.confirmed_at or tx.now
    tx.flush()


def end_letter(tx: Tx, *, token: str) -> None:
    """No more letters: the address is forgotten. What is ended already stays so."""
    tx.connection.execute(delete(LetterReader).where(LetterReader.token_hash == hash_of(token)))


def end_letter_of(tx: Tx, *, member_id: int) -> None:
    """A member wants no more letters."""
    tx.connection.execute(delete(LetterReader).where(LetterReader.member_id == member_id))


def end_link(tx: Tx, reader: LetterReader) -> str:
    """Return the link with which a reader ends the letter."""
    return f"{tx.here.url}{PATH}/leave/{unseal(tx, reader.token)}"


def drop_unconfirmed(tx: Tx) -> int:
    """Forget addresses that nobody said are theirs."""
    return tx.connection.execute(
        delete(LetterReader).where(
            LetterReader.confirmed_at.is_(None), LetterReader.id < first_id_at(tx.now - KEPT)
        )
    ).rowcount


def _find(tx: Tx, token: str) -> LetterReader | None:
    return tx.session.scalar(select(LetterReader).where(LetterReader.token_hash == hash_of(token)))


def _reader(
    tx: Tx, *, language: str, address: str | None = None, member_id: int | None = None
) -> LetterReader:
    token = secrets.token_urlsafe(32)
    reader = LetterReader(
        id=id_at(tx.now),
        address=address,
        member_id=member_id,
        language=language,
        token_hash=hash_of(token),
        token=seal(tx, token),
    )
    tx.session.add(reader)
    tx.flush()
    return reader


def _ask(tx: Tx, reader: LetterReader, address: str, language: str) -> bool:
    """Write to ask whether they want it; beyond the caps nothing is written."""
    token = unseal(tx, reader.token)
    try:
        with tx.attempt():
            write_letter(
                tx,
                kind="letter",
                address=address,
                language=language,
                link=f"{tx.here.url}{PATH}/confirm/{token}",
            )
    except (TooMany, Invalid):
        return False
    return True
