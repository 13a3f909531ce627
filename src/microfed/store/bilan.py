"""A member's own account of time given and what it brought. Only they ever read it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row


class BilanEntry(Row):
    """What a member wrote down for themselves: so long, here or on the big networks, and what
    came of it. All else that the balance shows is counted when it is asked for, and not kept.
    """

    __tablename__ = "bilan_entries"

    owner_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    day: Mapped[datetime]  # midnight: never the minute
    side: Mapped[str]  # here, networks
    name: Mapped[str] = mapped_column(default="")  # which network, if they care to say
    minutes: Mapped[int] = mapped_column(default=0)
    brought: Mapped[list[Any]] = mapped_column(default=list)  # meeting, job, help, sale, smile
    words: Mapped[str] = mapped_column(default="")
