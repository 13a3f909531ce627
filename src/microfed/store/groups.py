"""Groups of ours: an actor that passes on what its members say, and who looks after it.

Who belongs to a group is who follows its actor; who was shown out is whom its actor blocks.
"""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Table


class Group(Table):
    """What a group of ours is beside its actor, whose id it has."""

    __tablename__ = "groups"

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    mode: Mapped[str]  # vocab.groups.MODES
    founder_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class GroupModerator(Table):
    """`actor` looks after a group."""

    __tablename__ = "group_moderators"
    __table_args__ = ({"sqlite_with_rowid": False},)

    group_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True
    )
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime]


class GroupInvitation(Table):
    """`actor` may join a group without being looked at first, and may know of a private one."""

    __tablename__ = "group_invitations"
    __table_args__ = ({"sqlite_with_rowid": False},)

    group_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True
    )
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime]
