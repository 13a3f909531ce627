"""Files in a folder of this machine."""

import asyncio
import contextlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from microfed.storage.keys import check_key, is_key
from microfed.storage.place import CHUNK


class LocalStorage:
    """Each file is `folder/ab/ab…`, by the first two digits of its key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def at(cls, url: str) -> "LocalStorage":
        """Return the storage at a `file://` address."""
        return cls(Path(unquote(urlsplit(url).path)))

    def path(self, key: str) -> Path:
        """Return where a file is; NotFound for what is no key."""
        return self.folder / check_key(key)[:2] / key

    async def put(self, key: str, source: Path) -> None:
        """Keep a copy of the file at `source`; whole or not at all, also after a power cut."""
        await asyncio.to_thread(_copy_whole, source, self.path(key))

    async def fetch(self, key: str, into: Path) -> None:
        """Write a copy of a file to `into`."""
        await asyncio.to_thread(shutil.copyfile, self.path(key), into)

    async def size(self, key: str) -> int | None:
        """Return how many bytes a file has."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            return None

    async def read(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        """Yield a part of a file; `length` bytes unless it ends before."""
        file = await asyncio.to_thread(self.path(key).open, "rb")
        try:
            file.seek(start)
            while length > 0:
                piece = await asyncio.to_thread(file.read, min(CHUNK, length))
                if not piece:
                    return
                length -= len(piece)
                yield piece
        finally:
            file.close()

    async def delete(self, key: str) -> None:
        """Let go of a file."""
        await asyncio.to_thread(self.path(key).unlink, missing_ok=True)

    async def sweep(self, older_than: float) -> None:
        """Take away unfinished copies: of a process that was killed, of a disk that failed."""
        await asyncio.to_thread(self._sweep, older_than)

    async def all_keys(self) -> AsyncIterator[str]:
        """Yield the keys of all files."""
        for name in await asyncio.to_thread(self._names):
            yield name

    def _sweep(self, older_than: float) -> None:
        for path in self.folder.glob("[0-9a-f][0-9a-f]/.*"):
            with contextlib.suppress(FileNotFoundError):  # it has just got its key
                if is_key(path.name[1:].rpartition(".")[0]) and path.stat().st_mtime < older_than:
                    path.unlink()

    def _names(self) -> list[str]:
        found = (path.name for path in self.folder.glob("[0-9a-f][0-9a-f]/*"))
        return sorted(name for name in found if is_key(name))


def _copy_whole(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with source.open("rb") as read, unfinished.open("xb") as write:
            shutil.copyfileobj(read, write, CHUNK)
            write.flush()
            os.fsync(write.fileno())
        unfinished.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        unfinished.unlink(missing_ok=True)
