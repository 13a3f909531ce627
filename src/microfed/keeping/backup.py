"""One file with everything a place is: its database as lines, its media, and the sums of both.

The server goes on meanwhile: the database is read in one transaction, so all of it is of the same
moment, and the media are those that the database knew at that moment. A file never changes, so it
can be copied afterwards; one that was deleted since is named.
"""

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

import orjson

from microfed import __version__, clock
from microfed.keeping.sealed import Sealing
from microfed.queries.files import KeptFile, files_after
from microfed.storage import Storage
from microfed.store.database import Database, Tx
from microfed.store.dump import Sums, dump

FORMAT = 1
MANIFEST, MEDIA, MISSING, LINES = (
    "manifest.json",
    "media.sha256",
    "missing.json",
    "database.jsonl.gz",
)
_CHUNK = 1 << 20
# Hears what is being done, how much more of it is done now, and how much there is (0: not known).
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds; `missing` are files the storage no longer had, or had broken."""

    revision: str
    rows: int
    sha256: str  # of the database as lines
    files: int
    bytes: int
    media_sha256: str  # of the list of all files with their sums
    missing: tuple[str, ...] = ()


async def make_backup(
    db: Database, storage: Storage, target: Path, *, work: Path, passphrase: str, tell: Tell
) -> Kept:
    """Write a backup to `target`, whole or not at all; what is unfinished waits under `work`."""
    for folder in (work, target.parent):
        make_folder(folder)
    unfinished = target.with_name(f".{target.name}.unfinished")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=work) as within:
        folder = Path(within)
        sums, media = _write_down(db, folder, tell)
        try:
            with os.fdopen(_open_private(unfinished), "wb") as file:
                sealing = Sealing(file, passphrase) if passphrase else None
                out: Any = sealing or file
                kept = await _pack(out, db.here.url, storage, folder, sums, media, tell)
                if sealing is not None:
                    sealing.finish()
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    return kept


def _write_down(db: Database, folder: Path, tell: Tell) -> tuple[Sums, tuple[int, int]]:
    """Write the database and the list of its files into `folder`, both of the same moment."""
    sums = Sums("")
    count = size = 0
    with db.reading() as tx:
        with gzip.open(folder / LINES, "wb", compresslevel=5) as lines:
            for portion in dump(tx.connection, sums, lambda rows: tell("database", rows, 0)):
                lines.write(portion)
        with (folder / MEDIA).open("wb") as listed:
            for file in all_files(tx):
                listed.write(media_line(file.sha256, file.bytes, file.key))
                count, size = count + 1, size + file.bytes
    return sums, (count, size)


async def _pack(
    out: Any,
    url: str,
    storage: Storage,
    folder: Path,
    sums: Sums,
    media: tuple[int, int],
    tell: Tell,
) -> Kept:
    kept = Kept(sums.revision, sums.rows, sums.whole(), *media, sha256_of(folder / MEDIA))
    about = {
        "microfed": FORMAT,
        "version": __version__,
        "url": url,
        "made_at": _now(),
        **asdict(kept),
    }
    missing: list[str] = []
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, MANIFEST, orjson.dumps(about))
        _add_file(tar, MEDIA, folder / MEDIA)
        with (folder / MEDIA).open("rb") as listed:
            for line in listed:
                sha256, _, key = read_media_line(line)
                copy = folder / "file"
                try:
                    await storage.fetch(key, copy)
                except FileNotFoundError:
                    missing.append(key)
                else:
                    if sha256_of(copy) == sha256:
                        _add_file(tar, f"media/{key}", copy)
                    else:
                        missing.append(key)
                copy.unlink(missing_ok=True)
                tell("media", 1, media[0])
        _add(tar, MISSING, orjson.dumps(missing))
        # Last, because a restore makes the place one by filling its database.
        _add_file(tar, LINES, folder / LINES)
    return replace(kept, missing=tuple(missing))


def make_folder(folder: Path) -> None:
    """Make a folder that only the server's own user can read."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def all_files(tx: Tx) -> Iterator[KeptFile]:
    """Yield every file the database knows, by key."""
    last = ""
    while portion := files_after(tx, last):
        yield from portion
        last = portion[-1].key


def media_line(sha256: str, size: int, key: str) -> bytes:
    """Return the line of a file in the list of all."""
    return f"{sha256} {size} {key}\n".encode()


def read_media_line(line: bytes) -> tuple[str, int, str]:
    """Return sum, size and key of a file."""
    sha256, size, key = line.decode().split()
    return sha256, int(size), key


def sha256_of(path: Path) -> str:
    """Return the sum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    _put(tar, name, io.BytesIO(data), len(data))


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> None:
    with path.open("rb") as file:
        _put(tar, name, file, path.stat().st_size)


def _put(tar: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(clock.now().timestamp())
    tar.addfile(entry, file)


def _open_private(path: Path) -> int:
    path.unlink(missing_ok=True)  # what a killed run has left
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _now() -> str:
    return clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
