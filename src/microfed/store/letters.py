"""Mails that wait to be sent, and the links in them that are good once."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row


class Mail(Row):
    """A mail to somebody: written with the deed it tells of, sent by a worker."""

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_due_at", "due_at"),
        Index("ix_mails_address_id", "address", "id"),
    )

    address: Mapped[str]
    kind: Mapped[str]
    # Whose doing it is, for the caps. No reference: a newcomer who is forgotten had mails too.
    by_id: Mapped[int | None] = mapped_column(BigId, index=True)
    subject: Mapped[str]
    text: Mapped[str]  # sealed, for it may hold a link that opens a door; empty once it is sent
    more: Mapped[str | None]  # sealed too: the same as HTML, and how to get no more of them
    due_at: Mapped[datetime | None]  # None: sent, or given up; `error` says why
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]


class LetterKey(Row):
    """What a link in a mail is worth; only the SHA-256 of its secret is kept."""

    __tablename__ = "letter_keys"

    token_hash: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # reset, confirm, object
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    address: Mapped[str | None]  # the one that is confirmed by it
    expires_at: Mapped[datetime]
