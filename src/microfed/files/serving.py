"""Serving a file of ours: for ever the same, in parts where asked, and never as anything else."""

import re
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from microfed.errors import NotFound
from microfed.storage import Storage, check_key, type_of

# A file that is opened by itself may do nothing and load nothing.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Disposition": "inline",
}
FOR_EVER = "public, max-age=31536000, immutable"
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})", re.ASCII)


async def serve(request: Request, storage: Storage, key: str, *, cache: str = FOR_EVER) -> Response:
    """Answer with a file, or the part of it that is asked for; NotFound when there is none."""
    media_type = type_of(check_key(key))
    size = None if media_type is None else await storage.size(key)
    if media_type is None or size is None:
        raise NotFound("there is no such file")
    tag = f'"{key}"'
    headers = {**HEADERS, "Cache-Control": cache, "ETag": tag, "Accept-Ranges": "bytes"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    status, start, length = 200, 0, size
    asked = request.headers.get("range")
    if asked is not None and request.headers.get("if-range", tag) == tag:
        part = _part(asked, size)
        if part is None:
            return Response(
                status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"}
            )
        status, (start, length) = 206, part
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    headers["Content-Length"] = str(length)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    pieces: AsyncIterator[bytes] = storage.read(key, start, length)
    return StreamingResponse(pieces, status, headers, media_type)


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """Return where the part begins and how long it is; None for what cannot be given.

    One part only: several at once are asked for by nobody but those who want to make us work.
    """
    found = _RANGE.fullmatch(asked.strip())
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, length) if length else None
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    return (start, end - start + 1) if start <= end else None
