"""What is shown where a picture cannot be had: a small blur of its colours, made without Pillow."""

import struct
import zlib
from functools import lru_cache

SIZE = 20
_GREY = (128, 128, 128)
# The digits of a blurhash, in their order.
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_OFF = 0.3  # nearer to the middle than this is the middle


@lru_cache(256)
def placeholder(blurhash: str | None) -> bytes:
    """Return a PNG of the colours in `blurhash`; grey for none, or for one that cannot be read."""
    return _png(_pixels(blurhash))


def tone_of(blurhash: str | None) -> str | None:
    """Return the mean colour in `blurhash` as #rrggbb; None where it cannot be read."""
    if not blurhash or len(blurhash) < 6:
        return None
    value = 0
    for character in blurhash[2:6]:
        digit = _DIGITS.find(character)
        if digit < 0:
            return None
        value = value * 83 + digit
    return f"#{value:06x}" if value < 1 << 24 else None


def focus_of(x: float | None, y: float | None) -> str:
    """Return the side of a picture that matters most; empty for the middle."""
    x, y = x or 0.0, y or 0.0
    if abs(y) >= abs(x):
        return "" if abs(y) < _OFF else "top" if y > 0 else "bottom"
    return "" if abs(x) < _OFF else "right" if x > 0 else "left"


def _pixels(blurhash: str | None) -> list[list[tuple[int, int, int]]]:
    if blurhash and 6 <= len(blurhash) <= 100:
        # Only few answers need it.
        from blurhash import decode  # noqa: PLC0415

        try:
            rows = decode(blurhash, SIZE, SIZE)
            return [[(int(r), int(g), int(b)) for r, g, b in row] for row in rows]
        except (ValueError, IndexError, KeyError, OverflowError):
            return [[_GREY] * SIZE] * SIZE
    return [[_GREY] * SIZE] * SIZE


def _png(rows: list[list[tuple[int, int, int]]]) -> bytes:
    raw = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in rows)
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
