"""What the person who runs the server decides before it starts: `MICROFED_*` or microfed.toml."""

import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FILE = Path("microfed.toml")
PREFIX = "microfed_"
# What mail servers read alike: no quotes, no comments, nothing outside ASCII, no line breaks.
ADDRESS = re.compile(r"[A-Za-z0-9._+\-]{1,64}@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)*", re.ASCII)


def is_loopback(host: str) -> bool:
    """Say whether `host` (a name or an address, without port) can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class WrongSettings(ValueError):
    """Settings that cannot be used: `mistakes` names each, and says what it must be."""

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name} {why}" for name, why in mistakes.items()))
        self.mistakes = mistakes


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Read once at the start, frozen after. Each field is documented in docs/*/reference.

    Written by hand: a library for it would be a tenth of the server's memory and start.
    """

    url: str = "http://localhost:8000"
    data: Path = Path("data")
    database_url: str = ""
    storage_url: str = ""
    media_url: str = ""
    media_budget: int = 2_000_000_000  # bytes
    timezone: str = "UTC"  # of the place: plans and events are meant in it
    federation: Literal["open", "allowlist", "ring", "closed"] = "open"
    registration: Literal["closed", "invite", "approval", "open"] = "invite"
    invitations: Literal["admins", "organisers", "members"] = "members"
    smtp_url: str = ""
    mail_from: str = ""
    insecure_peers: str = ""
    ca_file: Path | None = None
    rate_limits: Literal["on", "off"] = "on"
    retry_factor: float = 1.0
    authorized_fetch: bool = False
    account_domain: str = ""
    name: str = ""
    language: Literal["fr", "en"] = "fr"
    metrics_token: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def __post_init__(self) -> None:
        """Read each value as what it is, and check it. Raises WrongSettings."""
        kinds, mistakes = get_type_hints(type(self)), {}
        for field in fields(self):
            given = getattr(self, field.name)
            # `MICROFED_CA_FILE=` in a compose file means "not set", not the folder ".".
            value = field.default if given == "" else given
            try:
                if value != field.default:
                    value = _READERS.get(field.name, _read)(kinds[field.name], value)
                    value = _CHECKS.get(field.name, _same)(value)
            except ValueError as why:
                mistakes[field.name] = str(why)
            object.__setattr__(self, field.name, value)
        if mistakes:
            raise WrongSettings(mistakes)

    @classmethod
    def read(cls, **said: Any) -> "Settings":
        """Return what is `said` here, then in the environment, then in microfed.toml."""
        found: dict[str, Any] = tomllib.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
        for name, value in os.environ.items():
            if name.lower().startswith(PREFIX):
                found[name.lower().removeprefix(PREFIX)] = value
        found |= said
        return cls(**{name: found[name] for name in cls.names() if name in found})

    @classmethod
    def names(cls) -> list[str]:
        """Return what can be set."""
        return [field.name for field in fields(cls)]

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


_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?)b?|b)?", re.IGNORECASE | re.ASCII)


def _read(kind: Any, value: Any) -> Any:
    """Return a value of the environment or the file as the `kind` its setting is."""
    if get_origin(kind) is Literal:
        return _one_of(get_args(kind), value)
    if kind is bool:
        return _yes_or_no(value)
    if kind is float:
        return _factor(value)
    if isinstance(value, Path) and kind is not str:
        return value
    if not isinstance(value, str):
        raise ValueError("must be text, in quotes")
    return value if kind is str else Path(value)


def _one_of(choices: tuple[str, ...], value: Any) -> str:
    if value not in choices:
        quoted = [f"'{choice}'" for choice in choices]
        raise ValueError(f"must be {', '.join(quoted[:-1])} or {quoted[-1]}")
    return str(value)


def _yes_or_no(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in (*_TRUE, *_FALSE):
        raise ValueError("must be true or false")
    return word in _TRUE


def _factor(value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = 0.0
    if not 0 < found <= 1000:
        raise ValueError("must be a number greater than 0, and at most 1000")
    return found


def _size(_kind: Any, value: Any) -> int:
    found = _SIZE.fullmatch(str(value).strip())
    if found is None:
        raise ValueError("must be a number of bytes, such as 2GB or 500MB")
    number, unit, is_binary = found.groups()
    return int(
        float(number) * (1024 if is_binary else 1000) ** " kmgt".index((unit or " ").lower())
    )


def _same(value: Any) -> Any:
    return value


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("must be a time zone such as Europe/Paris") from None
    return value


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as https://quartier.example")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("must be a bare address, without path: https://quartier.example")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must begin with https:// (http is for localhost alone)")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _mail_server(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must be an address such as smtp://user:password@host:587")
    return value


def _known_database(value: str) -> str:
    if not value.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return value


def _known_storage(value: str) -> str:
    if not value.startswith(("file:///", "s3://")):
        raise ValueError("must begin with file:/// or s3://")
    return value


def _bare_name(value: str) -> str:
    if urlsplit(f"//{value}").netloc != value or "@" in value:
        raise ValueError("must be a name alone, such as lilas.example")
    return value


def _sender(value: str) -> str:
    if ADDRESS.fullmatch(value) is None:
        raise ValueError("must be a bare e-mail address such as quartier@lilas.example")
    return value


def _not_guessed(value: str) -> str:
    if len(value) < 16 or not value.isascii() or not value.isprintable():
        raise ValueError("must be at least 16 characters, such as openssl rand -hex 16 gives")
    return value


_READERS: dict[str, Callable[[Any, Any], Any]] = {"media_budget": _size}
_CHECKS: dict[str, Callable[[Any], Any]] = {
    "url": _public_url,
    "media_url": _public_url,
    "timezone": _known_zone,
    "smtp_url": _mail_server,
    "database_url": _known_database,
    "storage_url": _known_storage,
    "account_domain": _bare_name,
    "mail_from": _sender,
    "metrics_token": _not_guessed,
}
