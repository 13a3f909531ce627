"""Introductions: somebody proposes that two others meet, and what each of them says to it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class Introduction(Row):
    """`proposer` would like two people to meet. Of one from elsewhere only our side is known."""

    __tablename__ = "introductions"
    __table_args__ = (Index("ix_introductions_proposer_id_id", "proposer_id", "id"),)

    proposer_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")  # open, met, over, withdrawn
    expires_at: Mapped[datetime]
    post_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="SET NULL"), index=True
    )  # what opened the conversation


class IntroductionSide(Table):
    """One of the two, and what they said. Nobody but them reads their answer."""

    __tablename__ = "introduction_sides"

    introduction_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("introductions.id", ondelete="CASCADE"), primary_key=True
    )
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    asked_at: Mapped[datetime | None]  # None: one of the three shut another out; they never hear
    answer: Mapped[str | None]  # yes, no
    offer_uri: Mapped[str | None] = mapped_column(unique=True)  # how servers speak of it
    token_hash: Mapped[str | None] = mapped_column(
        unique=True
    )  # of the link of who lives elsewhere
    asked_by: Mapped[int | None] = mapped_column(BigId)  # the private word that carried it
