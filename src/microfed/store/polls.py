"""Polls: a question with a few answers to choose from, and who chose what."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class Poll(Table):
    """The poll of a post. Its id is the post's: apps get the same number for both."""

    __tablename__ = "polls"

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    is_multiple: Mapped[bool] = mapped_column(default=False)
    hides_totals: Mapped[bool] = mapped_column(default=False)  # until it ends
    ends_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]  # set once its end was told to everyone who voted
    voters_count: Mapped[int] = mapped_column(default=0)
    fetched_at: Mapped[datetime | None]  # when a poll from elsewhere was last read anew


class PollOption(Table):
    """One answer of a poll. `votes_count` counts all votes we know of, or what its home says."""

    __tablename__ = "poll_options"
    __table_args__ = ({"sqlite_with_rowid": False},)

    poll_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    votes_count: Mapped[int] = mapped_column(default=0)


class Vote(Row):
    """An actor chose an answer."""

    __tablename__ = "votes"
    __table_args__ = (UniqueConstraint("poll_id", "actor_id", "position"),)

    uri: Mapped[str | None] = mapped_column(unique=True)
    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
