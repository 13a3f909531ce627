"""draft-cavage-http-signatures-12, as the fediverse has spoken it since 2017."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime

from microfed.errors import Unauthorized
from microfed.remote.signatures.claim import (
    Claim,
    check_host,
    check_key_id,
    check_time,
    read_date,
    read_seconds,
)
from microfed.remote.signatures.digests import digest_header, has_digest
from microfed.remote.signatures.signer import Draft, Outgoing, Signer

_LONGEST = 8_192
_MOST_HEADERS = 32
_PARAMETER = re.compile(r'\s*([A-Za-z]+)\s*=\s*(?:"([^"\\]*)"|([0-9]+))\s*(?:,|$)')
# Misskey demands the word; GoToSocial says hs2019 and means the same.
_ALGORITHMS = ("rsa-sha256", "hs2019", "ed25519")


def draft(signer: Signer, request: Outgoing) -> Draft:
    """Write what is to be signed: the header lines in the order in which they are named."""
    target = request.target if signer.with_query else request.target.partition("?")[0]
    headers = {"Host": request.authority, "Date": request.date}
    names = "(request-target) host date"
    lines = (
        f"(request-target): {request.method.lower()} {target}\n"
        f"host: {request.authority}\ndate: {request.date}"
    )
    if request.body is not None:
        headers["Digest"] = digest = digest_header(request.body)
        names += " digest"
        lines += f"\ndigest: {digest}"
        if request.content_type:
            names += " content-type"
            lines += f"\ncontent-type: {request.content_type}"
    for name, value in request.extra:
        names += f" {name}"
        lines += f"\n{name}: {value}"
    algorithm = "rsa-sha256" if signer.algorithm.startswith("rsa") else "hs2019"
    before = f'keyId="{signer.key_id}",algorithm="{algorithm}",headers="{names}",signature="'
    return Draft(lines.encode("latin-1"), headers, before, '"')


def parse(
    *, method: str, target: str, headers: Mapping[str, str], now: datetime, hosts: frozenset[str]
) -> Claim:
    """Read the Signature header and check all that can be checked without the key."""
    given = _parameters(headers["signature"])
    key_id, signature = given.get("keyid", ""), given.get("signature", "")
    check_key_id(key_id)
    if not signature:
        raise Unauthorized("the Signature header needs a signature")
    algorithm = given.get("algorithm")
    if algorithm is not None and algorithm.lower() not in _ALGORITHMS:
        raise Unauthorized("the algorithm must be rsa-sha256 or hs2019")
    is_dated = algorithm is not None and algorithm.lower() == "rsa-sha256"
    names = tuple(given.get("headers", "date" if is_dated else "(created)").lower().split())
    _check_coverage(names, method, is_dated)
    check_host(headers, hosts)
    if "digest" in names and not has_digest(headers, "digest"):
        raise Unauthorized("the Digest header needs a SHA-256 of the body")
    created, end = _times(given, names, headers, now)
    targets = [target]
    if method == "GET" and "?" in target:
        # Mastodon before 4.3 left the query out of what it signed; many copied that.
        targets.append(target.partition("?")[0])
    lines = [_line(name, given, headers) for name in names]
    position = names.index("(request-target)")
    bases = []
    for each in targets:
        lines[position] = f"(request-target): {method.lower()} {each}"
        bases.append("\n".join(lines).encode("latin-1", "replace"))
    return Claim(
        key_id=key_id,
        scheme="cavage",
        algorithm=algorithm.lower() if algorithm else None,
        created_at=created,
        expires_at=end,
        signature=_decode(signature),
        bases=tuple(bases),
        covered=frozenset(names),
    )


def _parameters(value: str) -> dict[str, str]:
    if len(value) > _LONGEST:
        raise Unauthorized("the Signature header is too long")
    given: dict[str, str] = {}
    position = 0
    while position < len(value):
        match = _PARAMETER.match(value, position)
        if match is None:
            raise Unauthorized("the Signature header cannot be read")
        name = match[1].lower()
        if name in given:
            raise Unauthorized(f"{name} is given twice in the Signature header")
        given[name] = match[2] if match[2] is not None else match[3]
        position = match.end()
    return given


def _check_coverage(names: tuple[str, ...], method: str, is_dated: bool) -> None:
    if len(names) > _MOST_HEADERS or len(set(names)) != len(names):
        raise Unauthorized("the list of signed headers repeats itself or is too long")
    required = ["(request-target)", "host"]
    if method not in ("GET", "HEAD"):
        required.append("digest")
    for name in required:
        if name not in names:
            raise Unauthorized(f"{name} must be signed")
    if "date" not in names and "(created)" not in names:
        raise Unauthorized("date or (created) must be signed")
    if is_dated and ("(created)" in names or "(expires)" in names):
        raise Unauthorized("(created) and (expires) do not go with rsa-sha256")


def _times(
    given: Mapping[str, str], names: tuple[str, ...], headers: Mapping[str, str], now: datetime
) -> tuple[datetime, datetime]:
    """Return from when and until when the signature holds."""
    moments = []
    if "(created)" in names:
        moments.append(read_seconds(given.get("created", ""), "created"))
    if "date" in names:
        moments.append(read_date(headers.get("date", "")))
    expires = read_seconds(given["expires"], "expires") if "expires" in given else None
    ends = [check_time(moment, expires, now) for moment in moments]
    if expires is not None and "(expires)" not in names:
        # Not signed: anyone on the way may have written it, so it may end the life, not prolong it.
        ends += [check_time(moment, None, now) for moment in moments]
    return moments[0], min(ends)


def _line(name: str, given: Mapping[str, str], headers: Mapping[str, str]) -> str:
    if name == "(request-target)":
        return ""
    if name in ("(created)", "(expires)"):
        if name[1:-1] not in given:
            raise Unauthorized(f"{name} is signed but not given")
        return f"{name}: {given[name[1:-1]]}"
    if name not in headers:
        raise Unauthorized(f"the signed header {name} is missing")
    return f"{name}: {headers[name].strip()}"


def _decode(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unauthorized("the signature is not base64") from error
