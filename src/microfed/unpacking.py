"""Looking into an archive that somebody brought (.zip or .tar.gz), as into a parcel of a stranger.

Nothing is unpacked under a name that stands in it: what is asked for is written where we say, and
no more than a limit of it. Links and devices are not files to us.
"""

import gzip
import json
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from microfed.errors import Invalid

MOST_BYTES = 500_000_000  # of an archive as it comes
MOST_UNPACKED = 4_000_000_000  # of all that is read of it
MOST_ENTRIES = 200_000
MOST_OUTBOX = 400_000_000
MOST_ACTOR = 2_000_000
MOST_ITEM = 4_000_000  # characters of one activity
_MOST_DIRECTORY = 20_000_000  # bytes of a zip's list of entries, which is read at once
_MOST_AT_ONCE = 16_000_000  # that a tar may ask for in one piece: its heads are read into memory
_CHUNK = 1 << 20
_ITEMS = re.compile(r'"orderedItems"\s*:\s*\[')
_BETWEEN = re.compile(r"[ \t\r\n,]*")


class Parcel:
    """An archive that is open; `names` are the paths of the files in it."""

    def __init__(
        self,
        names: Collection[str],
        fetch: Callable[[str, Path, int], bool],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.names, self.close = names, close
        self._fetch = fetch
        self._by_end: dict[str, str] | None = None

    def find(self, path: str) -> str | None:
        """Return the file that is meant by `path`; some archives put a folder before all."""
        if path in self.names:
            return path
        if self._by_end is None:
            self._by_end = {}
            for name in self.names:
                self._by_end.setdefault(name.rpartition("/")[2], name)
        found = self._by_end.get(path.rpartition("/")[2])
        # A last name alone may be anyone's; where one path ends as the other does, it is meant.
        if found is None or not (found.endswith(f"/{path}") or path.endswith(f"/{found}")):
            return None
        return found

    def fetch(self, name: str, into: Path, *, most: int) -> bool:
        """Write a file of it to `into`; False when it is larger than `most`."""
        with _whatever_it_holds():
            return self._fetch(name, into, most)


def open_parcel(source: Path, wanted: Callable[[str], bool], folder: Path) -> Parcel:
    """Open the archive at `source`; `folder` is empty and may be written to.

    `wanted` says which paths may be asked for. Raises Invalid with one of vocab.archives.REFUSALS.
    """
    with source.open("rb") as file:
        head = file.read(4)
    with _whatever_it_holds():
        if head.startswith(b"PK"):
            _check_directory(source)
            return _zip(zipfile.ZipFile(source))
        if head.startswith(b"\x1f\x8b"):
            return _tar(source, wanted, folder)
    raise Invalid("no_archive")


@contextmanager
def _whatever_it_holds() -> Iterator[None]:
    try:
        yield
    except (
        *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError),
        *(NotImplementedError, RuntimeError, OverflowError, UnicodeError, ValueError),
    ) as error:
        raise Invalid("broken") from error


def split_outbox(outbox: Path, into: Path) -> Iterator[tuple[int, Any]]:
    """Write the items of an outbox a line each to `into`; yield where each begins, and the item.

    A piece at a time, however long the outbox is. Raises Invalid("broken").
    """
    decode = json.JSONDecoder().raw_decode
    with outbox.open(encoding="utf-8-sig", errors="replace") as read, into.open("wb") as out:
        text, at = "", 0
        while (begin := _ITEMS.search(text)) is None:
            piece = read.read(_CHUNK)
            if not piece:
                raise Invalid("broken")
            text = text[-200:] + piece
        at = begin.end()
        while True:
            at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
            if text.startswith("]", at):
                return
            try:
                item, end = decode(text, at)
                is_whole = end < len(text)  # a number may go on in the next piece
            except ValueError:
                is_whole = False
            except RecursionError:
                raise Invalid("broken") from None
            if not is_whole:
                piece = read.read(_CHUNK)
                if not piece or len(text) - at > MOST_ITEM:
                    raise Invalid("broken")
                text, at = text[at:] + piece, 0
                continue
            where = out.tell()
            out.write(json.dumps(item, ensure_ascii=True).encode() + b"\n")
            at = end
            yield where, item


def _zip(archive: zipfile.ZipFile) -> Parcel:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise Invalid("too_large")
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        kind = entry.external_attr >> 28  # as Unix says it: 8 is a file, 10 a link
        if not entry.is_dir() and kind in (0, 8):
            found.setdefault(_safe(entry.filename), entry)
        else:
            _safe(entry.filename)
    if sum(entry.file_size for entry in found.values()) > MOST_UNPACKED:
        raise Invalid("too_large")

    def fetch(name: str, into: Path, most: int) -> bool:
        with archive.open(found[name]) as file:
            return _copy(file, into, most)

    return Parcel(found.keys(), fetch, archive.close)


def _tar(source: Path, wanted: Callable[[str], bool], folder: Path) -> Parcel:
    """A tar is read from its beginning to its end: what may be asked for is put into `folder`."""
    found: dict[str, Path] = {}
    with gzip.open(source) as unzipped:
        careful: Any = _Careful(unzipped)
        opened: Any
        with tarfile.open(fileobj=careful, mode="r:") as opened:
            for at, entry in enumerate(opened):
                if at >= MOST_ENTRIES:
                    raise Invalid("too_large")
                opened.members = []  # it would remember each; they are not asked for again
                name = _safe(entry.name)
                if not entry.isreg() or entry.issparse() or name in found or not wanted(name):
                    continue
                file = opened.extractfile(entry)
                if file is not None:
                    found[name] = folder / str(at)
                    _copy(file, found[name], MOST_OUTBOX)

    def fetch(name: str, into: Path, most: int) -> bool:
        if found[name].stat().st_size > most:
            return False
        into.unlink(missing_ok=True)
        into.hardlink_to(found[name])
        return True

    return Parcel(found.keys(), fetch)


class _Careful:
    """What was unzipped, of which nobody reads too much: neither in all nor at once."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MOST_AT_ONCE or self._file.tell() + size > MOST_UNPACKED:
            raise Invalid("too_large")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence != 0 or offset > MOST_UNPACKED:
            raise Invalid("too_large")
        return self._file.seek(offset)

    def tell(self) -> int:
        return self._file.tell()


def _safe(name: str) -> str:
    """Return the path of an entry; an archive that reaches out of itself is none of ours."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise Invalid("unsafe")
    return str(path)


def _copy(file: IO[bytes], into: Path, most: int) -> bool:
    """Copy no more than `most` bytes, whatever the entry says of itself."""
    left = most
    with into.open("wb") as out:
        while piece := file.read(min(_CHUNK, left + 1)):
            left -= len(piece)
            if left < 0:
                break
            out.write(piece)
    if left < 0:
        into.unlink()
    return left >= 0


def _check_directory(source: Path) -> None:
    """Refuse a zip whose list of entries alone would fill the memory."""
    size = source.stat().st_size
    with source.open("rb") as file:
        file.seek(max(0, size - 66_000))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise Invalid("broken")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    far = tail.rfind(b"PK\x06\x06", 0, at)
    if far >= 0:
        length = max(
            length if length != 0xFFFFFFFF else 0,
            int.from_bytes(tail[far + 40 : far + 48], "little"),
        )
    if length > _MOST_DIRECTORY:
        raise Invalid("too_large")
