"""Mails that wait, and where a member gets theirs."""

from sqlalchemy import select

from microfed.store.database import Tx
from microfed.store.letters import Mail
from microfed.store.people import Member


def waiting_mails(tx: Tx, *, most: int) -> list[Mail]:
    """Return the mails that are not sent yet, or never will be, the newest first."""
    query = select(Mail).where(Mail.sent_at.is_(None)).order_by(Mail.id.desc()).limit(most)
    return list(tx.session.scalars(query))


def address_of_member(tx: Tx, member_id: int) -> str:
    """Return a member's e-mail address; empty when they have told us none."""
    return tx.connection.scalar(select(Member.email).where(Member.id == member_id)) or ""
