"""Relays: servers that pass public posts on between small places."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row


class Relay(Row):
    """A relay the admin subscribed to, or asked to be subscribed to."""

    __tablename__ = "relays"

    inbox_uri: Mapped[str] = mapped_column(unique=True)
    actor_uri: Mapped[str | None]  # LitePub style: the relay is followed, and follows
    follow_uri: Mapped[str] = mapped_column(unique=True)
    accepted_at: Mapped[datetime | None]
