"""Where we may connect: the public internet over https, and the few peers the admin named.

A stranger's post makes us fetch addresses, so an address must never lead into the house: not to
127.0.0.1 in any of its spellings, not to the router, not to the cloud's metadata service. The rule
says what is allowed; lists of what is not were incomplete twice at Mastodon (security.md §1).
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx
import idna

from microfed.errors import Forbidden

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_PORTS = {"https": 443, "http": 80}
_LONGEST_URL = 2_048

# GoToSocial's tables (internal/httpclient/sanitizer.go), plus documentation's 3fff::/20.
_GLOBAL_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments; Teredo, which hides an IPv4 address, is inside
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which hides an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_SPECIAL_V4 = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by providers' customers
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local; clouds answer with credentials here
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Names that mean another network than the public one, or the same machine.
_PRIVATE_NAMES = frozenset(
    ("onion", "i2p", "local", "internal", "localhost", "localdomain", "lan", "home", "arpa")
)

_URL = re.compile(r"(https?)://([^/?#\\]+)([/?][^#\\]*)?(#.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]@%]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_DOTTED_QUAD = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")


def is_public_address(address: Address) -> bool:
    """Say whether `address` is one machine on the public internet.

    Not by `is_global`, which says yes to NAT64, 6to4, multicast and 3fff::1 (Python 3.11).
    """
    if isinstance(address, IPv4Address):
        return not any(address in net for net in _SPECIAL_V4)
    return address in _GLOBAL_V6 and not any(address in net for net in _SPECIAL_V6)


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be called if its name resolves to where it may; `url` has no fragment."""

    scheme: str
    host: str
    port: int
    authority: str
    """What the Host header says: the port only when it is not the usual one."""
    path: str
    """Path and query, as they go on the wire and into signatures."""
    url: httpx.URL

    @property
    def origin(self) -> tuple[str, str, int]:
        """What two addresses share when one may speak for the other (FEP-fe34)."""
        return self.scheme, self.host, self.port


@dataclass(frozen=True, slots=True)
class InsecurePeers:
    """Who may be reached over plain http and on private addresses: tests, demos, a home network."""

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[tuple[Network, int | None], ...] = ()
    text: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> "InsecurePeers":
        """Read MICROFED_INSECURE_PEERS: `host`, `host:port`, `CIDR`, `CIDR:port`, by commas."""
        hosts: set[tuple[str, int | None]] = set()
        networks: list[tuple[Network, int | None]] = []
        for entry in filter(None, (part.strip() for part in text.split(","))):
            name, port = _split_peer(entry)
            try:
                networks.append((ip_network(name), port))
            except ValueError:
                if "/" in name or not _is_name(name) or _ends_in_number(name):
                    raise ValueError(
                        f"MICROFED_INSECURE_PEERS: {entry!r} is not host, host:port, CIDR or"
                        " CIDR:port"
                    ) from None
                hosts.add((name, port))
        return cls(frozenset(hosts), tuple(networks), text)

    def names(self, host: str, port: int) -> bool:
        """Say whether the admin named this host, with this port or with any."""
        return (host, port) in self.hosts or (host, None) in self.hosts

    def holds(self, address: Address, port: int) -> bool:
        """Say whether the admin named a network with this address in it."""
        return any(
            address in net and (only is None or only == port)
            for net, only in self.networks
            if net.version == address.version
        )

    def may_hold(self, port: int) -> bool:
        """Say whether a name we have not resolved yet could lead to one of the networks."""
        return any(only is None or only == port for _, only in self.networks)

    def scheme_for(self, authority: str) -> str:
        """Return how to begin an address of which only `host` or `host:port` is known."""
        target = _take_apart(f"http://{authority}/")
        address = literal("127.0.0.1" if target.host == "localhost" else target.host)
        named = self.names(target.host, target.port)
        return "http" if named or (address and self.holds(address, target.port)) else "https"

    def __bool__(self) -> bool:
        return bool(self.hosts or self.networks)


NO_PEERS = InsecurePeers()


