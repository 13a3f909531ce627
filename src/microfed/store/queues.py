"""Work that must survive: what came in, what goes out, what is to be done."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table, part_index


class Seen(Table):
    """An activity was taken in; it is never applied again."""

    __tablename__ = "seen_activities"
    __table_args__ = ({"sqlite_with_rowid": False},)

    uri: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)


class Received(Row):
    """An activity whose sender is proven, answered 202, that a worker must finish."""

    __tablename__ = "received"
    __table_args__ = (Index("ix_received_due_at", "due_at"),)

    uri: Mapped[str] = mapped_column(unique=True)
    sender_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    carried_by: Mapped[str | None]  # the server that brought it, when it is not the sender's
    document: Mapped[bytes] = mapped_column(LargeBinary)
    due_at: Mapped[datetime | None]  # None: given up; `error` says why
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]


class Activity(Row):
    """An activity of ours as the world gets it: serialised once, sent to many."""

    __tablename__ = "activities"
    __table_args__ = (Index("ix_activities_object_uri", "object_uri"),)

    uri: Mapped[str] = mapped_column(unique=True)
    sender_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    object_uri: Mapped[str | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class InboxItem(Row):
    """An activity that reached a member, as their own programs read it. What came as a post is
    not kept twice: it stands among the posts."""

    __tablename__ = "inbox_items"
    __table_args__ = (
        UniqueConstraint("owner_id", "uri"),
        Index("ix_inbox_items_owner_id_id", "owner_id", "id"),
    )

    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    uri: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Delivery(Row):
    """One activity on its way to one inbox. Gone once delivered."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_due_at_id", "due_at", "id"),
        Index("ix_deliveries_host_due_at", "host", "due_at"),
        Index("ix_deliveries_sender_id_inbox_id", "sender_id", "inbox", "id"),
        Index("ix_deliveries_activity_id", "activity_id"),
        part_index(
            "ix_deliveries_claimed_until",
            "claimed_until",
            where="claimed_until IS NOT NULL",
        ),
    )

    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"))
    sender_id: Mapped[int]
    host: Mapped[str]
    inbox: Mapped[str]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]


class Host(Row):
    """Another server: how it is doing, and how it likes to be spoken to."""

    __tablename__ = "hosts"

    host: Mapped[str] = mapped_column(unique=True)
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    retry_at: Mapped[datetime | None] = mapped_column(index=True)  # set: nothing is sent before
    failing_since: Mapped[datetime | None]
    last_error: Mapped[str | None]
    last_sent_at: Mapped[datetime | None]  # to the hour
    last_heard_at: Mapped[datetime | None]  # to the hour
    software: Mapped[str | None]  # what it says it runs, such as "mastodon 4.5.0"
    software_asked_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]  # an admin has seen that it is there
    signature_scheme: Mapped[str | None]  # cavage, rfc9421
    scheme_checked_at: Mapped[datetime | None]


class Job(Row):
    """Something to do later. `key`, when set, keeps the same job from waiting twice."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_due_at", "due_at"),)

    kind: Mapped[str]
    key: Mapped[str | None] = mapped_column(unique=True)
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime | None]  # None: given up; `error` says why
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]


class Notification(Row):
    """Something a member may want to know."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_owner_id_id", "owner_id", "id"),
        Index("ix_notifications_post_id", "post_id"),
        Index("ix_notifications_from_id", "from_id"),
    )

    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    kind: Mapped[str]  # follow, follow_request, mention, boost, like, post, edit …
    from_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    about_id: Mapped[int | None] = mapped_column(BigId)  # a report, or what a keeper did
    is_filtered: Mapped[bool] = mapped_column(default=False, server_default=false())
