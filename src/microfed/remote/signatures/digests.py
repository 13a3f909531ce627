"""The fingerprint of a body, by which a signature over headers also covers what is under them."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping

from microfed.errors import Unauthorized

_HASHES = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_STRUCTURED = re.compile(r"([A-Za-z][A-Za-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):")


def digest_header(body: bytes) -> str:
    """Return the `Digest` of draft-cavage requests: `SHA-256=…`, the spelling all accept."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def content_digest_header(body: bytes) -> str:
    """Return the `Content-Digest` of RFC 9530, which RFC 9421 signs."""
    return "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii") + ":"


def check_digest(headers: Mapping[str, str], body: bytes) -> None:
    """Raise Unauthorized unless the body is the one that was signed.

    Every SHA-256 and SHA-512 that is given must be right, and there must be one: whichever of the
    headers the signature covers, it then stands for this body. Older hashes are not looked at.
    """
    known = 0
    for name, value in _given(headers):
        algorithm = _HASHES.get(name)
        if algorithm is None:
            continue
        known += 1
        try:
            claimed = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Unauthorized("the digest is not base64") from error
        if not hmac.compare_digest(claimed, algorithm(body).digest()):
            raise Unauthorized("the digest does not match the body")
    if not known:
        raise Unauthorized("a Digest with SHA-256 of the body is required")


def has_digest(headers: Mapping[str, str], name: str) -> bool:
    """Say whether the header `name` holds a digest that `check_digest` can check."""
    return any(algorithm in _HASHES for algorithm, _ in _given({name: headers.get(name, "")}))


def _given(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for item in headers.get("digest", "").split(","):
        name, _, value = item.strip().partition("=")
        yield name.lower(), value
    for item in headers.get("content-digest", "").split(","):
        if match := _STRUCTURED.fullmatch(item.strip()):
            yield match[1].lower(), match[2]
        elif item.strip():
            raise Unauthorized("Content-Digest must look like sha-256=:…:")
