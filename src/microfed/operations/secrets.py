"""Secrets of the place: made once, when they are first needed, and kept."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.insert import insert_once

VAPID = "vapid"
BOX = "box"


@dataclass(frozen=True, slots=True)
class VapidKeys:
    """The pair by which push services know us: base64url, the point and the number (RFC 8292)."""

    public: str
    private: str


def vapid_keys(tx: Tx) -> VapidKeys:
    """Return the keys with which we sign pushes; they are made the first time, in a write."""
    kept = tx.connection.scalar(select(Setting.value).where(Setting.name == VAPID))
    if kept is None:
        insert_once(tx, Setting, {"name": VAPID, "value": _make_vapid()})
        # Another process may have been faster: its pair is the one.
        kept = tx.connection.scalar(select(Setting.value).where(Setting.name == VAPID))
    assert isinstance(kept, dict)  # noqa: S101 - what was just written
    return VapidKeys(kept["public"], kept["private"])


def seal(tx: Tx, text: str, *, is_timeless: bool = False) -> str:
    """Return a text that only this place can read: what must be kept, and told to nobody.

    Whoever reads the one table it stands in, or a copy of it, learns nothing but how long it is
    and when it was sealed; not even that if it `is_timeless`.
    """
    if is_timeless:
        return _box(tx).encrypt_at_time(text.encode(), 0).decode("ascii")
    return _box(tx).encrypt(text.encode()).decode("ascii")


def unseal(tx: Tx, sealed: str) -> str:
    """Return the text that was sealed; empty when the place has other keys by now."""
    try:
        return _box(tx).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""


def signed(tx: Tx, text: str) -> str:
    """Return a text with our signature behind it, as it may stand in a link."""
    return f"{text}.{_signature(tx, text)}"


def is_signed(tx: Tx, said: str) -> bool:
    """Say whether a text carries our signature."""
    text, _, signature = said.rpartition(".")
    if tx.connection.scalar(select(Setting.name).where(Setting.name == BOX)) is None:
        return False  # nothing was ever signed here, and whoever only reads makes no keys
    return hmac.compare_digest(signature.encode(), _signature(tx, text).encode())


def _signature(tx: Tx, text: str) -> str:
    key = _box_key(tx).encode()
    return _base64url(hmac.new(key, f"link:{text}".encode(), hashlib.sha256).digest()[:16])


def _box(tx: Tx) -> Fernet:
    known: Fernet | None = tx.memo.get(BOX)  # a page shows many links at once
    if known is not None:
        return known
    is_there = _kept_box(tx) is not None
    box = Fernet(_box_key(tx))
    if is_there:  # what is just being made may yet be undone
        tx.memo[BOX] = box
    return box


def _kept_box(tx: Tx) -> Any:
    return tx.connection.scalar(select(Setting.value).where(Setting.name == BOX))


def _box_key(tx: Tx) -> str:
    kept = _kept_box(tx)
    if kept is None:
        insert_once(tx, Setting, {"name": BOX, "value": {"key": Fernet.generate_key().decode()}})
        kept = _kept_box(tx)
    assert isinstance(kept, dict)  # noqa: S101 - what was just written
    return str(kept["key"])


def _make_vapid() -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    number = key.private_numbers().private_value.to_bytes(32, "big")
    return {"public": _base64url(point), "private": _base64url(number)}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
