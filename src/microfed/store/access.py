"""Access: which app may do what in whose name, and what the house has decided about itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class App(Row):
    """A program that members use to post from."""

    __tablename__ = "apps"

    client_id: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str | None]
    name: Mapped[str]
    website: Mapped[str | None]
    redirect_uris: Mapped[list[Any]] = mapped_column(default=list)
    scopes: Mapped[str] = mapped_column(default="read")
    # registered (Mastodon's API), dynamic (RFC 7591), document (its client_id is an address)
    kind: Mapped[str] = mapped_column(default="registered")
    fetched_at: Mapped[datetime | None]  # when the document was read
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
    # The code it came from, also for what was refreshed from it. No reference: codes go first.
    grant_id: Mapped[int | None] = mapped_column(BigId, index=True)
    scopes: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Code(Row):
    """What a member's consent is worth for a minute: an app exchanges it for a token, once."""

    __tablename__ = "codes"

    code_hash: Mapped[str] = mapped_column(unique=True)
    app_id: Mapped[int] = mapped_column(ForeignKey("apps.id", ondelete="CASCADE"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    redirect_uri: Mapped[str]
    scopes: Mapped[str]
    challenge: Mapped[str | None]  # PKCE, always S256
    expires_at: Mapped[datetime]
    redeemed_at: Mapped[datetime | None]


class Session(Row):
    """A browser in which a member is signed in; without `begun_at` their second step is awaited."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    browser: Mapped[str] = mapped_column(default="")  # what it calls itself; no address is kept
    begun_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)  # wrong second steps so far


class SecondFactor(Table):
    """What a member's other device knows, and the codes for the day it is lost."""

    __tablename__ = "second_factors"

    member_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    secret: Mapped[str]  # base32, as authenticator apps read it
    confirmed_at: Mapped[datetime | None]  # until then it is not asked for
    last_step: Mapped[int] = mapped_column(default=0)  # of 30 seconds; a code is good once
    recovery_hashes: Mapped[list[Any]] = mapped_column(default=list)


class DomainRule(Row):
    """What the admin decided about another server, and its subdomains."""

    __tablename__ = "domain_rules"

    host: Mapped[str] = mapped_column(unique=True)
    action: Mapped[str]  # block, limit, reject_media, allow, note
    rejects_media: Mapped[bool] = mapped_column(default=False, server_default=false())
    rejects_reports: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_obfuscated: Mapped[bool] = mapped_column(default=False, server_default=false())
    public_comment: Mapped[str] = mapped_column(default="")
    private_comment: Mapped[str] = mapped_column(default="")


class Setting(Table):
    """What is decided while the server runs, and secrets made once."""

    __tablename__ = "site_settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
