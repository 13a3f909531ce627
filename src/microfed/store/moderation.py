"""What somebody found wrong, for those who look after the place."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row


class Report(Row):
    """`reporter` says that something is wrong with `target`, and with which of their posts."""

    __tablename__ = "reports"

    uri: Mapped[str | None] = mapped_column(unique=True)  # of the Flag, when it came from elsewhere
    reporter_id: Mapped[int] = mapped_column(
        ForeignKey("actors.id", ondelete="CASCADE"), index=True
    )
    target_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    post_ids: Mapped[list[Any]] = mapped_column(default=list)
    comment: Mapped[str] = mapped_column(default="")
    category: Mapped[str] = mapped_column(default="other")  # spam, legal, violation, other
    rule_ids: Mapped[list[Any]] = mapped_column(default=list)
    is_forwarded: Mapped[bool] = mapped_column(default=False)
    assigned_id: Mapped[int | None]
    handled_at: Mapped[datetime | None] = mapped_column(index=True)
    handled_by_id: Mapped[int | None]
