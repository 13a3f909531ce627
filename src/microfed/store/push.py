"""Web Push: where a member's apps want to be woken, and what is still to be sent there."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row


class PushSubscription(Row):
    """An app's address for news; one for each token, and it goes with the token."""

    __tablename__ = "push_subscriptions"

    token_hash: Mapped[str] = mapped_column(unique=True)
    # The payload holds the token, by which native apps know whose news it is (interop.md §5.8).
    token: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str]
    p256dh: Mapped[str]
    auth: Mapped[str]
    is_standard: Mapped[bool] = mapped_column(default=False)
    alerts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    policy: Mapped[str] = mapped_column(default="all")
    failing_since: Mapped[datetime | None]


class Push(Row):
    """A notification on its way to an app. A row that survives until it is sent or too old."""

    __tablename__ = "pushes"
    __table_args__ = (Index("ix_pushes_due_at", "due_at"),)

    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("push_subscriptions.id", ondelete="CASCADE"), index=True
    )
    notification_id: Mapped[int] = mapped_column(
        ForeignKey("notifications.id", ondelete="CASCADE"), index=True
    )
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
