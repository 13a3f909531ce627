"""The sockets under the one HTTP client: aiohttp behind the interface of an httpx transport.

aiohttp does a signed POST to one of 200 hosts in less than half the processor time of httpx's own
pool, which slows down with every host it knows. The interface stays that of httpx, so that tests
put an application in the place of the internet.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

import aiohttp
import httpx
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult

from microfed.errors import Forbidden, TryLater
from microfed.remote.guard import InsecurePeers, is_public_address, may_connect

Kind = Literal["name", "connection", "certificate", "timeout", "protocol"]
Resolve = Callable[[str, int], Awaitable[list[str]]]

# All connections in use at one time; idle ones are closed soon and not counted.
_MOST_CONNECTIONS = 256
_IDLE_SECONDS = 15
_DNS_SECONDS = 60
_NO_HEADERS = frozenset(("User-Agent", "Accept", "Accept-Encoding", "Content-Type"))


class Unreachable(TryLater):
    """The network said no, and `kind` says which part of it."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Sockets(httpx.AsyncBaseTransport):
    """Connections to other servers, to checked addresses only. Made inside a running loop."""

    def __init__(
        self, *, peers: InsecurePeers, ca_file: Path | None, resolve: Resolve | None = None
    ) -> None:
        self._peers = peers
        self._ca_file = ca_file
        self._names = _Names()
        self._resolve = resolve or self._names.resolve
        # By scheme: what a name may resolve to depends on it, and each remembers its own names.
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return its answer, whose body is read from the socket later."""
        scheme = request.url.scheme
        session = self._sessions.get(scheme) or self._open(scheme)
        timeouts = request.extensions.get("timeout", {})
        try:
            response = await session.request(
                request.method,
                yarl.URL(str(request.url), encoded=True),
                # As they were written: the mapping interface would make all names lower case.
                headers=[
                    (n.decode("latin-1"), v.decode("latin-1")) for n, v in request.headers.raw
                ],
                data=request.content or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=timeouts.get("connect")),
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _explained(error, request.url.host) from error
        return httpx.Response(
            response.status, headers=response.raw_headers, stream=_Body(response, request.url.host)
        )

    async def aclose(self) -> None:
        """Close every connection."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        for session in sessions:
            await session.close()
        self._names.close()

    def _open(self, scheme: str) -> aiohttp.ClientSession:
        context: ssl.SSLContext | bool = True
        if scheme == "https":
            context = ssl.create_default_context()
            if self._ca_file is not None:
                context.load_verify_locations(self._ca_file)
        self._sessions[scheme] = session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=_CheckedNames(self._resolve, scheme, self._peers),
                socket_factory=self._socket,
                ssl=context,
                limit=_MOST_CONNECTIONS,
                keepalive_timeout=_IDLE_SECONDS,
                ttl_dns_cache=_DNS_SECONDS,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_NO_HEADERS,
            auto_decompress=False,
            trust_env=False,
        )
        return session

    def _socket(self, address: aiohttp.connector.AddrInfoType) -> socket.socket:
        """Make the socket for one address. The last place where a forgotten check can be caught."""
        family, kind, protocol, _, where = address
        if not self._peers and not is_public_address(ip_address(where[0])):
            raise Forbidden("not a public address")
        return socket.socket(family, kind, protocol)


class _CheckedNames(AbstractResolver):
    """Resolve once, check all addresses, and hand over exactly those: no second question later."""

    def __init__(self, resolve: Resolve, scheme: str, peers: InsecurePeers) -> None:
        self._resolve = resolve
        self._scheme = scheme
        self._peers = peers

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = [ip_address(text) for text in await self._resolve(host, port)]
        allowed = [
            address
            for address in found
            if may_connect(host, address, port, self._scheme, self._peers)
        ]
        # One public and one private address is how a name is rebound: all or nothing. Only where
        # the admin named a network may a name like localhost have other addresses beside it.
        if not allowed or (len(allowed) < len(found) and not self._peers.may_hold(port)):
            raise Forbidden(f"{host} is not at a public address")
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in allowed
        ]

    async def close(self) -> None:
        """Nothing to close: the threads belong to `Sockets`."""


class _Names:
    """The system's resolver in threads of its own.

    The loop's threads are few and shared (four with uvloop): some dead names, ten seconds each,
    would stop all others.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    async def resolve(self, host: str, port: int) -> list[str]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(16, thread_name_prefix="names")
        found = await asyncio.get_running_loop().run_in_executor(self._pool, _look_up, host, port)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def _look_up(host: str, port: int) -> list[str]:
    return [str(where[0]) for *_, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class _Body(httpx.AsyncByteStream):
    """The body of an answer, as its pieces arrive."""

    def __init__(self, response: aiohttp.ClientResponse, host: str) -> None:
        self._response = response
        self._host = host

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._response.content.iter_any():
                yield piece
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _explained(error, self._host) from error

    async def aclose(self) -> None:
        # Read to its end, the connection is already free for the next request; else it is cut.
        self._response.close()


def _explained(error: Exception, host: str) -> Unreachable:
    """Say in a few words, fit for the admin's page, what went wrong."""
    if isinstance(error, TimeoutError):
        return Unreachable("timeout", f"{host} did not answer in time")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Unreachable("name", f"{host} has no address")
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return Unreachable("certificate", f"{host} has no valid certificate")
    if isinstance(error, aiohttp.ClientConnectionError | OSError):
        return Unreachable("connection", f"no connection to {host}")
    return Unreachable("protocol", f"{host} did not answer in HTTP")
