"""The neighbourhood's letter: its issues, who gets them, and to whom each went."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row


class WeeklyLetter(Row):
    """The letter of one week. It names what is in it; who may read which part is asked anew.

    What is deleted after it was sent is gone from its page as well.
    """

    __tablename__ = "weekly_letters"

    week: Mapped[str] = mapped_column(unique=True)  # 2026-W48, as the calendar here counts
    words: Mapped[str] = mapped_column(default="")  # of whoever animates the place, as typed
    contents: Mapped[dict[str, Any]] = mapped_column(default=dict)  # part: ids of what is in it
    is_empty: Mapped[bool] = mapped_column(default=False)  # a quiet week: no letter went out


class LetterReader(Row):
    """Somebody who asked for the letter: a member, or an address that is nobody's here."""

    __tablename__ = "letter_readers"

    member_id: Mapped[int | None] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), unique=True
    )
    address: Mapped[str | None] = mapped_column(unique=True)  # None: a member's own, as it is then
    language: Mapped[str] = mapped_column(default="fr")
    token_hash: Mapped[str] = mapped_column(unique=True)
    token: Mapped[str]  # sealed: each letter needs it, and nobody else may read it
    confirmed_at: Mapped[datetime | None]  # by the link that was sent there


class LetterSend(Row):
    """A letter was written to an address: never twice. The address itself is not kept."""

    __tablename__ = "letter_sends"
    __table_args__ = (UniqueConstraint("letter_id", "digest"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("weekly_letters.id", ondelete="CASCADE"))
    digest: Mapped[str]
