"""Reading what a request carries: within a size, within a time, of a type we take."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from microfed.errors import Malformed, TooLarge, WrongMediaType

MOST_BYTES = 1_000_000
SECONDS = 30.0
ACTIVITY_TYPES = ("application/activity+json", "application/ld+json", "application/json")


def check_media_type(request: Request, allowed: tuple[str, ...] = ACTIVITY_TYPES) -> None:
    """Refuse a body that is not of an `allowed` type."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in allowed:
        raise WrongMediaType(f"send {allowed[0]}, not {given or 'nothing'}")


async def read_body(request: Request, *, most: int = MOST_BYTES) -> bytes:
    """Return the whole body; TooLarge beyond `most` bytes, Malformed when it does not come."""
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:20]) > most:
        raise TooLarge(f"at most {most} bytes")
    chunks, size = [], 0
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise TooLarge(f"at most {most} bytes")
                chunks.append(chunk)
    except TimeoutError as late:
        raise Malformed("the request did not arrive in time") from late
    except ClientDisconnect as gone:
        raise Malformed("the request was broken off") from gone
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
