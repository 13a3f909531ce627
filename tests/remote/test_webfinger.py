"""WebFinger: from a handle to the server that knows it."""

import httpx
import pytest

from microfed.errors import (
    Forbidden,
    Invalid,
    NotFound,
    WrongMediaType,
)
from microfed.remote.fetch import fetch_webfinger
from microfed.remote.http import Unreachable, Web
from tests.remote.internet import Internet


@pytest.fixture
def net() -> Internet:
    return Internet()


FINGER = "https://r.example/.well-known/webfinger?resource=acct:bob@r.example"


@pytest.mark.parametrize("acct", ["bob@r.example", "acct:bob@r.example", "@bob@R.Example"])
async def test_a_handle_is_looked_up_at_its_server(net: Internet, acct: str) -> None:
    net.put(FINGER, {"subject": "acct:bob@r.example"}, kind="application/jrd+json; charset=utf-8")

    assert await fetch_webfinger(net.web, acct) == {"subject": "acct:bob@r.example"}
    assert "signature" not in net.requests[0].headers


async def test_webfinger_may_redirect_to_another_server(net: Internet) -> None:
    net.put(FINGER, b"", status=301, Location="https://social.r.example/finger")
    net.put("https://social.r.example/finger", {"subject": "x"}, kind="application/json")

    assert await fetch_webfinger(net.web, "bob@r.example") == {"subject": "x"}


@pytest.mark.parametrize(
    "acct", ["", "bob", "@bob", "bob@", "@", "bob@r.example/x", "bob@localhost", "bob@127.0.0.1"]
)
async def test_what_is_no_handle_is_not_looked_up(net: Internet, acct: str) -> None:
    with pytest.raises((Invalid, Forbidden)):
        await fetch_webfinger(net.web, acct)

    assert net.requests == []


async def test_a_name_cannot_add_to_the_address(net: Internet) -> None:
    with pytest.raises(NotFound):
        await fetch_webfinger(net.web, "bob&rel=x#y/../z?é@r.example")

    assert net.urls == [
        "https://r.example/.well-known/webfinger"
        "?resource=acct:bob%26rel%3Dx%23y%2F..%2Fz%3F%C3%A9@r.example"
    ]


async def test_webfinger_must_be_json(net: Internet) -> None:
    net.put(FINGER, {"subject": "x"}, kind="text/html")

    with pytest.raises(WrongMediaType):
        await fetch_webfinger(net.web, "bob@r.example")


async def test_a_peer_the_admin_named_is_asked_over_http_then_https() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        if request.url.scheme == "http":
            raise httpx.ConnectError("no")
        return httpx.Response(200, json={"subject": "x"})

    web = Web(
        url="https://m.example",
        insecure_peers="localhost:8001",
        transport=httpx.MockTransport(answer),
    )

    assert await fetch_webfinger(web, "bob@localhost:8001") == {"subject": "x"}
    assert [url.partition(":")[0] for url in seen] == ["http", "https"]


async def test_an_ordinary_server_is_never_asked_over_http() -> None:
    seen: list[str] = []

    def away(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.scheme)
        raise httpx.ConnectError("no")

    with pytest.raises(Unreachable):
        web = Web(url="https://m.example", transport=httpx.MockTransport(away))
        await fetch_webfinger(web, "bob@r.example")

    assert seen == ["https"]
