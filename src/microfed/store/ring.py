"""The timeline of the ring: what is said here and in allied places."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Table


class RingEntry(Table):
    """A post stands on the timeline of the ring."""

    __tablename__ = "ring_entries"

    post_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
