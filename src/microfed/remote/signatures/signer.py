"""Who signs a request of ours, and what there is to sign."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import rsa

from microfed import keys

Scheme = Literal["cavage", "rfc9421"]


@dataclass(frozen=True, slots=True)
class Signer:
    """A key of ours by its public name, with the private half that makes it true.

    `with_query` is False for a second try with servers that leave the query out of what they check.
    """

    key_id: str
    # Never shown: a private key must not reach a log by way of an f-string.
    private_pem: str = field(repr=False)
    scheme: Scheme = "cavage"
    with_query: bool = True

    def using(self, scheme: Scheme, *, with_query: bool = True) -> "Signer":
        """Return the same signer speaking another dialect."""
        return replace(self, scheme=scheme, with_query=with_query)

    def sign(self, base: bytes) -> bytes:
        """Sign the bytes of a signature base."""
        return keys.sign(keys.load_private(self.private_pem), base)

    @property
    def algorithm(self) -> str:
        """Return the name RFC 9421 has for what this key does."""
        key = keys.load_private(self.private_pem)
        return "rsa-v1_5-sha256" if isinstance(key, rsa.RSAPrivateKey) else "ed25519"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request of ours, as far as a signature is concerned. `target` is path and query.

    `authority` is what the Host header says; `created` is `date` in seconds since 1970.
    """

    method: str
    scheme: str
    authority: str
    target: str
    date: str
    created: int
    content_type: str | None = None
    body: bytes | None = None
    extra: tuple[tuple[str, str], ...] = ()  # more headers to sign, names in lower case


@dataclass(frozen=True, slots=True)
class Draft:
    """All but the signature: what to sign, and the text that stands before and after it."""

    base: bytes
    headers: Mapping[str, str]
    before: str
    after: str
