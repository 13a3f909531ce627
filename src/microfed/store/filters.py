"""Filters: words and posts a member would rather not, or not at once, see."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row


class Filter(Row):
    """What a member filters, where (`contexts`), and how: warn, hide or blur."""

    __tablename__ = "filters"

    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]
    contexts: Mapped[list[Any]]
    action: Mapped[str] = mapped_column(default="warn")
    expires_at: Mapped[datetime | None]


class FilterKeyword(Row):
    """A word, or words, that a filter looks for."""

    __tablename__ = "filter_keywords"

    filter_id: Mapped[int] = mapped_column(ForeignKey("filters.id", ondelete="CASCADE"), index=True)
    keyword: Mapped[str]
    is_whole_word: Mapped[bool] = mapped_column(default=False)


class FilterPost(Row):
    """One post that a filter holds back, whatever it says."""

    __tablename__ = "filter_posts"
    __table_args__ = (UniqueConstraint("filter_id", "post_id"),)

    filter_id: Mapped[int] = mapped_column(ForeignKey("filters.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
