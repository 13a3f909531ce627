"""What the server writes down about itself: one line a record, for people or for programs.

On a terminal a record is a line that reads well; anywhere else it is one JSON object. What opens
doors (tokens, passwords, keys) is blotted out, and no character can act on whoever looks at it.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO

import orjson

Record = MutableMapping[str, Any]

# Which request, or which worker, is at work where a record is made.
REQUEST: ContextVar[str] = ContextVar("request", default="")
WORKER: ContextVar[str] = ContextVar("worker", default="")

BLOTTED = "[…]"
# What names a secret; what follows it is one: `?token=…`, `password: …`, `"client_secret": "…"`.
_NAMES = r"(?:[a-z]+[_-])*(?:tokens?|password|secret|otp|key|code|cookie|session)"
_SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?P<scheme>\b(?:Bearer|Basic) )[A-Za-z0-9._~+/=-]{8,}"
    rf"|(?P<name>\b{_NAMES}=[\"']?|[\"']{_NAMES}[\"']\s?:\s?[\"']?|\b(?:password|secret|token): )"
    r"[^\s\"'&,;)}\]]+"
    # Links that open something: an invitation, another password.
    r"|(?P<link>/(?:invite|reset|confirm)/)[^\s\"'/?]+"
    # What PostgreSQL says of a key that is there already.
    r"|(?P<row>\bKey \([^)]*\)=\()[^)]*"
    r"|(?P<url>\b[a-z][a-z0-9+]*://)[^\s/@:]*:[^\s/@]+(?=@)",
    re.IGNORECASE | re.DOTALL,
)
# Control characters (what moves a terminal's cursor), and those that turn the line round.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
_UNSEEN_BUT_LINES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")


def blot(text: str) -> str:
    """Return `text` without what opens a door."""
    return _SECRETS.sub(
        lambda found: f"{found[found.lastgroup] if found.lastgroup else ''}{BLOTTED}", text
    )


def flatten(text: str, *, keep_lines: bool = False) -> str:
    """Return `text` with each character that acts instead of being read written out."""
    unseen = _UNSEEN_BUT_LINES if keep_lines else _UNSEEN
    return unseen.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def keep_a_log(level: str = "info", *, stream: TextIO | None = None) -> None:
    """Send all that is logged in this process to `stream`, by default what errors are written to.

    `level` is `debug`, `info`, `warning` or `error`.
    """
    # structlog takes rich in where it finds it, for colours that we do not print: 3 MB that a
    # small machine misses. An entry of None is how Python is told that there is no such module.
    is_there = "rich" in sys.modules
    if not is_there:
        sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: PLC0415  (only who serves needs it, see above)

    if not is_there:
        del sys.modules["rich"]
    stream = sys.stderr if stream is None else stream
    for_people = stream.isatty()
    processors: list[Any] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _say_where,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        _clean,
        _for_people if for_people else _for_programs,
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=processors))
    root = logging.getLogger()
    for older in list(root.handlers):
        root.removeHandler(older)
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    # These tell every step of other people's libraries, addresses and bodies with it.
    for name in (
        "asyncio",
        "httpx",
        "httpcore",
        "aiohttp",
        "websockets",
        "sqlalchemy",
        "PIL",
        "alembic.runtime.plugins",
    ):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _say_where(_logger: Any, _method: str, record: Record) -> Record:
    """Add which request or worker it is about."""
    if request := REQUEST.get():
        record["request"] = request
    if worker := WORKER.get():
        record["worker"] = worker
    return record


def _clean(_logger: Any, _method: str, record: Record) -> Record:
    """Blot out secrets and write out control characters, wherever they stand."""
    for name, value in list(record.items()):
        text = value if isinstance(value, str) else str(value)
        record[name] = flatten(blot(text), keep_lines=name == "exception")
    return record


def _for_programs(_logger: Any, _method: str, record: Record) -> str:
    ordered = {name: record.pop(name) for name in ("at", "level", "event") if name in record}
    return orjson.dumps({**ordered, **record}).decode()


def _for_people(_logger: Any, _method: str, record: Record) -> str:
    trace = record.pop("exception", "")
    at, level = record.pop("at", ""), record.pop("level", "")
    logger, event = record.pop("logger", ""), record.pop("event", "")
    more = "".join(f"  {name}={value}" for name, value in record.items())
    line = f"{at[:19].replace('T', ' ')} {level:<8}{logger}: {event}{more}"
    return f"{line}\n{trace}" if trace else line
