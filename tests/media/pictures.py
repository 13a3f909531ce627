"""Pictures that tests send: made here, byte by byte where an encoder would not make them."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms


def picture(
    size: tuple[int, int] = (64, 48), color: Any = (200, 40, 40), *, mode: str = "RGB"
) -> Image.Image:
    return Image.new(mode, size, color)


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def noise(size: tuple[int, int], kind: str = "JPEG", **how: Any) -> bytes:
    """Something that does not compress."""
    return encoded(Image.effect_noise(size, 80).convert("RGB"), kind, **how)


def animation(frames: int, size: tuple[int, int] = (32, 24), kind: str = "GIF") -> bytes:
    pictures = [picture(size, ((at * 37) % 255, at % 255, 90)) for at in range(frames)]
    return encoded(
        pictures[0], kind, save_all=True, append_images=pictures[1:], duration=80, loop=0
    )


def quadrants(size: tuple[int, int]) -> Image.Image:
    """Red above left, green above right, blue below left, white below right."""
    image = Image.new("RGB", size, "white")
    w, h = size[0] // 2, size[1] // 2
    image.paste((220, 20, 20), (0, 0, w, h))
    image.paste((20, 180, 20), (w, 0, size[0], h))
    image.paste((20, 20, 220), (0, h, w, size[1]))
    return image


def wide_profile() -> bytes:
    """A colour profile whose red and green are swapped: what ignores it looks plainly wrong."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = struct.unpack(">I", srgb[128:132])[0]
    table = bytearray(srgb)
    where = {}
    for at in range(132, 132 + 12 * count, 12):
        where[bytes(srgb[at : at + 4])] = at
    red, green = where[b"rXYZ"], where[b"gXYZ"]
    table[red + 4 : red + 12], table[green + 4 : green + 12] = (
        srgb[green + 4 : green + 12],
        srgb[red + 4 : red + 12],
    )
    return bytes(table)


def png_claiming(width: int, height: int, *, depth: int = 8, color: int = 2) -> bytes:
    """A PNG of a few bytes that says it is huge."""
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(name, data) for name, data in ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    )


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    """A good PNG with more chunks after its head."""
    good = encoded(picture(), "PNG")
    return good[:33] + b"".join(chunk(name, data) for name, data in chunks) + good[33:]


def png_bomb(width: int, height: int) -> bytes:
    """A PNG whose pixels really unpack to all it says, out of a thousandth of the bytes."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + 3 * width)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(name, data) for name, data in ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    )


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
