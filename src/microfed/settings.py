"""What the person who runs the server decides before it starts: `MICROFED_*` or microfed.toml."""

import ipaddress
import re
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ByteSize, Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

# What mail servers read alike: no quotes, no comments, nothing outside ASCII, no line breaks.
ADDRESS = re.compile(r"[A-Za-z0-9._+\-]{1,64}@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)*", re.ASCII)
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def is_loopback(host: str) -> bool:
    """Say whether `host` (a name or an address, without port) can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Settings(BaseSettings):
    """Read once at the start, frozen after. Each field is documented in docs/*/reference."""

    model_config = SettingsConfigDict(
        env_prefix="MICROFED_", toml_file="microfed.toml", frozen=True, extra="ignore"
    )

    url: str = "http://localhost:8000"
    data: Path = Path("data")
    database_url: str = ""
    storage_url: str = ""
    media_url: str = ""
    media_budget: ByteSize = ByteSize(2_000_000_000)
    timezone: str = "UTC"  # of the place: plans and events are meant in it
    federation: Literal["open", "allowlist", "ring", "closed"] = "open"
    registration: Literal["closed", "invite", "approval", "open"] = "invite"
    invitations: Literal["admins", "organisers", "members"] = "members"
    smtp_url: str = ""
    mail_from: str = ""
    insecure_peers: str = ""
    ca_file: Path | None = None
    rate_limits: Literal["on", "off"] = "on"
    retry_factor: float = Field(default=1.0, gt=0, le=1000)
    authorized_fetch: bool = False
    account_domain: str = ""
    name: str = ""
    language: Literal["fr", "en"] = "fr"
    metrics_token: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what the code says, then the environment, then microfed.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise ValueError("must be a time zone such as Europe/Paris") from None
        return value

    @field_validator("url", "media_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        if not value:  # only where it may be left out
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address such as https://quartier.example")
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
            raise ValueError("must be a bare address, without path: https://quartier.example")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("must begin with https:// (http is for localhost alone)")
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
            raise ValueError("must be an address such as smtp://user:password@host:587")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @field_validator("storage_url")
    @classmethod
    def _known_storage(cls, value: str) -> str:
        if value and not value.startswith(("file:///", "s3://")):
            raise ValueError("must begin with file:/// or s3://")
        return value

    @field_validator("account_domain")
    @classmethod
    def _bare_name(cls, value: str) -> str:
        if value and (urlsplit(f"//{value}").netloc != value or "@" in value):
            raise ValueError("must be a name alone, such as lilas.example")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if value and ADDRESS.fullmatch(value) is None:
            raise ValueError("must be a bare e-mail address such as quartier@lilas.example")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _not_guessed(cls, value: str) -> str:
        if value and (len(value) < 16 or not value.isascii() or not value.isprintable()):
            raise ValueError("must be at least 16 characters, such as openssl rand -hex 16 gives")
        return value

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: object) -> object:
        # `MICROFED_CA_FILE=` in a compose file means "not set", not the folder ".".
        if isinstance(values, dict):
            return {k: v for k, v in values.items() if v != ""}
        return values

    @cached_property
    def host(self) -> str:
        """The authority of our URL: `quartier.example`, or `localhost:8000` in tests."""
        return urlsplit(self.url).netloc

    @cached_property
    def handle_host(self) -> str:
        """The part after the @ in our members' addresses."""
        return self.account_domain.lower() or self.host

    @cached_property
    def title(self) -> str:
        """What this place calls itself."""
        return self.name or self.handle_host

    @cached_property
    def sender(self) -> str:
        """The address our mails come from."""
        return self.mail_from or f"microfed@{self.handle_host.partition(':')[0]}"

    @cached_property
    def is_https(self) -> bool:
        """Whether cookies may insist on an encrypted connection."""
        return self.url.startswith("https://")

    @cached_property
    def database(self) -> str:
        """The database address, by default a file in the data folder."""
        return self.database_url or f"sqlite:///{self.data.resolve()}/microfed.db"

    @cached_property
    def storage(self) -> str:
        """Where media are kept, by default a folder of the data folder."""
        return self.storage_url or f"file://{self.data.resolve()}/media"
