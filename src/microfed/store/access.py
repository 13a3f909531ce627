"""Access: which app may do what in whose name, and what the house has decided about itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row, Table


class App(Row):
    """A program that members use to post from."""

    __tablename__ = "apps"

    client_id: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str | None]
    name: Mapped[str]
    website: Mapped[str | None]
    redirect_uris: Mapped[list[Any]] = mapped_column(default=list)
    scopes: Mapped[str] = mapped_column(default="read")
    kind: Mapped[str] = mapped_column(default="registered")  # registered, document
    extras: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Token(Row):
    """What an app shows to act in a member's name; only its SHA-256 is kept."""

    __tablename__ = "tokens"

    token_hash: Mapped[str] = mapped_column(unique=True)
    refresh_hash: Mapped[str | None] = mapped_column(unique=True)
    app_id: Mapped[int | None] = mapped_column(
        ForeignKey("apps.id", ondelete="CASCADE"), index=True
    )
    member_id: Mapped[int | None] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), index=True
    )
    scopes: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class DomainRule(Row):
    """What the admin decided about another server, and its subdomains."""

    __tablename__ = "domain_rules"

    host: Mapped[str] = mapped_column(unique=True)
    action: Mapped[str]  # block, limit, reject_media, allow
    public_comment: Mapped[str] = mapped_column(default="")
    private_comment: Mapped[str] = mapped_column(default="")


class Setting(Table):
    """What is decided while the server runs, and secrets made once."""

    __tablename__ = "site_settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
