"""Files that people with bad intentions, or bad luck, send. Each name says what it tries."""

import io
import struct
import zlib
from collections.abc import Iterator

import piexif
from PIL import Image

from tests.media.pictures import (
    animation,
    chunk,
    encoded,
    noise,
    picture,
    png_bomb,
    png_claiming,
    png_with,
)

# What must be in nothing that we serve.
MARK = b"<script>alert('hostile')</script>"
PHP = b"<?php system('hostile'); ?>"
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp"}


def corpus() -> Iterator[tuple[str, bytes]]:
    """Yield all of them: what they are called, and what is in them."""
    yield from bombs()
    yield from wrong_types()
    yield from polyglots()
    yield from broken()
    yield from names()
    yield from heads()


def bombs() -> Iterator[tuple[str, bytes]]:
    yield "pixels 30000 × 30000, one bit each.png", encoded(Image.new("1", (30_000, 30_000)), "PNG")
    yield "pixels that really unpack to 243 MB.png", png_bomb(9_000, 9_000)
    yield "just under the limit.png", png_bomb(6_300, 6_300)
    yield "claims 65535 × 65535.png", png_claiming(65_535, 65_535)
    yield "claims 2147483647 squared.png", png_claiming(2**31 - 1, 2**31 - 1)
    yield "claims no pixels.png", png_claiming(0, 0)
    yield "claims 16 bits RGBA.png", png_claiming(6_000, 6_000, depth=16, color=6)
    yield "claims 65500 × 65500.jpg", _jpeg_claiming(65_500, 65_500)
    yield "claims 16383 squared.webp", _webp_claiming(16_383, 16_383)
    yield "claims 65535 squared.gif", b"GIF89a\xff\xff\xff\xff\x80\0\0" + b"\0" * 6 + b";"
    yield "five hundred and one frames.gif", animation(501, (2, 2))
    yield "few frames, all huge.gif", _huge_frames()
    yield "thousands of frames in few bytes.gif", _endless_gif(20_000)
    yield "text that unpacks to 200 MB.png", png_with(_compressed_text(200_000_000))
    yield "profile that unpacks to 100 MB.png", png_with(_compressed_profile(100_000_000))
    yield "ten thousand chunks.png", png_with(*[(b"tEXt", b"a\0" + b"b" * 50)] * 10_000)
    yield (
        "animation control that claims 2 billion frames.png",
        png_with((b"acTL", struct.pack(">II", 2**31 - 1, 0))),
    )
    yield (
        "exif of its own size.jpg",
        encoded(picture(), "JPEG", exif=b"Exif\0\0" + b"II*\0" * 9_000),
    )
    yield "more bytes than we take.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 17_000_000


def wrong_types() -> Iterator[tuple[str, bytes]]:
    yield from (
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>" + MARK + b"</svg>"),
        ("drawing with a preface.jpg", b"<?xml version='1.0'?><svg>" + MARK + b"</svg>"),
        ("drawing, packed.svgz", zlib.compress(b"<svg/>", wbits=31)),
        ("page.html", b"<!DOCTYPE html>" + MARK),
        ("page after spaces.png", b"  \n\t<html>" + MARK),
        ("page after a byte order mark.gif", b"\xef\xbb\xbf<html>" + MARK),
        ("script.js", b"alert(1)"),
        ("script.php.jpg", PHP),
        ("shell.png", b"#!/bin/sh\ntouch /tmp/hostile\n"),
        ("document.pdf", b"%PDF-1.7\n1 0 obj"),
        ("postscript.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run"),
        ("archive.zip", b"PK\x03\x04" + b"\0" * 60),
        ("program.exe", b"MZ" + b"\0" * 60),
        ("program", b"\x7fELF" + b"\0" * 60),
        ("object.json", b'{"@context":"https://www.w3.org/ns/activitystreams","type":"Note"}'),
        ("imagemagick.mvg", b"push graphic-context\nimage over 0,0 0,0 'url(http://evil.test)'"),
        ("bitmap.bmp", encoded(picture(), "BMP")),
        ("fax.tiff", encoded(picture(), "TIFF")),
        ("icon.ico", encoded(picture((16, 16)), "ICO")),
        ("photoshop.psd", b"8BPS\0\1" + b"\0" * 60),
        ("jpeg2000.jp2", b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 60),
        ("playlist.m3u8", b"#EXTM3U\nfile:///etc/passwd\n"),
        ("matroska.mkv", b"\x1aE\xdf\xa3\x93B\x82\x88matroska" + b"\0" * 60),
        ("windows film.wmv", b"0&\xb2u\x8ef\xcf\x11" + b"\0" * 60),
        ("nothing", b""),
        ("one byte", b"\xff"),
        ("zeros.jpg", b"\0" * 5_000),
        ("text.png", b"I am a picture, really\n" * 50),
    )


