"""The directory: what members say of their trade, skills and associations, and to whom."""

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Table


class DirectoryEntry(Table):
    """What a member lets others find them by. Its id is theirs.

    `shown_to` says for each field who sees it: here, ring or public; what it does not name nobody
    does. The folded words of what is shown stand beside it, one text for each circle of readers.
    """

    __tablename__ = "directory_entries"

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    trade: Mapped[str] = mapped_column(default="")
    skills: Mapped[list[Any]] = mapped_column(default=list)
    associations: Mapped[list[Any]] = mapped_column(default=list)
    area: Mapped[str] = mapped_column(default="")
    shown_to: Mapped[dict[str, Any]] = mapped_column(default=dict)
    words_here: Mapped[str] = mapped_column(default="")
    words_ring: Mapped[str] = mapped_column(default="")
    words_public: Mapped[str] = mapped_column(default="")
