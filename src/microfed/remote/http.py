"""The one HTTP client: every request that leaves this server goes through here.

It connects only where `guard` allows, waits and reads only so much, follows few redirects and
checks and signs each anew, and keeps no cookies. Most holes of the field were a second client.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx

from microfed import __version__, clock
from microfed.errors import Forbidden, TooLarge, WrongMediaType
from microfed.remote.guard import InsecurePeers, Target, check_url
from microfed.remote.signatures import Outgoing, Signer, sign
from microfed.remote.sockets import Kind, Resolve, Sockets, Unreachable

__all__ = ["Answer", "Kind", "Unreachable", "Web"]

# Beside what every request signs: what a receiver believes only when it is signed.
_SIGNED_TOO = frozenset(("Collection-Synchronization",))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_SAME_REQUEST = frozenset((301, 302, 307, 308))
_CONNECT_SECONDS = 10.0
# What answers a delivery is shown to the admin at most; nobody needs more of it.
_MOST_OF_A_RECEIPT = 65_536
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


# What carries requests: the network, or in tests something that takes its place.
Transport = httpx.AsyncBaseTransport


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, whole. `url` is where it came from after redirects."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str

    @property
    def is_success(self) -> bool:
        """Whether the server did what was asked."""
        return 200 <= self.status < 300


class Web:
    """Our way to all other servers. Lives as long as the application; connections open on demand.

    `transport` replaces the network in tests; names and ports are checked all the same.
    """

    def __init__(
        self,
        *,
        url: str,
        insecure_peers: str | InsecurePeers = "",
        ca_file: Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        if isinstance(insecure_peers, str):
            insecure_peers = InsecurePeers.parse(insecure_peers)
        self.peers = insecure_peers
        self.user_agent = f"microfed/{__version__} (+{url}/)"
        self._transport = transport
        self._ca_file = ca_file
        self._resolve = resolve

    async def get(
        self,
        url: str,
        *,
        accept: str,
        sign: Signer | None = None,
        max_bytes: int = 1_000_000,
        deadline: float = 10.0,
        max_redirects: int = 3,
        same_origin: bool = False,
        into: Path | None = None,
    ) -> Answer:
        """Fetch `url` within `deadline` seconds in all, redirects included.

        With `into`, what a success brings is written to that file as it comes, not to memory.
        `same_origin` refuses redirects to another server, for what only that server may say.
        Raises Forbidden where we may not connect, TooLarge beyond `max_bytes`, Unreachable (a
        TryLater) when the network fails. Every status is an answer, 404 and 500 too.
        """
        target = check_url(url, peers=self.peers)
        seen = {target.url}
        async with _Deadline(deadline, target.host):
            while True:
                answer = await self._exchange(
                    *("GET", target, {"Accept": accept}),
                    signer=sign,
                    max_bytes=max_bytes,
                    into=into,
                )
                location = answer.headers.get("location")
                if answer.status not in _REDIRECTS or location is None:
                    return answer
                before, target = target, self._next(target, location)
                if same_origin and target.origin != before.origin:
                    raise Forbidden(f"{before.host} sends us to another server for its own address")
                if target.url in seen or len(seen) > max_redirects:
                    raise Forbidden("redirected in a circle or too often")
                seen.add(target.url)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str,
        headers: Mapping[str, str] | None = None,
        sign: Signer | None = None,
        deadline: float = 30.0,
        max_redirects: int = 3,
    ) -> Answer:
        """Send `body` to `url`. A redirect to another origin is not followed but returned."""
        target = check_url(url, peers=self.peers)
        seen = {target.url}
        sent = {**(headers or {}), "Content-Type": content_type}
        async with _Deadline(deadline, target.host):
            while True:
                answer = await self._exchange("POST", target, sent, signer=sign, body=body)
                location = answer.headers.get("location")
                if answer.status not in _SAME_REQUEST or location is None:
                    return answer
                after = self._next(target, location)
                if after.origin != target.origin:
                    return answer
                target = after
                if target.url in seen or len(seen) > max_redirects:
                    raise Forbidden("redirected in a circle or too often")
                seen.add(target.url)

    async def close(self) -> None:
        """Close all connections."""
        if self._transport is not None:
            await self._transport.aclose()

    def _next(self, target: Target, location: str) -> Target:
        try:
            url = urljoin(str(target.url), location.strip())
        except ValueError as error:
            raise Forbidden("redirected to what is not a web address") from error
        return check_url(url, peers=self.peers)

    async def _exchange(
        self,
        method: str,
        target: Target,
        headers: dict[str, str],
        *,
        signer: Signer | None,
        body: bytes | None = None,
        max_bytes: int | None = None,
        into: Path | None = None,
    ) -> Answer:
        """Send one request and read its answer. For a POST, what is too long is cut off."""
        # Identity: some kilobytes of gzip are 67 MB unpacked (security.md §2.1).
        sent = {"User-Agent": self.user_agent, "Accept-Encoding": "identity", **headers}
        if signer is not None:
            sent |= await sign(signer, _outgoing(method, target, headers, body))
        else:
            sent["Host"] = target.authority
        request = httpx.Request(
            method,
            target.url,
            headers=sent,
            content=body,
            extensions={"timeout": {"connect": _CONNECT_SECONDS}},
        )
        if self._transport is None:
            # Here and not earlier: connections belong to the loop that runs now.
            self._transport = Sockets(
                peers=self.peers, ca_file=self._ca_file, resolve=self._resolve
            )
        try:
            response = await self._transport.handle_async_request(request)
            try:
                if into is None or not response.is_success:
                    content = b"".join([piece async for piece in _read(response, max_bytes)])
                else:
                    content = b""
                    with into.open("wb") as file:
                        async for piece in _read(response, max_bytes):
                            file.write(piece)
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            raise Unreachable("connection", f"no connection to {target.host}") from error
        return Answer(response.status_code, response.headers, content, str(target.url))


class _Deadline:
    """A limit for a whole exchange: limits per read let a server send one byte a second."""

    def __init__(self, seconds: float, host: str) -> None:
        self._timeout = asyncio.timeout(seconds)
        self._host = host

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        try:
            await self._timeout.__aexit__(*error)  # type: ignore[arg-type]
        except TimeoutError as late:
            raise Unreachable("timeout", f"{self._host} did not answer in time") from late


def _outgoing(
    method: str, target: Target, headers: Mapping[str, str], body: bytes | None
) -> Outgoing:
    now = clock.now()
    return Outgoing(
        method=method,
        scheme=target.scheme,
        authority=target.authority,
        target=target.path,
        # strftime would write the days in the language of the machine.
        date=f"{_DAYS[now.weekday()]}, {now.day:02} {_MONTHS[now.month - 1]} {now:%Y %H:%M:%S} GMT",
        created=int(now.timestamp()),
        content_type=headers.get("Content-Type"),
        body=body,
        extra=tuple(
            (name.lower(), value) for name, value in headers.items() if name in _SIGNED_TOO
        ),
    )


async def _read(response: httpx.Response, max_bytes: int | None) -> AsyncIterator[bytes]:
    """Yield the body up to the limit. More is TooLarge; without a limit, what was read suffices."""
    limit = _MOST_OF_A_RECEIPT if max_bytes is None else max_bytes
    if max_bytes is not None:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise WrongMediaType("the answer is compressed, which we did not ask for")
        announced = response.headers.get("content-length", "")
        if re.fullmatch("[0-9]+", announced) and int(announced[:20]) > limit:
            raise TooLarge(f"the answer is larger than {limit} bytes")
    size = 0
    async for piece in response.stream:  # type: ignore[union-attr]
        if size + len(piece) > limit:
            if max_bytes is not None:
                raise TooLarge(f"the answer is larger than {limit} bytes")
            yield piece[: limit - size]
            return
        size += len(piece)
        yield piece
