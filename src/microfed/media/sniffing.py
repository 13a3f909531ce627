"""What a file is, by its first bytes. What its name or its sender says is never believed."""

from typing import Literal

from microfed.errors import Invalid

Kind = Literal["jpeg", "png", "gif", "webp", "avif", "heic", "mp4", "webm", "mp3", "ogg", "flac"]
PICTURES: tuple[Kind, ...] = ("jpeg", "png", "gif", "webp", "avif", "heic")
FILMS: tuple[Kind, ...] = ("mp4", "webm", "mp3", "ogg", "flac")
HEAD = 1_024

PICTURE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif")
FILM_TYPES = ("video/mp4", "video/webm", "audio/mpeg", "audio/ogg", "audio/flac", "audio/mp4")

_MARKS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"OggS\x00", "ogg"),
    (b"fLaC\x00", "flac"),
    (b"ID3", "mp3"),
)
_AVIF = frozenset((b"avif", b"avis"))
_HEIC = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"))
_MP4 = frozenset(
    (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"qt  ", b"dash")
    + (b"M4V ", b"M4A ", b"M4VH", b"MSNV", b"3gp4", b"3gp5", b"3gp6", b"3g2a", b"f4v ")
)
# What people try to send, and how they may know it: to say more than "no".
_NAMED: tuple[tuple[bytes, str], ...] = (
    (b"%pdf", "PDF documents"),
    (b"<svg", "SVG drawings"),
    (b"<!doctype", "web pages"),
    (b"<html", "web pages"),
    (b"<script", "scripts"),
    (b"<?php", "scripts"),
    (b"#!", "scripts"),
    (b"<?xml", "XML documents"),
    (b"pk\x03\x04", "archives and office documents"),
    (b"\x7felf", "programs"),
    (b"mz", "programs"),
)
ACCEPTED = "send a picture (JPEG, PNG, GIF, WebP, AVIF), a film (MP4, WebM) or sound"


def kind_of(head: bytes) -> Kind:
    """Return what a file that begins with `head` is; Invalid, in words, for what we do not take."""
    kind = _find_kind(head)
    if kind is not None:
        return kind
    if not head:
        raise Invalid("this file is empty", {"file": "is empty"})
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, name in _NAMED:
        if start.startswith(mark):
            raise Invalid(
                f"{name} are not taken: {ACCEPTED}", {"file": "is of a type we do not accept"}
            )
    raise Invalid(f"this file is not of a type we take: {ACCEPTED}", {"file": "unknown type"})


def _find_kind(head: bytes) -> Kind | None:
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[:4] == b"\x1aE\xdf\xa3" and b"webm" in head[:64]:
        return "webm"
    # An MPEG audio frame: eleven bits set, version and layer that exist, a layer III.
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] >> 4 not in (0, 15):
        return "mp3"
    return None


def _by_brand(head: bytes) -> Kind | None:
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
    for brand in brands:
        if brand in _AVIF:
            return "avif"
        if brand in _HEIC:
            return "heic"
    return "mp4" if _MP4.intersection(brands) else None
