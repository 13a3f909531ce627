"""What every storage can do. Doors and workers wait for it, never with a transaction open."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

CHUNK = 256 * 1024


class Storage(Protocol):
    """A place for files, by key. A file that is there never changes."""

    async def put(self, key: str, source: Path) -> None:
        """Keep a copy of the file at `source`; whole or not at all."""

    async def fetch(self, key: str, into: Path) -> None:
        """Write a copy of a file to `into`; FileNotFoundError when there is none."""

    async def size(self, key: str) -> int | None:
        """Return how many bytes a file has; None when there is none."""

    def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """Yield a part of a file, a piece at a time."""

    async def delete(self, key: str) -> None:
        """Let go of a file; one that is not there is gone already."""

    async def sweep(self, older_than: float) -> None:
        """Take away what was broken off before a moment (seconds since 1970) and has no key."""

    def all_keys(self) -> AsyncIterator[str]:
        """Yield the keys of all files."""
