"""Those who have just moved in, and wish to be greeted."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Table


class NewcomerCard(Table):
    """A card by which somebody new shows themselves to their neighbours. Its id is theirs."""

    __tablename__ = "newcomer_cards"

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(default="")
    until: Mapped[datetime]
