"""Where members are in their reading: what waits to be looked at, how far they have come."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class NotificationRequest(Row):
    """Somebody's notifications wait for a member to say whether they want them."""

    __tablename__ = "notification_requests"
    __table_args__ = (UniqueConstraint("owner_id", "from_id"),)

    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    from_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    last_post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime]


class NotificationPermission(Table):
    """A member wants to hear from somebody, whatever their policy says."""

    __tablename__ = "notification_permissions"
    __table_args__ = ({"sqlite_with_rowid": False},)

    owner_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True
    )
    from_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Marker(Table):
    """How far a member has read a timeline: `home` or `notifications`."""

    __tablename__ = "markers"
    __table_args__ = ({"sqlite_with_rowid": False},)

    owner_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True
    )
    timeline: Mapped[str] = mapped_column(primary_key=True)
    last_read_id: Mapped[int] = mapped_column(BigId)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]


class Conversation(Row):
    """A private conversation as one of those in it sees it. It moves up with each new word."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("owner_id", "thread_id"),
        Index("ix_conversations_owner_id_last_post_id", "owner_id", "last_post_id"),
    )

    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    thread_id: Mapped[int] = mapped_column(BigId)
    last_post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), index=True
    )
    people: Mapped[list[Any]] = mapped_column(default=list)  # ids of the others, newest last
    is_unread: Mapped[bool] = mapped_column(default=True)
