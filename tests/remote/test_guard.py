"""The guard: which addresses are those of the public internet, in which one spelling."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microfed.errors import Forbidden
from microfed.remote.guard import (
    InsecurePeers,
    check_url,
    is_public_address,
    is_same_uri,
    normalise_origin,
)


@pytest.mark.parametrize(
    "url",
    [
        *("", "https://", "https:", "//good.example/", "good.example", "https:/good.example"),
        *("https:///good.example", "ftp://good.example/", "file:///etc/passwd", "gopher://a.example"),
        *("javascript:alert(1)", "data:text/plain,x", "ws://good.example/", "urn:uuid:0"),
        *("http://good.example/", "http://good.example:443/", "https://good.example:80/"),
        *("https://good.example:8443/", "https://good.example:22/", "https://good.example:0/"),
        *("https://good.example:65536/", "https://good.example:/", "https://good.example:4４3/"),
        *("https://u@good.example/", "https://u:p@good.example/", "https://@good.example/"),
        *("https://good.example\\x", "https:\\\\good.example", "https://good.example/a\\b"),
        *(" https://good.example/", "https://good.example/ ", "https://good.example/a b"),
        *("https://good.example/\n", "https://good.example/\r\nX: y", "https://good.example/\x7f"),
        *("https://good.example/" + "a" * 2_048, "hｔtps://good.example/", "https://1.1.1.1:80/"),
        *("https://single/", "https://a.b.c.d.0x1/", "https://1.2.3/", "https://good.example./"),
    ],
)  # fmt: skip
def test_what_is_not_a_plain_https_address_is_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://good.example", "good.example", "/"),
        ("HTTPS://Good.Example:443/A?b=C#d", "good.example", "/A?b=C"),
        ("https://good.example?p=12", "good.example", "/?p=12"),
        ("https://b.example/ap/did:plc:x%2Fy", "b.example", "/ap/did:plc:x%2Fy"),
        ("https://bücher.example/é", "xn--bcher-kva.example", "/%C3%A9"),
        ("https://a_b.example/", "a_b.example", "/"),
        ("https://93.184.216.34/", "93.184.216.34", "/"),
        ("https://[2606:2800:220:1::]/", "[2606:2800:220:1::]", "/"),
        ("https://[2606:2800:0220:0001:0:0:0:0]/", "[2606:2800:220:1::]", "/"),
    ],
)
def test_public_addresses_are_taken_apart(url: str, authority: str, path: str) -> None:
    target = check_url(url)

    assert (target.scheme, target.authority, target.path) == ("https", authority, path)


@pytest.mark.parametrize(
    "text", ["1.1.1.1", "93.184.216.34", "223.255.255.255", "2606:4700::1111", "2a00::1", "2400::1"]
)
def test_public_machines_are_public(text: str) -> None:
    assert is_public_address(ip_address(text))


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_nothing_that_python_calls_private_is_public(address: IPv4Address | IPv6Address) -> None:
    if is_public_address(address):
        assert not (address.is_private or address.is_multicast or address.is_reserved)
        assert not (address.is_loopback or address.is_link_local or address.is_unspecified)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_passes_in_the_clothes_of_ipv6(address: IPv4Address) -> None:
    number = int(address)
    for disguise in (
        (0xFFFF << 32) | number,  # mapped
        number,  # compatible
        (0x64FF9B << 96) | number,  # NAT64
        (0x2002 << 112) | (number << 80),  # 6to4
        (0x20010000 << 96) | (number ^ 0xFFFFFFFF),  # Teredo
    ):
        assert not is_public_address(IPv6Address(disguise))


PEERS = InsecurePeers.parse(
    "localhost, peer.test:8001,127.0.0.0/8:9000,10.1.0.0/16,[::1]:8002,fd00::/8, 192.168.1.7"
)


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost/", "http://localhost:1/", "https://localhost:8443/"),
        *("http://peer.test:8001/", "https://peer.test:8001/", "http://127.0.0.1:9000/"),
        *("http://10.1.2.3/", "http://10.1.2.3:77/", "http://[::1]:8002/", "http://[fd00::1]/"),
        *("http://192.168.1.7:5000/", "https://good.example/"),
    ],
)
def test_peers_the_admin_named_are_let_through(url: str) -> None:
    check_url(url, peers=PEERS)


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:9001/", "http://127.0.0.1/", "http://10.2.0.1/", "http://[::1]:8003/"),
        *("http://192.168.1.8/", "http://[fe80::1]/", "http://[::ffff:10.1.2.3]/"),
        *("http://1.1.1.1/", "https://1.1.1.1:8443/"),
    ],
)
def test_only_the_peers_the_admin_named_are_let_through(url: str) -> None:
    with pytest.raises(Forbidden):
        check_url(url, peers=PEERS)


def test_only_that_port_of_a_named_host_is_open() -> None:
    peers = InsecurePeers.parse("peer.test:8001")

    check_url("http://peer.test:8001/", peers=peers)
    for url in ("http://peer.test:8002/", "http://peer.test/", "http://x.peer.test:8001/"):
        with pytest.raises(Forbidden):
            check_url(url, peers=peers)


@pytest.mark.parametrize(
    "entry",
    [
        *("peer.test:", "peer.test:x", "peer.test:0", "peer.test:65536", "http://peer.test"),
        *(
            "10.0.0.1/8",
            "10.0.0.0/33",
            "peer.test/8",
            "peer test",
            "*",
            "2130706433",
            "[::1",
            "a@b",
        ),
    ],
)
def test_a_peer_that_cannot_be_read_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="INSECURE_PEERS") as caught:
        InsecurePeers.parse(f"localhost,{entry}")

    assert repr(entry) in str(caught.value)


def test_no_peers_are_no_peers() -> None:
    assert not InsecurePeers.parse("")
    assert not InsecurePeers.parse(" , ")
    assert InsecurePeers.parse("localhost")


@pytest.mark.parametrize(
    ("peers", "host", "scheme"),
    [
        ("", "good.example", "https"),
        ("localhost:8001", "localhost:8001", "http"),
        ("localhost:8001", "localhost:8002", "https"),
        ("127.0.0.0/8", "localhost:8002", "http"),
        ("127.0.0.0/8:8002", "127.0.0.1:8002", "http"),
        ("127.0.0.0/8", "good.example", "https"),
    ],
)
def test_an_address_without_scheme_is_https_unless_the_peer_is_named(
    peers: str, host: str, scheme: str
) -> None:
    assert InsecurePeers.parse(peers).scheme_for(host) == scheme


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "https://a.example/x", True),
        ("https://a.example/x", "HTTPS://A.Example:443/x#key", True),
        ("https://a.example", "https://a.example/", True),
        ("https://a.example/x", "https://a.example/X", False),
        ("https://a.example/x", "https://a.example/x?y", False),
        ("https://a.example/x", "https://a.example/%78", False),
        ("https://a.example/x", "https://a.example:8443/x", False),
        ("https://a.example/x", "http://a.example/x", False),
        ("https://a.example/x", "https://b.example/x", False),
    ],
)
def test_two_ids_are_one_when_only_capitals_of_the_host_and_fragments_differ(
    one: str, other: str, same: bool
) -> None:
    assert is_same_uri(one, other) is same


hosts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12) | st.from_regex(
    r"[a-zA-Z0-9.-]{1,12}(:[0-9]{1,5})?", fullmatch=True
)


@given(st.sampled_from(["http", "HTTPS", "https"]), hosts, st.sampled_from(["", "/", "/a?b#c"]))
def test_an_origin_has_one_spelling_and_is_the_one_httpx_connects_to(
    scheme: str, host: str, rest: str
) -> None:
    try:
        origin = normalise_origin(f"{scheme}://{host}{rest}")
    except Forbidden:
        return

    url = f"{origin[0]}://{origin[1]}:{origin[2]}/"
    assert normalise_origin(url) == origin
    parsed = httpx.URL(f"{scheme}://{host}{rest}")
    assert parsed.scheme == origin[0]
    assert parsed.raw_host.decode().lower() == origin[1].strip("[]")
    assert (parsed.port or {"http": 80, "https": 443}[parsed.scheme]) == origin[2]


@given(st.text(max_size=20))
def test_whatever_follows_the_host_is_sent_as_it_is_signed_or_refused(rest: str) -> None:
    try:
        target = check_url(f"https://good.example/{rest}")
    except Forbidden:
        return

    assert target.url.raw_path.decode() == target.path
    assert target.path.isascii()
    assert check_url(str(target.url)) == target
    assert target.origin == ("https", "good.example", 443)
