"""Lists of rules about servers that others keep, and what was decided about each line."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class RuleList(Row):
    """A list at an address, as it was read last. It changes nothing by itself: an admin does."""

    __tablename__ = "rule_lists"

    url: Mapped[str] = mapped_column(unique=True)
    subscribed_at: Mapped[datetime]
    read_at: Mapped[datetime | None]  # when it could be read last
    tried_at: Mapped[datetime | None]
    error: Mapped[str | None]  # why it could not be read the last time
    rules: Mapped[list[Any]] = mapped_column(default=list)
    unread: Mapped[list[Any]] = mapped_column(default=list)  # lines nobody understood


class RuleListLine(Table):
    """An admin decided about a line of a list: taken over as `action`, or not wanted."""

    __tablename__ = "rule_list_lines"
    __table_args__ = ({"sqlite_with_rowid": False},)

    list_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("rule_lists.id", ondelete="CASCADE"), primary_key=True
    )
    host: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str]
    is_taken: Mapped[bool]
