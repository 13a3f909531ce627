"""What an app sends, however it sends it: a form, multipart, JSON, the address, Basic."""

import base64
import binascii
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from python_multipart.exceptions import MultipartParseError
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from microfed.bodies import read_body
from microfed.errors import Malformed
from microfed.wire import safe_json

MOST_BYTES = 64_000
MOST_FIELDS = 100
LONGEST = 4_000


class Parameters:
    """The values of one request by name; empty text is the same as nothing (RFC 6749 §3.1)."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        """Return a text; None when it was not sent. Raises Malformed for what is none."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > LONGEST:
            raise Malformed(f"{name} must be one short text")
        return value

    def need(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if value is None:
            raise Malformed(f"{name} is missing")
        return value

    def texts(self, name: str) -> list[str]:
        """Return several texts: a list, a text with one on each line, or `name[]` in a form."""
        value = self._values.get(name, self._values.get(f"{name}[]"))
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in items):
            raise Malformed(f"{name} must be text, or a list of texts")
        return [part for item in items for part in item.split()]


async def read_parameters(request: Request) -> Parameters:
    """Return what stands in the address and in the body.

    In the address too: Elk and others put the code there (gotosocial#1331). JSON too: Ice Cubes
    sends nothing else.
    """
    values = _gathered(_pairs(request.scope["query_string"]))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await read_body(request, most=MOST_BYTES)
    if kind == "multipart/form-data":
        values |= _gathered(await _multipart(request, body))
    elif kind.endswith("json"):
        values |= safe_json(body) if body.strip() else {}
    else:
        values |= _gathered(_pairs(body))
    return Parameters(values)


def query_parameters(request: Request) -> Parameters:
    """Return what stands in the address. Raises Malformed for a name that comes twice."""
    values = _gathered(_pairs(request.scope["query_string"]))
    twice = [name for name, value in values.items() if isinstance(value, list)]
    if twice:
        raise Malformed(f"{twice[0]} twice")
    return Parameters(values)


def client_of(request: Request, given: Parameters) -> tuple[str | None, str | None]:
    """Return how an app calls itself, and its secret: from the header, else from the body."""
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            plain = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Malformed("the Authorization header cannot be read") from error
        name, colon, secret = plain.partition(":")
        if colon:
            return unquote_plus(name), unquote_plus(secret) or None
    return given.text("client_id"), given.text("client_secret")


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            values.setdefault(name, []).append(value)
        elif name in values:
            before = values[name]
            values[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            values[name] = value
    return values


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        found = parse_qsl(encoded.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Malformed("this form cannot be read") from error
    return [(name, value.replace("\0", "")) for name, value in found]


async def _multipart(request: Request, body: bytes) -> list[tuple[str, str]]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(request.headers, stream(), max_files=0, max_fields=MOST_FIELDS)
    try:
        form = await parser.parse()
    except (MultiPartException, MultipartParseError, KeyError, ValueError) as error:
        raise Malformed("this form cannot be read") from error
    return [(n, v.replace("\0", "")) for n, v in form.multi_items() if isinstance(v, str)]
