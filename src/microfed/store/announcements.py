"""Announcements: what those who look after the place say to everyone who lives here."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class Announcement(Row):
    """Something to know, from `published_at` until it ends or is taken down."""

    __tablename__ = "announcements"

    text: Mapped[str]  # as it was typed
    content: Mapped[str]  # safe HTML
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    is_all_day: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None] = mapped_column(index=True)  # None: a draft, or planned
    due_at: Mapped[datetime | None]  # when it is to be published
    updated_at: Mapped[datetime]
    by_id: Mapped[int | None]


class AnnouncementReading(Table):
    """A member has seen an announcement and put it away."""

    __tablename__ = "announcement_readings"
    __table_args__ = ({"sqlite_with_rowid": False},)

    announcement_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("announcements.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class AnnouncementReaction(Row):
    """A member answers an announcement with an emoji."""

    __tablename__ = "announcement_reactions"
    __table_args__ = (UniqueConstraint("announcement_id", "member_id", "name"),)

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]  # a Unicode emoji, or the short code of one of ours
