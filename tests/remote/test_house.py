"""The house is closed: whatever a stranger's address looks like, nothing in here is called."""

import asyncio

import httpx
import pytest

from microfed.errors import Forbidden
from microfed.remote.guard import NO_PEERS
from microfed.remote.http import Unreachable, Web
from microfed.remote.sockets import Sockets
from tests.remote.servers import always, answer, serving

# All of these mean this machine, the house's network or no machine at all; the last two are public
# names that the attacker's name server sends to 127.0.0.1.
# fmt: off
HOUSE = [
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.0.1", "127.0.0.1.", "0",
    "0.0.0.0", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "0x7F.0.0.1", "0177.0.0.1",
    "127.0.0.01", "0177.0.0.0x1", "127.0.0.1.1", "256.0.0.1", "127.0.0", "1", "0x0", "00",
    "٣٢.0.0.1", "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "127．0．0．1",
    "ⅼocalhost", "ⓛocalhost",
    "%31%32%37.0.0.1", "127.0.0.1%00", "127.0.0.1%20", "localhost%2e", "localhost", "LOCALHOST",
    "localhost.", "a.localhost", "localhost.localdomain", "ip6-localhost", "[::1]", "[::]",
    "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::1%lo]", "[::1%25lo]", "[::7f00:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:127.0.0.1]", "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]", "[2002:7f00:1::1]", "[2001::1]", "[2001:0:7f00:1::]", "[2001:db8::1]",
    "[3fff::1]", "[2620:4f:8000::1]", "[100::1]", "[fe80::1]", "[fec0::1]", "[fc00::1]",
    "[fd12:3456:789a::1]", "[ff02::1]", "[5f00::1]", "[4000::1]", "::1", "[127.0.0.1]", "[]",
    "[::1", "::1]", "[:::1]", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.168.1.1", "192.0.0.1", "192.0.2.1", "192.31.196.1", "192.52.193.1",
    "192.88.99.1", "192.175.48.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "0.0.0.1", "0.1.2.3", "0xa9fea9fe", "2852039166",
    "169.254.43518", "[::ffff:a9fe:a9fe]", "router.local", "x.internal",
    "metadata.google.internal", "x.lan", "x.home", "x.home.arpa", "abc.onion", "abc.i2p",
    "intranet", "x.localdomain", "1.0.0.127.in-addr.arpa", "a..b", ".", "-",
    "good.example@127.0.0.1", "good.example:443@127.0.0.1", "127.0.0.1\\@good.example",
    "127.0.0.1#@good.example", "127.0.0.1?@good.example", "good.example\t", "good\n.example",
    "a b", "good.example\x00.localhost", "\u200blocalhost", "localhost\xad", "xn--a",
    "a" * 64 + ".example", "nip.example", "127.0.0.1.nip.example",
]
# fmt: on


async def everything_is_here(host: str, port: int) -> list[str]:
    """A name server of the attacker."""
    return ["127.0.0.1"]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_spelling_reaches_what_listens_in_the_house(scheme: str) -> None:
    async with serving(always(answer())) as canary:
        # The admin opened another network on that port, so that each address is judged itself.
        peers = f"192.168.77.0/24:{canary.port}"
        web = Web(url="https://m.example", insecure_peers=peers, resolve=everything_is_here)
        refused = 0
        for host in HOUSE:
            with pytest.raises(Forbidden):
                await web.get(f"{scheme}://{host}:{canary.port}/", accept="*/*", deadline=5)
            refused += 1
        await web.close()

        assert (canary.connections, refused) == (0, len(HOUSE))


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_spelling_is_fetched_from_the_usual_port_either(scheme: str) -> None:
    web = Web(url="https://m.example", resolve=everything_is_here)

    for host in HOUSE:
        with pytest.raises(Forbidden):
            await web.get(f"{scheme}://{host}/", accept="*/*", deadline=5)

    await web.close()


