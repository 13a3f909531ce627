"""What arrives from outside as JSON: read fast, and refused when it was made to do harm.

`json` and `orjson` both let through what hurts later: repeated keys (two readers see two
documents), numbers that no database holds, NUL that PostgreSQL refuses, nesting without end.
An ordinary Note is cleared by a few searches over its bytes; only what looks odd is walked.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import orjson

from microfed.errors import Malformed

DEEPEST = 32
MOST_NODES = 20_000
LONGEST_STRING = 500_000
LARGEST_INTEGER = 2**63

_BOM = b"\xef\xbb\xbf"
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
# 18 digits always fit into 64 bits; a longer run, wherever it stands, deserves a second look.
_LONG_NUMBER = b"0" * 19
_SPACE_BEFORE_COLON = re.compile(rb'"[ \t\r\n]+:')
# Where two readings of one text would be two identities: NUL is refused, not removed.
_NAMES = frozenset(
    (
        *("id", "@id", "type", "@type", "@context", "actor", "object", "target", "origin"),
        *("attributedTo", "inReplyTo", "to", "cc", "bto", "bcc", "audience", "url", "href"),
        *("inbox", "outbox", "followers", "following", "sharedInbox", "owner", "controller"),
        *("alsoKnownAs", "movedTo", "creator", "verificationMethod", "keyId", "publicKeyPem"),
        *("publicKeyMultibase", "preferredUsername", "subject", "proofValue", "signatureValue"),
    )
)


def safe_json(body: bytes) -> dict[str, Any]:
    """Read a JSON object from a stranger, or raise Malformed with the reason.

    Refused: nesting beyond 32, more than 20,000 values, strings beyond 500 kB, repeated keys,
    integers beyond 64 bits, NaN, lone surrogates, NUL in a name. NUL elsewhere is removed.
    """
    if body.startswith(_BOM):  # seen from servers on Windows
        body = body[3:]
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"this is not JSON: {error.msg}") from error
    if not isinstance(document, dict):
        raise Malformed("a JSON object is expected")
    openings = body.count(b"{") + body.count(b"[")
    # Each level opens a bracket and each value takes a byte: below these, nothing can be crossed.
    if openings > DEEPEST or len(body) > MOST_NODES:
        _measure(document)
    if (
        _LONG_NUMBER in body.translate(_DIGITS)
        or body.count(b'":') != _count_keys(document)
        or _SPACE_BEFORE_COLON.search(body)
    ):
        document = _read_slowly(body)
    if b"\\u0000" in body:
        document = _without_nul(document)
    return document  # type: ignore[no-any-return]


def _measure(document: dict[str, Any]) -> None:
    """Walk the whole document, and stop at the first limit."""
    level: list[Any] = [document]
    nodes, depth = 1, 0
    while level:
        depth += 1
        below: list[Any] = []
        for container in level:
            nodes += len(container)
            if nodes > MOST_NODES:
                raise Malformed(f"more than {MOST_NODES} values in one document")
            for child in _parts(container):
                kind = type(child)
                if kind is dict or kind is list:
                    below.append(child)
                elif kind is str and len(child) > LONGEST_STRING:
                    raise Malformed(f"a text of more than {LONGEST_STRING} characters")
        if depth > DEEPEST:
            raise Malformed(f"nested deeper than {DEEPEST} levels")
        level = below


def _parts(container: Any) -> Iterable[Any]:
    return chain(container, container.values()) if type(container) is dict else container


def _count_keys(document: dict[str, Any]) -> int:
    """Count the keys of all objects; equal to the colons after a quote when none is repeated."""
    keys = 0
    waiting: list[Any] = [document]
    while waiting:
        container = waiting.pop()
        if type(container) is dict:
            keys += len(container)
            container = container.values()
        for child in container:
            kind = type(child)
            if kind is dict or kind is list:
                waiting.append(child)
    return keys


def _read_slowly(body: bytes) -> dict[str, Any]:
    """Read again with the parser that tells about every pair and every number."""
    # Never too deep for it: the depth was measured before.
    return json.loads(body, object_pairs_hook=_unique, parse_int=_small)  # type: ignore[no-any-return]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Malformed("the same key twice in one object")
    return result


def _small(digits: str) -> int:
    if len(digits) > 20 or not -LARGEST_INTEGER <= int(digits) < LARGEST_INTEGER:
        raise Malformed("a number beyond 64 bits")
    return int(digits)


def _without_nul(document: Any, name: str = "id") -> Any:
    """Copy the document without NUL; where it would change who or what is meant, refuse."""
    if isinstance(document, str):
        if "\0" in document and name in _NAMES:
            raise Malformed(f"NUL in {name}")
        return document.replace("\0", "")
    if isinstance(document, list):
        return [_without_nul(item, name) for item in document]
    if isinstance(document, dict):
        return {key: _without_nul(value, key) for key, value in _clean_keys(document)}
    return document


def _clean_keys(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        if "\0" in key:
            raise Malformed("NUL in a key")
        yield key, value