@lru_cache(maxsize=2048)
def check_url(url: str, *, peers: InsecurePeers = NO_PEERS) -> Target:
    """Take an address apart, or raise Forbidden. Before resolving: `may_connect` comes after.

    Only https on port 443 to a public name or address, unless the admin named the peer.
    """
    target = _take_apart(url)
    address = literal(target.host)
    if address is not None:
        if not may_connect(target.host, address, target.port, target.scheme, peers):
            raise Forbidden(f"{target.authority} is not a public address")
        return target
    if peers.names(target.host, target.port) or peers.may_hold(target.port):
        return target
    if target.scheme != "https":
        raise Forbidden("only https addresses are fetched")
    if target.port != 443:
        raise Forbidden(f"port {target.port} is not fetched from, only 443")
    labels = target.host.split(".")
    if len(labels) < 2 or labels[-1] in _PRIVATE_NAMES:
        raise Forbidden(f"{target.host} is not a name of the public internet")
    return target


def may_connect(
    host: str, address: Address, port: int, scheme: str, peers: InsecurePeers = NO_PEERS
) -> bool:
    """Say whether `host`, now that we know its `address`, may be connected to."""
    if peers.names(host, port) or peers.holds(address, port):
        return True
    return scheme == "https" and port == 443 and is_public_address(address)


def normalise_origin(url: str) -> tuple[str, str, int]:
    """Return (scheme, host, port) of an id, one spelling for one place; Forbidden if unreadable.

    All comparisons of "same server" go through here: dots, ports, capitals and IDN included.
    """
    return _take_apart(url).origin


def is_same_uri(one: str, other: str) -> bool:
    """Say whether two ids name one document: capitals of the host and fragments do not count."""
    one, other = one.partition("#")[0], other.partition("#")[0]
    return one == other or (
        normalise_origin(one) == normalise_origin(other) and _after_host(one) == _after_host(other)
    )


def literal(host: str) -> Address | None:
    """Return the address that `host` spells out, or None for a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _take_apart(url: str) -> Target:
    match = _URL.fullmatch(url) if len(url) <= _LONGEST_URL else None
    if match is None or not url.isprintable() or " " in url:
        raise Forbidden("this is not a web address")
    parts = _AUTHORITY.fullmatch(match[2])
    if parts is None:
        raise Forbidden("an address may hold a host and a port, nothing else")
    scheme = match[1].lower()
    port = int(parts[2]) if parts[2] else _PORTS[scheme]
    if not 0 < port < 65_536:
        raise Forbidden("no such port")
    host = _host(parts[1])
    authority = host if port == _PORTS[scheme] else f"{host}:{port}"
    try:
        parsed = httpx.URL(f"{scheme}://{authority}{match[3] or '/'}")
    except httpx.InvalidURL as error:
        raise Forbidden("this is not a web address") from error
    return Target(scheme, host, port, authority, parsed.raw_path.decode("ascii"), parsed)


def _after_host(url: str) -> str:
    # As written: two ids that differ in percent-encoding are two ids (interop.md §7.1).
    match = _URL.fullmatch(url)
    return (match[3] if match else None) or "/"


def _host(host: str) -> str:
    """Return the one spelling of a host, or raise Forbidden for those that have several."""
    if host.startswith("["):
        try:
            return f"[{IPv6Address(host[1:-1])}]"
        except ValueError as error:
            raise Forbidden("this is not an IPv6 address") from error
    try:
        name = host.lower() if host.isascii() else idna.encode(host.lower()).decode("ascii")
    except idna.IDNAError as error:
        raise Forbidden("this is not a host name") from error
    if _DOTTED_QUAD.fullmatch(name) and literal(name) is not None:
        return name
    # 2130706433, 0x7f.1 and 0177.0.0.1 are all 127.0.0.1 to the resolver.
    if not _is_name(name) or _ends_in_number(name):
        raise Forbidden("this is not a host name")
    return name


def _is_name(name: str) -> bool:
    return len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))


def _ends_in_number(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def _split_peer(entry: str) -> tuple[str, int | None]:
    """Split `host:port`, `10.0.0.0/8:8000`, `[::1]:8000`; a bare IPv6 address has no port."""
    name, port = entry.lower(), ""
    if entry.startswith("["):
        name, bracket, rest = name[1:].partition("]")
        mask, _, port = rest.partition(":")
        name += mask if bracket else "]"
    elif entry.count(":") == 1:
        name, _, port = name.partition(":")
        if not port:
            raise ValueError(f"MICROFED_INSECURE_PEERS: {entry!r} has no port after the colon")
    if not port:
        return name, None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65_536:
        raise ValueError(f"MICROFED_INSECURE_PEERS: {entry!r} has no such port")
    return name, int(port)