async def test_the_canary_is_alive_for_those_the_admin_named() -> None:
    async with serving(always(answer(body=b"here"))) as canary:
        for peers, host in (
            (f"127.0.0.1:{canary.port}", "127.0.0.1"),
            ("127.0.0.0/8", "127.0.0.1"),
            (f"127.0.0.0/8:{canary.port}", "nip.example"),
            (f"nip.example:{canary.port}", "nip.example"),
            ("localhost", "localhost"),
        ):
            web = Web(url="https://m.example", insecure_peers=peers, resolve=everything_is_here)
            found = await web.get(f"http://{host}:{canary.port}/", accept="*/*")
            await web.close()
            assert found.body == b"here"


async def test_a_name_with_one_address_in_the_house_is_refused_whole() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "127.0.0.1"]

    web = Web(url="https://m.example", resolve=resolve)

    with pytest.raises(Forbidden, match="public"):
        await web.get("https://mixed.example/", accept="*/*", deadline=5)

    await web.close()


async def test_a_name_that_changes_its_address_is_connected_to_where_it_was_checked() -> None:
    answers = [["127.0.0.2"], ["127.0.0.1"]]
    asked = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), 2) - 1]

    async with (
        serving(always(answer(body=b"checked", Connection="close")), host="127.0.0.2") as good,
        serving(always(answer()), port=good.port) as canary,
    ):
        peers = f"127.0.0.2/32:{good.port}"
        web = Web(url="https://m.example", insecure_peers=peers, resolve=resolve)
        url = f"http://rebinding.example:{good.port}/"

        first = await web.get(url, accept="*/*")
        second = await web.get(url, accept="*/*")
        await web.close()
        later = Web(url="https://m.example", insecure_peers=peers, resolve=resolve)
        with pytest.raises(Forbidden):
            # The name server answers 127.0.0.1 from its second answer on.
            await later.get(url, accept="*/*")
        await later.close()

        assert (first.body, second.body) == (b"checked", b"checked")
        assert asked == ["rebinding.example", "rebinding.example"]
        assert (good.connections, canary.connections) == (2, 0)


async def test_a_name_without_address_is_a_failure_and_not_a_refusal() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    web = Web(url="https://m.example", resolve=resolve)

    with pytest.raises(Unreachable) as caught:
        await web.get("https://nobody.example/", accept="*/*", deadline=5)

    assert caught.value.kind == "name"
    await web.close()


async def test_a_redirect_into_the_house_is_not_followed() -> None:
    async with serving(always(answer())) as canary:
        places = [
            f"http://127.0.0.1:{canary.port}/",
            f"//localhost:{canary.port}/",
            "https://[::1]/",
        ]
        places += ["http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "https://[/"]
        for place in places:
            redirect = always(answer(302, Location=place))
            async with serving(redirect, host="127.0.0.2") as start:
                peers = f"127.0.0.2:{start.port}"
                web = Web(url="https://m.example", insecure_peers=peers)
                with pytest.raises(Forbidden):
                    await web.get(f"http://127.0.0.2:{start.port}/", accept="*/*")
                with pytest.raises(Forbidden):
                    await web.post(f"http://127.0.0.2:{start.port}/", b"{}", content_type="x/y")
                await web.close()
                assert start.connections >= 1
        await asyncio.sleep(0)

        assert canary.connections == 0


async def test_a_check_that_was_forgotten_is_caught_at_the_socket() -> None:
    async with serving(always(answer())) as canary:
        sockets = Sockets(peers=NO_PEERS, ca_file=None)

        with pytest.raises(Forbidden):
            await sockets.handle_async_request(httpx.Request("GET", canary.url))
        await sockets.aclose()

        assert canary.connections == 0


async def test_names_are_resolved_by_the_system() -> None:
    async with serving(always(answer(204))) as server:
        web = Web(url="https://m.example", insecure_peers=f"localhost:{server.port}")

        found = await web.get(f"http://localhost:{server.port}/", accept="*/*")
        await web.close()

    assert (found.status, server.requests[0].headers["host"]) == (204, f"localhost:{server.port}")
