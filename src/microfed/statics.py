"""Style sheet and icon: each at an address with its hash in it, kept by browsers for ever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import NotFound

FOLDER = Path(__file__).parent / "web" / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file of ours that never changes under its address."""

    name: str
    body: bytes
    hash: str
    media_type: str


@lru_cache(1)
def static_files() -> Mapping[str, StaticFile]:
    """Return what is in the folder, read once."""
    found = {}
    for path in sorted(FOLDER.iterdir()):
        body = path.read_bytes()
        hash_ = hashlib.sha256(body).hexdigest()[:12]
        found[path.name] = StaticFile(path.name, body, hash_, _TYPES[path.suffix])
    return found


def static_url(name: str) -> str:
    """Return where browsers find a static file."""
    return f"/static/{static_files()[name].hash}/{name}"


async def static_file(request: Request) -> Response:
    """Give a static file; one that is asked for by an older hash is not kept."""
    file = static_files().get(request.path_params["name"])
    if file is None:
        raise NotFound("there is no such file")
    is_current = request.path_params["hash"] == file.hash
    headers = {
        "Cache-Control": FOR_EVER if is_current else "no-cache",
        # An SVG that is opened by itself is a page.
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    return Response(file.body, media_type=file.media_type, headers=headers)
