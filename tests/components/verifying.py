"""Signed requests verified the way other servers do it: one dialect each, nothing else believed.

Like the rest of the played server it shares no code with the server's own signatures.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

LONGEST_AGO = timedelta(minutes=5)
Keys = Callable[[str], str]  # id of a key → PEM


class NotSigned(Exception):
    """Why a request is not believed."""


def check_cavage(
    method: str, path: str, headers: Mapping[str, str], body: bytes, keys: Keys
) -> None:
    """Believe draft-cavage-12 alone, as most of Mastodon's descendants do."""
    fields = dict(re.findall(r'(\w+)="([^"]*)"', headers.get("signature", "")))
    names = fields.get("headers", "").split()
    needed = {"(request-target)", "host", "date"} | ({"digest"} if method == "POST" else set())
    if "signature-input" in headers or not needed <= set(names):
        raise NotSigned("no signature that is known here")
    if method == "POST" and headers["digest"] != f"SHA-256={_digest(body)}":
        raise NotSigned("another body was signed")
    _check_moment(parsedate_to_datetime(headers["date"]))
    lines = [
        f"(request-target): {method.lower()} {path}"
        if name == "(request-target)"
        else f"{name}: {headers[name]}"
        for name in names
    ]
    _verify(keys(fields["keyId"]), fields["signature"], "\n".join(lines))


def check_rfc9421(
    method: str, path: str, headers: Mapping[str, str], body: bytes, keys: Keys
) -> None:
    """Believe HTTP message signatures (RFC 9421) alone."""
    found = re.fullmatch(r"(\w+)=(\(([^)]*)\)(.*))", headers.get("signature-input", ""))
    if found is None:
        raise NotSigned("no signature that is known here")
    label, parameters, components = found[1], found[2], re.findall(r'"([^"]+)"', found[3])
    values = {
        "@method": method,
        "@path": path.partition("?")[0],
        "@query": "?" + path.partition("?")[2],
        "@authority": headers["host"],
        "@target-uri": f"http://{headers['host']}{path}",
    }
    if "@method" not in components or not {"@target-uri", "@path"} & set(components):
        raise NotSigned("the signature does not say what is asked")
    if method == "POST":
        if "content-digest" not in components:
            raise NotSigned("the body is not signed")
        if headers["content-digest"] != f"sha-256=:{_digest(body)}:":
            raise NotSigned("another body was signed")
    created = re.search(r";created=(\d+)", found[4])
    if created is None:
        raise NotSigned("nobody knows when it was signed")
    _check_moment(datetime.fromtimestamp(int(created[1]), UTC))
    lines = [f'"{name}": {values.get(name) or headers[name]}' for name in components]
    lines.append(f'"@signature-params": {parameters}')
    key = re.search(r'keyid="([^"]+)"', found[4])
    made = re.search(rf"{label}=:([^:]+):", headers.get("signature", ""))
    if key is None or made is None:
        raise NotSigned("half a signature")
    _verify(keys(key[1]), made[1], "\n".join(lines))


def _digest(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _check_moment(when: datetime) -> None:
    if abs(datetime.now(UTC) - when) > LONGEST_AGO:
        raise NotSigned("it was signed at another time")


def _verify(pem: str, signature: str, text: str) -> None:
    key = serialization.load_pem_public_key(pem.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise NotSigned("the signature is wrong") from None
