"""What somebody found wrong, for those who look after the place."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row


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


class Strike(Row):
    """What a keeper of the place did about somebody, in words they are told; they may object."""

    __tablename__ = "strikes"

    target_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None]
    report_id: Mapped[int | None]
    action: Mapped[str]  # warn, freeze, mark_sensitive, silence, suspend, remove_posts, mark_posts
    text: Mapped[str] = mapped_column(default="")
    post_ids: Mapped[list[Any]] = mapped_column(default=list)
    lifted_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None] = mapped_column(index=True)
    appeal: Mapped[str | None]
    is_appeal_granted: Mapped[bool | None]
    answered_at: Mapped[datetime | None]


class Deed(Row):
    """One line of the journal of those who look after the place. The id holds when it was.

    Names are kept as they were, so that the line reads the same when they are gone.
    """

    __tablename__ = "deeds"

    by_id: Mapped[int | None]  # None: at the command line, or the server by itself
    by_name: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    target_kind: Mapped[str]  # person, post, report, domain, email, address, place …
    target_id: Mapped[int | None] = mapped_column(BigId, index=True)
    target_name: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    undo_until: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class EmailRule(Row):
    """Addresses that nobody may move in with: all of a domain, or one, kept as its SHA-256."""

    __tablename__ = "email_rules"

    kind: Mapped[str]  # domain, address
    value: Mapped[str] = mapped_column(unique=True)


class AddressRule(Row):
    """A network that people may not move in from, may only ask from, or may not come in at all."""

    __tablename__ = "address_rules"

    network: Mapped[str] = mapped_column(unique=True)
    severity: Mapped[str]  # sign_up_requires_approval, sign_up_block, no_access
    comment: Mapped[str] = mapped_column(default="")
    expires_at: Mapped[datetime | None]
