"""Fetching politely: once at a time, and not again soon after a no."""

import asyncio

import httpx
import pytest

from microfed.errors import NotFound
from microfed.remote.fetcher import Fetcher
from microfed.remote.http import Unreachable, Web
from microfed.remote.signatures import Signer
from tests.remote.signatures.senders import RSA_PRIVATE

BOB = "https://r.example/users/bob"


class Peer(httpx.AsyncBaseTransport):
    """A server that answers when it is let to."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.status = 200
        self.is_away = False
        self.open = asyncio.Event()
        self.open.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await self.open.wait()
        if self.is_away:
            raise httpx.ConnectError("away")
        kind = {"Content-Type": "application/activity+json"}
        if "webfinger" in str(request.url):
            kind = {"Content-Type": "application/jrd+json"}
        return httpx.Response(self.status, headers=kind, json={"id": str(request.url)})


class Clock:
    """A clock that a test turns."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def instance_actor() -> Signer:
    return Signer("https://m.example/actor#main-key", RSA_PRIVATE)


@pytest.fixture
def fetcher(peer: Peer, clock: Clock) -> Fetcher:
    web = Web(url="https://m.example", transport=peer)
    return Fetcher(web, instance_actor, timer=clock)


async def test_what_many_want_at_once_is_asked_for_once(peer: Peer, fetcher: Fetcher) -> None:
    peer.open.clear()
    callers = [asyncio.create_task(fetcher.document(f"{BOB}#{n}")) for n in range(20)]
    await asyncio.sleep(0)

    peer.open.set()
    found = await asyncio.gather(*callers)

    assert {document.uri for document in found} == {BOB}
    assert len(peer.requests) == 1
    assert "https://m.example/actor#main-key" in peer.requests[0].headers["signature"]


async def test_what_was_found_is_asked_for_anew_later(peer: Peer, fetcher: Fetcher) -> None:
    await fetcher.document(BOB)
    await fetcher.document(BOB)

    assert len(peer.requests) == 2


async def test_one_who_leaves_does_not_take_the_answer_from_the_others(
    peer: Peer, fetcher: Fetcher
) -> None:
    peer.open.clear()
    leaving = asyncio.create_task(fetcher.document(BOB))
    staying = asyncio.create_task(fetcher.document(BOB))
    await asyncio.sleep(0)

    leaving.cancel()
    peer.open.set()

    assert (await staying).uri == BOB
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_refusal_is_remembered_for_ten_minutes(
    peer: Peer, fetcher: Fetcher, clock: Clock
) -> None:
    peer.status = 404
    for n in range(200):
        with pytest.raises(NotFound):
            await fetcher.document(f"{BOB}#key-{n}")
    assert len(peer.requests) == 1

    peer.status, clock.now = 200, 601

    assert (await fetcher.document(BOB)).uri == BOB


async def test_a_server_that_is_away_is_tried_twice_in_ten_minutes(
    peer: Peer, fetcher: Fetcher, clock: Clock
) -> None:
    peer.is_away = True
    for second in range(0, 600, 3):
        clock.now = second
        with pytest.raises(Unreachable):
            await fetcher.document(BOB)
    assert len(peer.requests) == 2

    peer.is_away, clock.now = False, 640

    assert (await fetcher.document(BOB)).uri == BOB


async def test_a_short_absence_is_forgiven(peer: Peer, fetcher: Fetcher, clock: Clock) -> None:
    peer.is_away = True
    with pytest.raises(Unreachable):
        await fetcher.document(BOB)

    peer.is_away, clock.now = False, 31

    assert (await fetcher.document(BOB)).uri == BOB


async def test_a_server_that_was_heard_from_is_asked_at_once(peer: Peer, fetcher: Fetcher) -> None:
    peer.status = 404
    with pytest.raises(NotFound):
        await fetcher.document(BOB)

    peer.status = 200
    fetcher.forget(f"{BOB}#main-key")

    assert (await fetcher.document(BOB)).uri == BOB


async def test_what_is_refused_to_us_may_be_shown_to_a_follower(
    peer: Peer, fetcher: Fetcher
) -> None:
    peer.status = 404
    with pytest.raises(NotFound):
        await fetcher.document(BOB)

    peer.status = 200
    ana = Signer("https://m.example/users/ana#main-key", RSA_PRIVATE)

    assert (await fetcher.document(BOB, sign=ana)).uri == BOB
    assert "users/ana" in peer.requests[-1].headers["signature"]


async def test_handles_are_looked_up_with_the_same_memory(peer: Peer, fetcher: Fetcher) -> None:
    peer.open.clear()
    callers = [asyncio.create_task(fetcher.webfinger("bob@r.example")) for _ in range(5)]
    await asyncio.sleep(0)
    peer.open.set()
    await asyncio.gather(*callers)
    assert len(peer.requests) == 1

    peer.status = 404
    for handle in ("eve@r.example", "Eve@R.example"):
        with pytest.raises(NotFound):
            await fetcher.webfinger(handle)

    assert len(peer.requests) == 2