def polyglots() -> Iterator[tuple[str, bytes]]:
    for ending, kind in ((".jpg", "JPEG"), (".png", "PNG"), (".gif", "GIF"), (".webp", "WEBP")):
        good = encoded(picture(), kind)
        yield f"page behind the picture{ending}", good + MARK
        yield f"archive behind the picture{ending}", good + b"PK\x03\x04" + PHP
    yield "page in the comment.gif", encoded(picture(), "GIF", comment=MARK)
    yield "page in the comment.jpg", encoded(picture(), "JPEG", comment=MARK)
    yield "script in a text chunk.png", png_with((b"tEXt", b"Comment\0" + PHP))
    yield "script in a chunk nobody knows.png", png_with((b"phPc", PHP))
    exif = piexif.dump({"0th": {piexif.ImageIFD.ImageDescription: MARK}})
    yield "page in the description.jpg", encoded(picture(), "JPEG", exif=exif)
    yield "page in the description.webp", encoded(picture(), "WEBP", exif=exif)
    yield "page in the profile.png", encoded(picture(), "PNG", icc_profile=MARK * 20)
    yield "page in the metadata.webp", encoded(picture(), "WEBP", xmp=MARK)
    yield "page as a gif.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=1;" + MARK
    frames = animation(3)
    yield "page behind an animation.gif", frames + MARK


def broken() -> Iterator[tuple[str, bytes]]:
    for ending, kind in ((".jpg", "JPEG"), (".png", "PNG"), (".gif", "GIF"), (".webp", "WEBP")):
        good = noise((200, 150), kind)
        yield f"half of it{ending}", good[: len(good) // 2]
        yield f"its first 30 bytes{ending}", good[:30]
        middle = len(good) // 2
        yield f"noise in its middle{ending}", good[:middle] + b"\xaa" * 400 + good[middle + 400 :]
    good = encoded(picture(), "AVIF")
    yield "half of it.avif", good[: len(good) // 2]
    yield "boxes that claim too much.avif", good[:40] + b"\xff\xff\xff\xff" + good[44:]


def names() -> Iterator[tuple[str, bytes]]:
    good = encoded(picture(), "PNG")
    for name in (
        *("../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "a\0.png", ".htaccess"),
        *("a" * 2_000, "x.svg", "x.html", "';DROP TABLE posts;--", "%2e%2e%2fx", "\u202egnp.exe"),
        *("a\r\nContent-Type: text/html\r\n\r\n", "con", "-rf", "$(touch hostile)", "|id"),
    ):
        yield name, good


def heads() -> Iterator[tuple[str, bytes]]:
    good = encoded(picture(), "JPEG")
    yield "ten thousand empty segments.jpg", good[:2] + b"\xff\xe5\x00\x02" * 10_000 + good[2:]
    yield (
        "segments of 64 kB, two hundred.jpg",
        good[:2] + ((b"\xff\xe5\xff\xff" + b"\0" * 65_533) * 200) + good[2:],
    )
    yield "a segment that claims too much.jpg", good[:2] + b"\xff\xe1\xff\xff" + good[2:]
    yield "orientation 65535.jpg", encoded(picture(), "JPEG", exif=_orientation(65_535))
    yield "profile of 2 MB.jpg", encoded(picture(), "JPEG", icc_profile=b"\xaa" * 2_000_000)
    yield "head chunk of 15 MB.png", png_with((b"zTXt", b"a\0\0" + b"\xaa" * 15_000_000))


def _orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


def _compressed_text(size: int) -> tuple[bytes, bytes]:
    return b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * size, 9)


def _compressed_profile(size: int) -> tuple[bytes, bytes]:
    return b"iCCP", b"profile\0\0" + zlib.compress(b"\0" * size, 9)


def _jpeg_claiming(width: int, height: int) -> bytes:
    good = bytearray(encoded(picture(), "JPEG"))
    at = good.index(b"\xff\xc0")
    good[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(good)


def _webp_claiming(width: int, height: int) -> bytes:
    good = bytearray(encoded(picture(), "WEBP"))
    at = good.index(b"\x9d\x01\x2a")
    good[at + 3 : at + 7] = struct.pack("<HH", width, height)
    return bytes(good)


def _huge_frames() -> bytes:
    pictures = [Image.new("P", (6_000, 6_000), at) for at in range(12)]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=50)
    return out.getvalue()


def _endless_gif(frames: int) -> bytes:
    good = encoded(picture((1, 1)), "GIF")
    at = good.index(b"\x2c")
    frame = b"\x21\xf9\x04\x04\x05\0\0\0" + good[at:-1]
    return good[:at] + frame * frames + b";"


__all__ = ["MARK", "PHP", "chunk", "corpus"]
