"""RFC 9421, HTTP Message Signatures: what the field is moving to."""

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from microfed.errors import Unauthorized
from microfed.remote.signatures.claim import (
    Claim,
    check_host,
    check_key_id,
    check_time,
    read_seconds,
)
from microfed.remote.signatures.digests import content_digest_header, has_digest
from microfed.remote.signatures.signer import Draft, Outgoing, Signer

_LONGEST = 8_192
_LABEL = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)=")
_COMPONENT = re.compile(r' *"([a-z0-9@!#$%&\'*+.^_`|~-]+)"(?=[ )])')
_STRING = r'"((?:[^"\\]|\\["\\])*)"'
_PARAMETER = re.compile(
    rf" *; *([a-z*][a-z0-9_.*-]*)(?:=(?:{_STRING}|([0-9]{{1,15}})|[A-Za-z:?-][^;, ]*))?"
)
_SIGNATURE = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]+={0,2}):\s*")
_ALGORITHMS = ("rsa-v1_5-sha256", "ed25519")


def draft(signer: Signer, request: Outgoing) -> Draft:
    """Write the signature base in the form that Fedify sends and Mastodon 4.5 accepts."""
    headers = {"Host": request.authority, "Date": request.date}
    # The authority of @target-uri and of Host are one string: `guard` has made it lower case.
    components = [
        ("@method", request.method),
        ("@target-uri", f"{request.scheme}://{request.authority}{request.target}"),
        ("@authority", request.authority),
        ("host", request.authority),
        ("date", request.date),
    ]
    if request.body is not None:
        headers["Content-Digest"] = content_digest_header(request.body)
        components.append(("content-digest", headers["Content-Digest"]))
    components += request.extra
    names = " ".join(f'"{name}"' for name, _ in components)
    parameters = (
        f'({names});alg="{signer.algorithm}";keyid="{signer.key_id}";created={request.created}'
    )
    headers["Signature-Input"] = f"sig1={parameters}"
    return Draft(_base(components, parameters), headers, "sig1=:", ":")


def parse(
    *,
    method: str,
    target: str,
    headers: Mapping[str, str],
    now: datetime,
    hosts: frozenset[str],
    base_url: str,
) -> Claim:
    """Read Signature-Input and Signature, and check all that can be checked without the key."""
    label, names, given, parameters = _read_input(headers["signature-input"])
    match = _SIGNATURE.fullmatch(headers.get("signature", "")[:_LONGEST])
    if match is None or match[1] != label:
        raise Unauthorized("Signature and Signature-Input must hold one and the same signature")
    check_key_id(given.get("keyid", ""))
    if "created" not in given:
        raise Unauthorized("created is required")
    algorithm = given.get("alg")
    if algorithm is not None and algorithm not in _ALGORITHMS:
        raise Unauthorized("alg must be rsa-v1_5-sha256 or ed25519")
    _check_coverage(names, method, headers)
    check_host(headers, hosts)
    created = read_seconds(given["created"], "created")
    expires = read_seconds(given["expires"], "expires") if "expires" in given else None
    components = [(name, _value(name, method, target, headers, base_url)) for name in names]
    return Claim(
        key_id=given["keyid"],
        scheme="rfc9421",
        algorithm=algorithm,
        created_at=created,
        expires_at=check_time(created, expires, now),
        signature=_decode(match[2]),
        bases=(_base(components, parameters),),
        covered=frozenset(names),
    )


def _base(components: list[tuple[str, str]], parameters: str) -> bytes:
    lines = [f'"{name}": {value}' for name, value in components]
    lines.append(f'"@signature-params": {parameters}')
    return "\n".join(lines).encode("latin-1", "replace")


def _read_input(value: str) -> tuple[str, tuple[str, ...], dict[str, str], str]:
    """Split `label=("a" "b");k=v` into label, components, parameters and what follows `label=`."""
    if len(value) > _LONGEST:
        raise Unauthorized("Signature-Input is too long")
    start = _LABEL.match(value)
    if start is None or value[start.end() : start.end() + 1] != "(":
        raise Unauthorized("Signature-Input cannot be read")
    position = start.end() + 1
    names: list[str] = []
    while match := _COMPONENT.match(value, position):
        names.append(match[1])
        position = match.end()
    while value[position : position + 1] == " ":
        position += 1
    if value[position : position + 1] != ")":
        raise Unauthorized("components of a signature must be plain names, without parameters")
    position += 1
    given: dict[str, str] = {}
    while match := _PARAMETER.match(value, position):
        if match[1] in given:
            raise Unauthorized(f"{match[1]} is given twice in Signature-Input")
        text = match[2] if match[2] is not None else match[3]
        given[match[1]] = re.sub(r"\\(.)", r"\1", text or "")
        position = match.end()
    if value[position:].strip():
        # A second signature is refused like Mastodon does: two could say two things.
        raise Unauthorized("Signature-Input must hold exactly one signature")
    return start[1], tuple(names), given, value[start.end() : position]


def _check_coverage(names: tuple[str, ...], method: str, headers: Mapping[str, str]) -> None:
    if len(set(names)) != len(names):
        raise Unauthorized("a component is named twice")
    required = ["@method", "@target-uri"]
    if method not in ("GET", "HEAD"):
        required.append("content-digest")
    for name in required:
        if name not in names:
            raise Unauthorized(f"{name} must be signed")
    if "content-digest" in names and not has_digest(headers, "content-digest"):
        raise Unauthorized("Content-Digest needs a sha-256 of the body")


def _value(name: str, method: str, target: str, headers: Mapping[str, str], base_url: str) -> str:
    if not name.startswith("@"):
        if name not in headers:
            raise Unauthorized(f"the signed header {name} is missing")
        return headers[name].strip()
    path, mark, query = target.partition("?")
    base = urlsplit(base_url)
    # From what we are called, not from what a proxy passed on: behind one, the scheme is lost.
    derived = {
        "@method": method,
        "@target-uri": f"{base.scheme}://{base.netloc}{target}",
        "@authority": base.netloc,
        "@scheme": base.scheme,
        "@request-target": target,
        "@path": path or "/",
        "@query": f"?{query}" if mark else "?",
    }
    if name not in derived:
        raise Unauthorized(f"{name} is not a component we know")
    return derived[name]


def _decode(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except ValueError as error:
        raise Unauthorized("the signature is not base64") from error
