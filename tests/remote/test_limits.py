"""How long the HTTP client waits and how much it reads, whatever the other side does."""

import asyncio
import gzip

import pytest

from microfed.errors import TooLarge, WrongMediaType
from microfed.remote.http import Unreachable, Web
from tests.remote.servers import Handler, Request, always, answer, serving

TYPE = "application/activity+json"


def web_to(*ports: int, **options: object) -> Web:
    peers = ",".join(f"127.0.0.1:{port}" for port in ports)
    return Web(url="https://m.example", insecure_peers=peers, **options)  # type: ignore[arg-type]


def dribbling(head: bytes, piece: bytes) -> Handler:
    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(piece)
            await asyncio.sleep(0.01)

    return handle


async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


@pytest.mark.parametrize(
    "handler",
    [
        silent,
        dribbling(HEAD, b"x"),
        dribbling(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        dribbling(b"", b"H"),
    ],
)
async def test_the_whole_exchange_has_one_deadline(handler: Handler) -> None:
    async with serving(handler) as server:
        web = web_to(server.port)

        for attempt in (
            web.get(server.url, accept=TYPE, deadline=0.1),
            web.post(server.url, b"{}", content_type=TYPE, deadline=0.1),
        ):
            with pytest.raises(Unreachable) as caught:
                await attempt
            assert caught.value.kind in ("timeout", "protocol")
        await web.close()


async def test_redirects_do_not_lengthen_the_deadline() -> None:
    async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.06)
        writer.write(answer(302, Location=f"/{len(server.requests)}"))

    async with serving(slowly) as server:
        web = web_to(server.port)

        with pytest.raises(Unreachable) as caught:
            await web.get(server.url, accept=TYPE, deadline=0.1)
        await web.close()

    assert caught.value.kind == "timeout"
    assert len(server.requests) <= 2


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"5\r\nabcde\r\n" * 3


@pytest.mark.parametrize(
    "raw",
    [
        answer(body=b"x" * 11),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 11,
        CHUNKED,
    ],
)
async def test_more_bytes_than_allowed_are_not_read(raw: bytes) -> None:
    async with serving(always(raw)) as server:
        web = web_to(server.port)

        with pytest.raises((TooLarge, Unreachable)):
            await web.get(server.url, accept=TYPE, max_bytes=10, deadline=5)
        await web.close()


@pytest.mark.parametrize("raw", [answer(body=b"x" * 10), CHUNKED[:-20] + b"0\r\n\r\n"])
async def test_as_many_bytes_as_allowed_are_read(raw: bytes) -> None:
    async with serving(always(raw)) as server:
        web = web_to(server.port)

        found = await web.get(server.url, accept=TYPE, max_bytes=10)
        await web.close()

    assert len(found.body) in (5, 10)


async def test_a_long_receipt_of_a_delivery_is_cut_and_not_refused() -> None:
    async with serving(always(answer(202, b"x" * 1_000_000, Content_Encoding="br"))) as server:
        web = web_to(server.port)

        found = await web.post(server.url, b"{}", content_type=TYPE)
        await web.close()

    assert (found.status, len(found.body)) == (202, 65_536)


async def test_what_is_compressed_against_our_wish_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 1_000_000)
    async with serving(always(answer(body=bomb, Content_Encoding="gzip"))) as server:
        web = web_to(server.port)

        with pytest.raises(WrongMediaType, match="compressed"):
            await web.get(server.url, accept=TYPE)
        await web.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x16\x03\x01\x00\x00",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_not_http_is_a_failure_of_the_network(raw: bytes) -> None:
    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        writer.close()

    async with serving(handle) as server:
        web = web_to(server.port)

        with pytest.raises(Unreachable) as caught:
            await web.get(server.url, accept=TYPE, deadline=5)
        await web.close()

    assert caught.value.kind in ("protocol", "connection")
    assert "127.0.0.1" in str(caught.value)


async def test_a_closed_port_is_a_failure_of_the_network() -> None:
    async with serving(always(answer())) as server:
        pass
    web = web_to(server.port)

    with pytest.raises(Unreachable) as caught:
        await web.get(server.url, accept=TYPE)
    await web.close()

    assert caught.value.kind == "connection"
