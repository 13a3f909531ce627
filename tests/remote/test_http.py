"""The one HTTP client: what it sends, how far it follows, how long it waits, how much it reads."""

import datetime as dt

import httpx
import pytest

from microfed import keys
from microfed.errors import Forbidden
from microfed.remote.http import Unreachable, Web
from microfed.remote.signatures import Signer, check_digest, parse_signature
from tests.remote.servers import Request, always, answer, by_target, serving
from tests.remote.signatures.senders import RSA_PRIVATE, RSA_PUBLIC

SIGNER = Signer("https://m.example/users/ana#main-key", RSA_PRIVATE)
TYPE = "application/activity+json"


def web_to(*ports: int, **options: object) -> Web:
    peers = ",".join(f"127.0.0.1:{port}" for port in ports)
    return Web(url="https://m.example", insecure_peers=peers, **options)  # type: ignore[arg-type]


def is_signed(request: Request, port: int) -> bool:
    host = f"127.0.0.1:{port}"
    claim = parse_signature(
        method=request.method,
        target=request.target,
        headers=request.headers,
        now=dt.datetime.now(dt.UTC),
        hosts=[host],
        base_url=f"http://{host}",
    )
    if request.method == "POST":
        check_digest(request.headers, request.body)
    return claim.verify(keys.load_public(RSA_PUBLIC))


async def test_a_get_says_who_asks_and_what_it_takes() -> None:
    async with serving(always(answer(body=b"bonjour", Content_Type="text/plain"))) as server:
        web = web_to(server.port)

        found = await web.get(f"{server.url}/a?b=c%20d#e", accept=TYPE)
        await web.close()

    [request] = server.requests
    assert (found.status, found.body) == (200, b"bonjour")
    assert found.headers["CONTENT-TYPE"] == "text/plain"
    assert found.url == f"{server.url}/a?b=c%20d"
    assert request.target == "/a?b=c%20d"
    assert request.headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": "microfed/0.1.0 (+https://m.example/)",
        "accept": TYPE,
        "accept-encoding": "identity",
    }


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_a_signed_post_arrives_whole_and_true(scheme: str) -> None:
    async with serving(always(answer(202))) as server:
        web = web_to(server.port)

        found = await web.post(
            f"{server.url}/inbox?x=1",
            b'{"type":"Like"}',
            content_type=TYPE,
            headers={"Collection-Synchronization": 'url="x"'},
            sign=SIGNER.using(scheme),  # type: ignore[arg-type]
        )
        await web.close()

    [request] = server.requests
    assert found.status == 202
    assert found.is_success
    assert request.body == b'{"type":"Like"}'
    assert request.headers["content-type"] == TYPE
    assert request.headers["collection-synchronization"] == 'url="x"'
    assert ("signature-input" in request.headers) is (scheme == "rfc9421")
    assert is_signed(request, server.port)


async def test_a_connection_is_used_again() -> None:
    async with serving(always(answer(202))) as server:
        web = web_to(server.port)

        for _ in range(5):
            await web.post(f"{server.url}/inbox", b"{}", content_type=TYPE, sign=SIGNER)
        await web.close()

    assert (server.connections, len(server.requests)) == (1, 5)


async def test_every_status_is_an_answer() -> None:
    async with serving(always(answer(429, b"slowly", Retry_After="7"))) as server:
        web = web_to(server.port)

        found = await web.get(server.url, accept=TYPE)
        await web.close()

    assert (found.status, found.body, found.headers["retry-after"]) == (429, b"slowly", "7")
    assert not found.is_success


async def test_cookies_are_not_kept() -> None:
    async with serving(always(answer(Set_Cookie="a=b; Path=/"))) as server:
        web = web_to(server.port)

        await web.get(server.url, accept=TYPE)
        await web.get(server.url, accept=TYPE)
        await web.close()

    assert "cookie" not in server.requests[1].headers


