"""Circles: some of those who follow a member, to whom alone some of their words go."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row


class Circle(Row):
    """A circle of a member; nobody else knows of it, those in it included."""

    __tablename__ = "circles"

    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]


class CircleMember(Row):
    """Somebody is in a circle."""

    __tablename__ = "circle_members"
    __table_args__ = (
        Index("uq_circle_members_circle_id_actor_id", "circle_id", "actor_id", unique=True),
        Index("ix_circle_members_actor_id", "actor_id"),
    )

    circle_id: Mapped[int] = mapped_column(ForeignKey("circles.id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
