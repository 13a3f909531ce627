"""Reading what a request carries: within a size, within a time, of a type we take."""

import asyncio
from collections.abc import AsyncGenerator

from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from microfed.errors import Malformed, TooLarge, WrongMediaType

MOST_BYTES = 1_000_000
SECONDS = 30.0
UPLOAD_SECONDS = 900.0
MOST_PARTS = 100
ACTIVITY_TYPES = ("application/activity+json", "application/ld+json", "application/json")


def check_media_type(request: Request, allowed: tuple[str, ...] = ACTIVITY_TYPES) -> None:
    """Refuse a body that is not of an `allowed` type."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in allowed:
        raise WrongMediaType(f"send {allowed[0]}, not {given or 'nothing'}")


async def read_body(request: Request, *, most: int = MOST_BYTES) -> bytes:
    """Return the whole body; TooLarge beyond `most` bytes, Malformed when it does not come."""
    _check_length(request, most)
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


async def read_parts(request: Request, *, most: int, most_parts: int = MOST_PARTS) -> FormData:
    """Return the parts of a multipart body; files are on disk, not in memory, and gone once closed.

    TooLarge beyond `most` bytes in all, Malformed for what is no such body.
    """
    _check_length(request, most)
    parser = MultiPartParser(
        request.headers,
        _at_most(request, most),
        max_files=4,
        max_fields=most_parts,
        max_part_size=MOST_BYTES,
    )
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            return await parser.parse()
    except (MultiPartException, MultipartParseError, KeyError, ValueError) as error:
        raise Malformed("this form cannot be read") from error
    except TimeoutError as late:
        raise Malformed("the request did not arrive in time") from late
    except ClientDisconnect as gone:
        raise Malformed("the request was broken off") from gone


def _check_length(request: Request, most: int) -> None:
    """Refuse at once what says itself that it is too long."""
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:20]) > most:
        raise TooLarge(f"at most {most} bytes")


async def _at_most(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise TooLarge(f"at most {most} bytes")
        yield chunk
