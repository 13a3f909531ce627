"""Invitations: links by which somebody who lives here lets others in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row


class Invitation(Row):
    """A link to hand to neighbours. Its secret is shown to the inviter again, so it is sealed."""

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_inviter_id_id", "inviter_id", "id"),)

    token_hash: Mapped[str] = mapped_column(unique=True)
    token: Mapped[str]  # sealed
    inviter_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    note: Mapped[str] = mapped_column(default="")
    most_uses: Mapped[int] = mapped_column(default=1)
    uses: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
