"""Files in an S3 bucket, at whoever runs one. Needs the extra `[s3]`.

`s3://bucket/prefix`, and where it is not Amazon's `?endpoint=https://…`; `region=…` too. The keys
of the account come from the environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.store import S3Store

from microfed.storage.keys import check_key, is_key
from microfed.storage.place import CHUNK


def open_bucket(url: str) -> S3Store:
    """Return the bucket, and the place in it, that an address names."""
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    endpoint = asked.get("endpoint")
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        config={
            "region": asked.get("region", "us-east-1"),
            **({"endpoint": endpoint} if endpoint else {}),
        },
        client_options={"allow_http": bool(endpoint and endpoint.startswith("http://"))},
    )


class S3Storage:
    """Each file is an object under the prefix, by its key."""

    def __init__(self, url: str) -> None:
        self._store = open_bucket(url)

    async def put(self, key: str, source: Path) -> None:
        """Keep a copy of the file at `source`; it is there once all of it has arrived."""
        await obstore.put_async(self._store, check_key(key), source)

    async def fetch(self, key: str, into: Path) -> None:
        """Write a copy of a file to `into`."""
        answer = await obstore.get_async(self._store, check_key(key))
        with into.open("wb") as file:
            async for piece in answer.stream(min_chunk_size=CHUNK):
                file.write(piece)

    async def size(self, key: str) -> int | None:
        """Return how many bytes a file has."""
        try:
            return int((await obstore.head_async(self._store, check_key(key)))["size"])
        except FileNotFoundError:
            return None

    async def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """Yield a part of a file."""
        check_key(key)
        while length > 0:
            wanted = min(4 * CHUNK, length)
            piece = await obstore.get_range_async(self._store, key, start=start, length=wanted)
            yield bytes(piece)
            if len(piece) < wanted:  # it ends here; to ask for more is an error
                return
            start, length = start + wanted, length - wanted

    async def delete(self, key: str) -> None:
        """Let go of a file."""
        try:
            await obstore.delete_async(self._store, check_key(key))
        except FileNotFoundError:
            return

    async def sweep(self, older_than: float) -> None:
        """Nothing to do: an object is there once all of it has arrived."""

    async def all_keys(self) -> AsyncIterator[str]:
        """Yield the keys of all files."""
        async for portion in obstore.list(self._store):
            for found in portion:
                if is_key(found["path"]):
                    yield found["path"]
