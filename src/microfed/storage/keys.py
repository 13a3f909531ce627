"""The names of files: made here, checked wherever one comes in, so that none becomes a path."""

import re
import secrets

from microfed.errors import NotFound

# Everything that is ever served, and as what. No SVG, no HTML, nothing of ActivityPub.
TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
}
ENDINGS = {media_type: ending for ending, media_type in TYPES.items()}
# An upload as it came. Kept until it is processed, and never served.
RAW = "raw"
_KEY = re.compile(rf"[0-9a-f]{{32}}\.({'|'.join((*TYPES, RAW))})", re.ASCII)


def new_key(ending: str) -> str:
    """Return a fresh key for a file with that ending."""
    key = f"{secrets.token_hex(16)}.{ending}"
    return check_key(key)


def is_key(text: str) -> bool:
    """Say whether `text` could be the key of a file."""
    return _KEY.fullmatch(text) is not None


def check_key(text: str) -> str:
    """Return `text` if it is a key; NotFound for anything else, such as a path."""
    if not is_key(text):
        raise NotFound("there is no such file")
    return text


def ending_of(media_type: str) -> str | None:
    """Return the ending of files of a type that we keep."""
    return ENDINGS.get(media_type)


def type_of(key: str) -> str | None:
    """Return as what a file is served; None for an upload, which is not."""
    return TYPES.get(key.rpartition(".")[2])
