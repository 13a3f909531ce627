"""What stands where someone has no picture: apps want an address that shows something."""

import struct
import zlib
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.mastodon.present_accounts import AVATAR, HEADER

_SIZES = {AVATAR: (120, 120), HEADER: (750, 250)}
_INK, _PAPER = (92, 122, 108), (226, 232, 226)
_YEAR = "public, max-age=31536000, immutable"


async def picture(request: Request) -> Response:
    """Show a plain picture: a head and shoulders, or nothing but a colour."""
    return Response(
        _png(request.url.path), media_type="image/png", headers={"Cache-Control": _YEAR}
    )


@lru_cache(4)
def _png(path: str) -> bytes:
    width, height = _SIZES[path]
    rows = b"".join(b"\0" + bytes(_is_ink(path, x, y) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"PLTE", bytes([*_PAPER, *_INK]))
        + _chunk(b"IDAT", zlib.compress(rows, 9))
        + _chunk(b"IEND", b"")
    )


def _is_ink(path: str, x: int, y: int) -> bool:
    if path != AVATAR:
        return False
    head = (x - 60) ** 2 + (y - 46) ** 2 < 22**2
    shoulders = ((x - 60) / 40) ** 2 + ((y - 112) / 38) ** 2 < 1
    return head or shoulders


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


routes = [Route(AVATAR, picture), Route(HEADER, picture)]
