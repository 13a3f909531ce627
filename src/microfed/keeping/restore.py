"""Reading a backup: checking that it is whole, and making a place of it where there is none."""

import gzip
import hashlib
import tarfile
import tempfile
import zlib
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from microfed.errors import Invalid
from microfed.keeping.backup import (
    FORMAT,
    LINES,
    MANIFEST,
    MEDIA,
    MISSING,
    Kept,
    Tell,
    make_folder,
    read_media_line,
    sha256_of,
)
from microfed.keeping.sealed import Opening, is_sealed
from microfed.operations.searching import make_words_anew
from microfed.storage import Storage, check_key
from microfed.store.database import Database
from microfed.store.dump import Sums, read_head, read_tables, sums_of
from microfed.store.refill import must_be_empty, refill

_CHUNK = 1 << 20


@dataclass(slots=True)
class Read:
    """What was found in a backup so far."""

    about: dict[str, Any]
    listed: dict[str, tuple[int, str]]  # file → size and sum
    missing: list[str]
    sums: Sums | None = None
    media_sha256: str = ""


def check_backup(file: Path, *, passphrase: str, tell: Tell) -> tuple[Kept, str]:
    """Read all of a backup; return what it holds and the address of its place, or Invalid."""
    read, seen = Read({}, {}, []), set()
    with _entries(file, passphrase) as entries:
        for name, content in entries:
            if name.startswith("media/"):
                seen.add(_checked_media(read, name, content, tell))
            elif name == LINES:
                read.sums = _read_lines(content, tell)
            else:
                _note(read, name, content)
    return _judge(read, seen), str(read.about["url"])


async def restore(
    file: Path, *, url: str, storage: Storage, work: Path, passphrase: str, tell: Tell
) -> None:
    """Make a place of a backup that was checked. It can be broken off and begun again."""
    must_be_empty(url)
    make_folder(work)
    read = Read({}, {}, [])
    with (
        tempfile.TemporaryDirectory(prefix=".restore-", dir=work) as folder,
        _entries(file, passphrase) as entries,
    ):
        for name, content in entries:
            if name.startswith("media/"):
                copy = Path(folder) / "file"
                _checked_media(read, name, content, tell, into=copy)
                await storage.put(name.removeprefix("media/"), copy)
            elif name == LINES:
                refill(url, _lines(content), lambda rows: tell("database", rows, 0))
            else:
                _note(read, name, content)
            if name == MEDIA:
                await _must_hold_nothing_else(storage, read.listed)


async def _must_hold_nothing_else(storage: Storage, listed: Container[str]) -> None:
    async for key in storage.all_keys():
        if key not in listed:  # what a broken-off restore has left is ours
            raise Invalid("the media storage is not empty: nothing was changed")


def make_findable_again(db: Database, tell: Tell) -> None:
    """Make the words for searching anew, after a restore or a move."""
    last = -1
    while last:
        with db.writing() as tx:
            last = make_words_anew(tx, after=max(last, 0))
        tell("words", 1, 0)


async def is_equal(kept: Kept, file: Path, db: Database, storage: Storage, passphrase: str) -> bool:
    """Say whether the database and the media are what the backup holds, all read once more."""
    with db.reading() as tx:
        if sums_of(tx.connection).whole() != kept.sha256:
            return False
    listed: dict[str, tuple[int, str]] = {}
    with _entries(file, passphrase) as entries:
        for name, content in entries:
            if name == MEDIA:
                read = Read({}, {}, [])
                _note(read, name, content)
                listed = read.listed
                break
    with tempfile.TemporaryDirectory(prefix="microfed-verify-") as folder:
        for key in listed.keys() - set(kept.missing):
            copy = Path(folder) / "file"
            try:
                await storage.fetch(key, copy)
            except FileNotFoundError:
                return False
            if sha256_of(copy) != listed[key][1]:
                return False
    return True


@contextmanager
def _entries(file: Path, passphrase: str) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    try:
        with file.open("rb") as raw:
            source: Any = raw
            if is_sealed(raw):
                if not passphrase:
                    raise Invalid("this backup is sealed: its passphrase is needed (--decrypt)")
                source = Opening(raw, passphrase)
            with tarfile.open(fileobj=source, mode="r|") as tar:
                yield _walk(tar)
    except FileNotFoundError:
        raise Invalid(f"there is no file {file}") from None
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Invalid(f"the backup is damaged: {error}") from None


def _walk(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for entry in tar:
        content = tar.extractfile(entry)
        if content is None:
            raise Invalid("the backup is damaged: it holds what is no file")
        yield entry.name, content


def _note(read: Read, name: str, content: IO[bytes]) -> None:
    if name == MEDIA:
        digest = hashlib.sha256()
        for line in content:
            digest.update(line)
            sha256, size, key = read_media_line(line)
            read.listed[check_key(key)] = (size, sha256)
        read.media_sha256 = digest.hexdigest()
    elif name in (MANIFEST, MISSING):
        try:
            value = orjson.loads(content.read())
        except orjson.JSONDecodeError:
            raise Invalid(f"the backup is damaged in {name}") from None
        if name == MANIFEST:
            read.about = value
            if value.get("microfed") != FORMAT:
                raise Invalid("this backup is of a version that this program does not know")
        else:
            read.missing = value
    else:
        raise Invalid(f"the backup holds something unknown: {name}")


def _checked_media(
    read: Read, name: str, content: IO[bytes], tell: Tell, *, into: Path | None = None
) -> str:
    key = check_key(name.removeprefix("media/"))
    digest = hashlib.sha256()
    with (into or Path("/dev/null")).open("wb") as copy:
        while piece := content.read(_CHUNK):
            digest.update(piece)
            copy.write(piece)
    if read.listed.get(key, (0, ""))[1] != digest.hexdigest():
        raise Invalid(f"the backup is damaged: the file {key} is not what it was")
    tell("media", 1, len(read.listed))
    return key


def _read_lines(content: IO[bytes], tell: Tell) -> Sums:
    lines = _lines(content)
    sums = Sums(read_head(lines))
    for _, _, rows in read_tables(lines, sums):
        for count, _ in enumerate(rows, 1):
            if count % 1_000 == 0:
                tell("database", 1_000, 0)
    return sums


def _lines(content: IO[bytes]) -> Iterator[bytes]:
    with gzip.open(content, "rb") as lines:
        yield from lines


def _judge(read: Read, seen: set[str]) -> Kept:
    about, sums = read.about, read.sums
    if sums is None or not about:
        raise Invalid("the backup is damaged: it is not whole")
    if sums.whole() != about["sha256"] or read.media_sha256 != about["media_sha256"]:
        raise Invalid("the backup is damaged: its parts do not belong together")
    if seen | set(read.missing) != set(read.listed):
        raise Invalid("the backup is damaged: files are missing from it")
    return Kept(
        sums.revision,
        sums.rows,
        sums.whole(),
        len(read.listed),
        sum(size for size, _ in read.listed.values()),
        read.media_sha256,
        tuple(read.missing),
    )
