"""Asking another server for a document: an actor, a post, a key, a WebFinger answer.

A document is believed only when it comes from where its own id says it lives (FEP-fe34); how it
got there, by a redirect or by another address, never counts.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urldefrag

from microfed.errors import (
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    NotFound,
    TryLater,
    WrongMediaType,
)
from microfed.remote.guard import check_url, is_same_uri, normalise_origin
from microfed.remote.http import Answer, Unreachable, Web
from microfed.remote.signatures import Scheme, Signer
from microfed.wire import safe_json

_PROFILE = "https://www.w3.org/ns/activitystreams"
ACCEPT = f'application/activity+json, application/ld+json; profile="{_PROFILE}"'
_ACCEPT_JRD = "application/jrd+json, application/json"

Schemes = MutableMapping[str, Scheme]


@dataclass(frozen=True, slots=True)
class Document:
    """What a server says under `uri`, which is also the id inside. The data are not yet judged."""

    uri: str
    data: dict[str, Any]


class Busy(TryLater):
    """The server answers, but not now. `retry_after` is the header of that name, if there."""

    def __init__(self, message: str, retry_after: str | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


async def knock(
    send: Callable[[Signer], Awaitable[Answer]],
    *,
    signer: Signer,
    host: str,
    schemes: Schemes,
    has_query: bool = False,
) -> Answer:
    """Send signed, and after 401 or 400 once more in the other dialect; remember what opened.

    For GETs and deliveries alike, at most three requests. `schemes` holds what was remembered, by
    host; where nothing is, draft-cavage comes first, because most speak only that.
    """
    usual: Scheme = schemes.get(host, "cavage")
    answer = await send(signer.using(usual))
    if answer.status == 401 and has_query and usual == "cavage":
        # GoToSocial does this too: some verify without the query what was signed with it.
        answer = await send(signer.using(usual, with_query=False))
    if answer.status not in (400, 401):
        return answer
    other: Scheme = "rfc9421" if usual == "cavage" else "cavage"
    second = await send(signer.using(other))
    if second.is_success:
        schemes[host] = other
    return second if second.status not in (400, 401) else answer


async def fetch_document(
    web: Web, uri: str, *, sign: Signer, schemes: Schemes | None = None
) -> Document:
    """Fetch what `uri` names, signed. Raises the Refused that fits, or TryLater.

    When the id inside is another one of the same server (a profile page's address was asked for,
    or a key's), the document is fetched anew from that id; the first body is not used.
    """
    known: Schemes = {} if schemes is None else schemes
    data = await _get_document(web, uri, sign, known)
    name = _id_of(data)
    if not is_same_uri(name, uri):
        if normalise_origin(name) != normalise_origin(uri):
            raise Forbidden("a server can only speak for its own addresses")
        data = await _get_document(web, name, sign, known)
        if not is_same_uri(_id_of(data), name):
            raise Forbidden("the document is not where its id says")
    return Document(_id_of(data), data)


async def fetch_webfinger(web: Web, acct: str) -> dict[str, Any]:
    """Ask the server of `name@host` who that is, and return its JRD, not yet judged."""
    name, _, host = acct.removeprefix("acct:").removeprefix("@").rpartition("@")
    if not name or not host or "/" in host:
        raise Invalid("an address in the fediverse looks like name@host")
    scheme = web.peers.scheme_for(host)
    host = check_url(f"{scheme}://{host}/", peers=web.peers).authority
    resource = quote(f"acct:{name}@{host}", safe=":@")
    rest = f"{host}/.well-known/webfinger?resource={resource}"
    try:
        answer = await web.get(f"{scheme}://{rest}", accept=_ACCEPT_JRD)
    except Unreachable:
        # An insecure peer may have a certificate all the same.
        if scheme == "https":
            raise
        answer = await web.get(f"https://{rest}", accept=_ACCEPT_JRD)
    check_status(answer)
    if _media_type(answer)[0] not in ("application/jrd+json", "application/json"):
        raise WrongMediaType(f"{host} does not answer WebFinger with application/jrd+json")
    return safe_json(answer.body)


async def fetch_json(web: Web, url: str, *, max_bytes: int = 65_536) -> dict[str, Any]:
    """Fetch what an app says of itself at `url`, unsigned: plain JSON or ActivityStreams.

    For documents that speak of nothing but their own address; whoever calls compares it.
    """
    answer = await web.get(
        url, accept=f"application/json, {ACCEPT};q=0.9", same_origin=True, max_bytes=max_bytes
    )
    check_status(answer)
    kind = _media_type(answer)[0]
    if kind != "application/json" and not kind.endswith("+json"):
        raise WrongMediaType(f"{url} is not JSON")
    return safe_json(answer.body)


def check_status(answer: Answer) -> None:
    """Raise what an answer's status means to whoever wanted the document."""
    status, url = answer.status, answer.url
    if answer.is_success:
        return
    if status == 404:
        raise NotFound(f"there is nothing at {url}")
    if status == 410:
        raise Gone(f"what was at {url} is gone", tombstone=url)
    if status in (401, 403):
        raise Forbidden(f"{url} may not be read by us ({status})")
    if status in (408, 429) or status >= 500:
        raise Busy(f"{url} answered {status}", answer.headers.get("retry-after"))
    raise Invalid(f"{url} answered {status}")


async def _get_document(web: Web, uri: str, signer: Signer, schemes: Schemes) -> dict[str, Any]:
    url = urldefrag(uri).url
    target = check_url(url, peers=web.peers)

    async def send(signer: Signer) -> Answer:
        return await web.get(url, accept=ACCEPT, sign=signer, same_origin=True)

    answer = await knock(
        send,
        signer=signer,
        host=target.authority,
        schemes=schemes,
        has_query="?" in target.path,
    )
    check_status(answer)
    kind, parameters = _media_type(answer)
    is_profiled = (
        kind == "application/ld+json" and _PROFILE in parameters.get("profile", "").split()
    )
    if kind != "application/activity+json" and not is_profiled:
        # An uploaded file must not pass for a document of its server (GHSA-jhrq-qvrm-qr36).
        raise WrongMediaType(f"{url} is not application/activity+json")
    return safe_json(answer.body)


def _id_of(data: dict[str, Any]) -> str:
    name = data.get("id")
    if not isinstance(name, str) or not name:
        raise Malformed("a document without an id can only be read inside another")
    return name


def _media_type(answer: Answer) -> tuple[str, dict[str, str]]:
    kind, *rest = answer.headers.get("content-type", "").split(";")
    pairs = (part.partition("=") for part in rest)
    parameters = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    return kind.strip().lower(), parameters
