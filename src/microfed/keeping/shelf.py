"""Where backups are put by: a folder, or an S3 bucket; the oldest make room for the newest."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from microfed.errors import Invalid

_HOST = re.compile(r"[^a-z0-9.-]")


def name_for(host: str, moment: datetime, *, is_sealed: bool) -> str:
    """Return the name of a backup: whose, and of when."""
    ending = "tar.sealed" if is_sealed else "tar"
    return f"{_beginning(host)}{moment:%Y%m%dT%H%M%SZ}.{ending}"


class Shelf(Protocol):
    """A place for backups."""

    def put(self, source: Path) -> str:
        """Keep the file at `source` under its name; return where it is now."""

    def names(self) -> list[str]:
        """Return what is there."""

    def delete(self, name: str) -> None:
        """Let go of a backup."""


class Folder:
    """A folder of this machine, or one that is mounted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, source: Path) -> str:
        """Say where it is: a backup is written here from the beginning."""
        return str(source)

    def names(self) -> list[str]:
        """Return what is there."""
        return sorted(path.name for path in self.folder.glob("microfed-*"))

    def delete(self, name: str) -> None:
        """Let go of a backup."""
        (self.folder / name).unlink(missing_ok=True)


class Bucket:
    """An S3 bucket, `s3://bucket/prefix?endpoint=…`, as STORAGE_URL has it."""

    def __init__(self, url: str) -> None:
        # An optional extra.
        import obstore  # noqa: PLC0415

        from microfed.storage.s3 import open_bucket  # noqa: PLC0415

        self._obstore: Any = obstore
        self._url = url.partition("?")[0].rstrip("/")
        self._store = open_bucket(url)

    def put(self, source: Path) -> str:
        """Send a backup there; it is there once all of it has arrived."""
        self._obstore.put(self._store, source.name, source)
        return f"{self._url}/{source.name}"

    def names(self) -> list[str]:
        """Return what is there."""
        found = self._obstore.list(self._store).collect()
        return sorted(str(each["path"]) for each in found if each["path"].startswith("microfed-"))

    def delete(self, name: str) -> None:
        """Let go of a backup."""
        self._obstore.delete(self._store, name)


def open_shelf(to: str) -> Shelf:
    """Return the place at `to`, a folder or `s3://…`."""
    if not to.startswith("s3://"):
        return Folder(Path(to))
    try:
        return Bucket(to)
    except ImportError:
        raise Invalid("for s3:// install microfed with the extra [s3]") from None


def make_room(shelf: Shelf, host: str, keep: int) -> list[str]:
    """Delete the oldest backups of this place so that `keep` are left; return which went."""
    ours = [name for name in shelf.names() if name.startswith(_beginning(host))]
    # The moment stands after the host; what is sealed and what is not grow old alike.
    ours.sort(key=lambda name: name.removeprefix(_beginning(host)))
    gone = ours[: max(0, len(ours) - keep)]
    for name in gone:
        shelf.delete(name)
    return gone


def _beginning(host: str) -> str:
    return f"microfed-{_HOST.sub('-', host)}-"
