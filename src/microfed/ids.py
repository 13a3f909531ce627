"""Time-ordered 63-bit ids, in Mastodon's layout: 48 bits of milliseconds, 16 bits of sequence.

They sort chronologically, fit SQLite's INTEGER PRIMARY KEY and PostgreSQL's BIGINT, and are
sent to clients as decimal strings.
"""

import re
import secrets
from datetime import UTC, datetime
from itertools import count

from microfed.errors import NotFound

MAX_ID = (1 << 63) - 1
# `int` alone takes '１２', '1_0' and numbers that no database column holds (security.md §2.1).
_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)

_sequence = count(secrets.randbelow(1 << 16))


def id_at(moment: datetime) -> int:
    """Return a fresh id that sorts at `moment`."""
    milliseconds = max(int(moment.timestamp() * 1000), 0)
    return (milliseconds << 16) | (next(_sequence) & 0xFFFF)


def first_id_at(moment: datetime) -> int:
    """Return the smallest id that sorts at `moment`, to ask for everything since then."""
    return max(int(moment.timestamp() * 1000), 0) << 16


def moment_of(id_: int) -> datetime:
    """Return the moment an id was made for, to the millisecond."""
    return datetime.fromtimestamp((id_ >> 16) / 1000, UTC)


def parse_id(text: str) -> int:
    """Return the id written in `text`; what cannot be one names nothing: NotFound."""
    if _DIGITS.fullmatch(text) is None or int(text) > MAX_ID:
        raise NotFound("there is nothing here")
    return int(text)
