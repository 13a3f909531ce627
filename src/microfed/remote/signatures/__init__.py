"""Signatures of HTTP requests: ours, made in the dialect a server understands, and theirs, read."""

import asyncio
import base64
import os
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from microfed.errors import Unauthorized
from microfed.remote.signatures import cavage, rfc9421
from microfed.remote.signatures.claim import Claim
from microfed.remote.signatures.digests import check_digest, digest_header
from microfed.remote.signatures.signer import Draft, Outgoing, Scheme, Signer

__all__ = [
    "Claim",
    "Outgoing",
    "Scheme",
    "Signer",
    "check_digest",
    "digest_header",
    "parse_signature",
    "read_headers",
    "sign",
    "sign_here",
]

_DRAFTS = {"cavage": cavage.draft, "rfc9421": rfc9421.draft}
# Signing with RSA takes 270 µs and releases the GIL: more threads than processors help nobody.
_POOL = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="sign")


async def sign(signer: Signer, request: Outgoing) -> dict[str, str]:
    """Return the headers that sign `request`: Host, Date, a digest, Signature.

    The arithmetic happens in a thread, while the event loop sends and receives.
    """
    draft = _DRAFTS[signer.scheme](signer, request)
    loop = asyncio.get_running_loop()
    return _finish(draft, await loop.run_in_executor(_POOL, signer.sign, draft.base))


def sign_here(signer: Signer, request: Outgoing) -> dict[str, str]:
    """Return the headers that sign `request`, for those who have no event loop."""
    draft = _DRAFTS[signer.scheme](signer, request)
    return _finish(draft, signer.sign(draft.base))


def parse_signature(
    *,
    method: str,
    target: str,
    headers: Mapping[str, str],
    now: datetime,
    hosts: Collection[str],
    base_url: str,
) -> Claim:
    """Read what a request claims about its sender, or raise Unauthorized with the reason.

    `target` is path and query as they arrived, `headers` come from `read_headers`, `hosts` are the
    names we go by (with port, if not the usual one), `base_url` is our public address. Everything
    is checked except the key itself (`claim.verify`) and the body (`check_digest`).
    """
    method = method.upper()
    names = frozenset(host.lower() for host in hosts)
    if "signature-input" in headers:
        return rfc9421.parse(
            method=method, target=target, headers=headers, now=now, hosts=names, base_url=base_url
        )
    if "signature" not in headers:
        raise Unauthorized("this request must be signed")
    return cavage.parse(method=method, target=target, headers=headers, now=now, hosts=names)


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Gather raw headers by lower-case name; repeated ones are joined, as both drafts say.

    So two Host or two Date headers never pass for one: joined, they are neither.
    """
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _finish(draft: Draft, signature: bytes) -> dict[str, str]:
    text = base64.b64encode(signature).decode("ascii")
    return {**draft.headers, "Signature": f"{draft.before}{text}{draft.after}"}