async def test_the_environment_names_no_proxy_for_us(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(always(answer())) as proxy, serving(always(answer(204))) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        web = web_to(server.port, proxy.port)

        found = await web.get(server.url, accept=TYPE)
        await web.close()

    assert (found.status, proxy.connections) == (204, 0)


# Redirects


async def test_redirects_are_followed_and_each_is_signed_anew() -> None:
    pages = {
        "/1": answer(301, Location="/2?q=1"),
        "/2?q=1": answer(302, Location="3"),
        "/3": answer(308, Location="./4"),
        "/4": answer(body=b"there"),
    }
    async with serving(by_target(pages)) as server:
        web = web_to(server.port)

        found = await web.get(f"{server.url}/1", accept=TYPE, sign=SIGNER)
        await web.close()

    assert (found.body, found.url) == (b"there", f"{server.url}/4")
    assert server.targets == ["/1", "/2?q=1", "/3", "/4"]
    assert all(is_signed(request, server.port) for request in server.requests)


@pytest.mark.parametrize(
    ("pages", "requests"),
    [
        ({"/": answer(302, Location="/")}, 1),
        ({"/": answer(302, Location="/#x")}, 1),
        ({"/": answer(302, Location="/b"), "/b": answer(302, Location="/")}, 2),
        ({f"/{'a' * n}": answer(302, Location=f"/{'a' * (n + 1)}") for n in range(9)}, 4),
    ],
)
async def test_circles_and_long_chains_of_redirects_end(
    pages: dict[str, bytes], requests: int
) -> None:
    async with serving(by_target(pages)) as server:
        web = web_to(server.port)

        with pytest.raises(Forbidden, match="circle"):
            await web.get(f"{server.url}/", accept=TYPE)
        with pytest.raises(Forbidden, match="circle"):
            await web.post(f"{server.url}/", b"{}", content_type=TYPE)
        await web.close()

    assert len(server.requests) == 2 * requests


async def test_a_redirect_without_a_place_is_an_answer() -> None:
    async with serving(always(answer(302))) as server:
        web = web_to(server.port)

        assert (await web.get(server.url, accept=TYPE)).status == 302
        await web.close()


async def test_a_post_is_repeated_where_its_own_server_sends_it() -> None:
    pages = {"/inbox": answer(307, Location="/users/bob/inbox"), "/users/bob/inbox": answer(202)}
    async with serving(by_target(pages)) as server:
        web = web_to(server.port)

        found = await web.post(f"{server.url}/inbox", b"{}", content_type=TYPE, sign=SIGNER)
        await web.close()

    assert (found.status, server.targets) == (202, ["/inbox", "/users/bob/inbox"])
    assert [request.body for request in server.requests] == [b"{}", b"{}"]
    assert all(is_signed(request, server.port) for request in server.requests)


async def test_a_post_is_not_carried_to_another_server() -> None:
    places: dict[str, bytes] = {}
    async with serving(always(answer(202))) as other, serving(by_target(places)) as server:
        places["/inbox"] = answer(308, Location=f"{other.url}/inbox")
        web = web_to(server.port, other.port)

        found = await web.post(f"{server.url}/inbox", b"{}", content_type=TYPE, sign=SIGNER)
        await web.close()

    assert (found.status, other.connections) == (308, 0)


async def test_a_get_goes_to_another_server_only_when_it_may() -> None:
    places: dict[str, bytes] = {}
    async with (
        serving(always(answer(body=b"other"))) as other,
        serving(by_target(places)) as server,
    ):
        places["/"] = answer(302, Location=other.url)
        web = web_to(server.port, other.port)

        found = await web.get(server.url, accept=TYPE)
        with pytest.raises(Forbidden, match="another server"):
            await web.get(server.url, accept=TYPE, same_origin=True)
        await web.close()

    assert (found.body, len(other.requests)) == (b"other", 1)


# In the place of the internet


async def test_a_transport_may_take_the_place_of_the_network() -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=request.headers["host"].encode())

    web = Web(url="https://m.example", transport=httpx.MockTransport(reply))

    assert (await web.get("https://r.example/x", accept=TYPE)).body == b"r.example"
    with pytest.raises(Forbidden):
        await web.get("https://localhost/x", accept=TYPE)
    await web.close()


async def test_a_failing_transport_is_a_failing_network() -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    web = Web(url="https://m.example", transport=httpx.MockTransport(reply))

    with pytest.raises(Unreachable):
        await web.get("https://r.example/x", accept=TYPE)
    await web.close()
