"""Pages that posts lead to, and what is shown of them: read once a day, however often given."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class Link(Row):
    """A page elsewhere. `card` is what it says of itself; None before it was read, or when it
    says nothing."""

    __tablename__ = "links"

    url: Mapped[str] = mapped_column(unique=True)
    card: Mapped[dict[str, Any] | None]
    image_url: Mapped[str | None]
    fetched_at: Mapped[datetime | None]


class PostLink(Table):
    """A post leads to a page: the first one it names."""

    __tablename__ = "post_links"
    __table_args__ = (Index("ix_post_links_link_id_post_id", "link_id", "post_id"),)

    post_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    link_id: Mapped[int] = mapped_column(BigId, ForeignKey("links.id", ondelete="CASCADE"))
