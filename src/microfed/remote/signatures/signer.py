"""Who signs a request of ours, and in which of the two dialects."""

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

from microfed import keys

Scheme = Literal["cavage", "rfc9421"]

# Signing with RSA takes 270 µs and releases the GIL: more threads than processors help nobody.
_POOL = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="sign")


@dataclass(frozen=True, slots=True)
class Signer:
    """A key of ours by its public name, with the private half that makes it true.

    `with_query` is False for a second try with servers that leave the query out of what they check.
    """

    key_id: str
    private_pem: str
    scheme: Scheme = "cavage"
    with_query: bool = True

    def using(self, scheme: Scheme, *, with_query: bool = True) -> "Signer":
        """Return the same signer speaking another dialect."""
        return replace(self, scheme=scheme, with_query=with_query)

    def sign(self, base: bytes) -> bytes:
        """Sign the bytes of a signature base."""
        return keys.sign(keys.load_private(self.private_pem), base)

    def __repr__(self) -> str:
        # A private key must not reach a log by way of an f-string.
        return f"Signer({self.key_id!r}, {self.scheme})"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request of ours, as far as a signature is concerned. `target` is path and query."""

    method: str
    scheme: str
    authority: str
    target: str
    date: str
    created: int
    content_type: str | None = None
    body: bytes | None = None


async def in_the_pool(signer: Signer, base: bytes) -> bytes:
    """Sign away from the event loop, which meanwhile sends and receives."""
    return await asyncio.get_running_loop().run_in_executor(_POOL, signer.sign, base)


Headers = Mapping[str, str]
