"""Mutual aid: what neighbours offer and need, and what became of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Table


class Aid(Table):
    """An offer or a need. Its id is that of the post that says it; who may read it is said there.

    A post from elsewhere has such a row too, when it carries a proposal.
    """

    __tablename__ = "aid"
    __table_args__ = (Index("ix_aid_state_expires_at", "state", "expires_at"),)

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str]  # offer, need
    category: Mapped[str]  # gift, loan, service, knowledge, sale
    title: Mapped[str]
    words: Mapped[str] = mapped_column(default="")  # as its author wrote them; a post has more
    place: Mapped[str] = mapped_column(default="")  # an area, never an exact address
    until: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")  # open, under_way, done, expired
