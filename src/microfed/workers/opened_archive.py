"""Opens an archive that a member brought: whose it is, its posts in order, and its lists."""

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microfed.errors import Invalid, Refused
from microfed.house import House
from microfed.queries.bringing import Claimed
from microfed.unpacking import MOST_ACTOR, MOST_OUTBOX, Parcel, open_parcel, split_outbox
from microfed.vocab.archive_contents import (
    MOST_BYTES,
    MOST_UNREAD,
    OWN,
    POSTS,
    Contents,
    contents_of,
    is_part,
    read_part,
)
from microfed.vocab.archive_own import read_own
from microfed.vocab.archives import Whose, id_of, moment_of, read_whose
from microfed.vocab.brought_lists import ReadList

_PAPERS = ("actor.json", "outbox.json")
_BARE = 400  # bytes: more than this is something
_PICTURES = ("avatar.", "header.")


@dataclass(slots=True)
class Opened:
    """An archive that can be read: its papers apart, its posts in the order they were said."""

    parcel: Parcel
    contents: Contents
    whose: Whose | None
    items: Path
    order: list[int]  # where the line of each begins
    own: Collection[str]
    posts: int
    folder: Path

    def item(self, n: int) -> Any:
        """Return the activity that was the n-th to be said."""
        with self.items.open("rb") as lines:
            lines.seek(self.order[n])
            return json.loads(lines.readline())

    def list_of(self, part: str) -> ReadList | None:
        """Return a list in it; None when it holds none. Raises Invalid when it cannot be read."""
        name = self.contents.files.get(part)
        if name is None:
            return None
        if not self.parcel.fetch(name, self.folder / "part", most=MOST_BYTES):
            raise Invalid("too_large")
        return read_part(name, (self.folder / "part").read_bytes(), part)

    def own_of(self, part: str) -> list[dict[str, Any]]:
        """Return the things of a part of one's own. Raises Invalid when there are none."""
        name = self.contents.files.get(part)
        if name is None:
            return []
        if not self.parcel.fetch(name, self.folder / "part", most=MOST_BYTES):
            raise Invalid("too_large")
        return read_own(part, (self.folder / "part").read_bytes())

    def found(self) -> Mapping[str, Any]:
        """Return how much of each part is in it, and which files cannot be read."""
        counted: dict[str, Any] = {POSTS: self.posts}
        unread = [name for name in self.contents.unread if not self._is_bare(name)]
        for part, name in self.contents.files.items():
            try:
                if part in OWN:
                    counted[part] = len(self.own_of(part))
                    continue
                read = self.list_of(part)
            except Invalid as refused:
                if str(refused) == "broken":  # the archive itself
                    raise
                if str(refused) != "empty":
                    unread.append(name[:120])
                continue
            counted[part] = 0 if read is None else read.total
        counted = {part: n for part, n in counted.items() if n}
        if not counted:
            raise Invalid("nothing")
        return {**counted, "unread": unread[:MOST_UNREAD]}

    def _is_bare(self, name: str) -> bool:
        """Say whether a file holds nothing at all, as our own do of what somebody never used."""
        whole = self.parcel.find(name)
        if whole is None or not self.parcel.fetch(whole, self.folder / "part", most=_BARE):
            return False
        try:
            return not _leaves(json.loads((self.folder / "part").read_bytes()))
        except (ValueError, RecursionError):
            return False

    def close(self) -> None:
        """Let go of it."""
        self.parcel.close()


def _leaves(said: Any) -> bool:
    """Say whether there is anything in lists and objects but more of them."""
    if isinstance(said, dict):
        said = list(said.values())
    return any(map(_leaves, said)) if isinstance(said, list) else said is not None


async def open_archive(house: House, claimed: Claimed, folder: Path) -> Opened:
    """Raises Invalid with one of vocab.archives.REFUSALS."""
    try:
        await house.storage.fetch(claimed.key or "", folder / "archive")
    except (FileNotFoundError, Refused):
        raise Invalid("broken") from None
    opened = await asyncio.to_thread(_look, folder)
    uri = None if opened.whose is None else opened.whose.uri
    if uri is not None and house.db.here.is_ours(uri) and uri != claimed.actor_uri:
        opened.close()
        raise Invalid("of_a_neighbour")
    return opened


def _look(folder: Path) -> Opened:
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    parcel = open_parcel(folder / "archive", _is_wanted, unpacked)
    try:
        contents = contents_of(parcel.names)
        papers = {paper: parcel.find(paper) for paper in _PAPERS}
        if papers["outbox.json"] is None and not set(contents.files) - {"profile"}:
            raise Invalid("no_actor" if papers["actor.json"] is None else "no_outbox")
        whose = None
        if papers["outbox.json"] is not None or papers["actor.json"] is not None:
            whose = _whose(parcel, papers["actor.json"], folder / "actor.json")
        said: list[tuple[str, int]] = []
        own: set[str] = set()
        posts = 0
        if (outbox := papers["outbox.json"]) is not None:
            if not parcel.fetch(outbox, folder / "outbox.json", most=MOST_OUTBOX):
                raise Invalid("too_large")
            for where, item in split_outbox(folder / "outbox.json", folder / "items"):
                said.append((moment_of(item), where))
                if uri := id_of(item):
                    own.add(uri)
                    posts += 1
    except BaseException:
        parcel.close()
        raise
    # What goes on from another post comes after it, whichever way the archive is turned.
    order = [at for _, at in sorted(said)]
    return Opened(parcel, contents, whose, folder / "items", order, own, posts, folder)


def _whose(parcel: Parcel, name: str | None, into: Path) -> Whose:
    if name is None:
        raise Invalid("no_actor")
    if not parcel.fetch(name, into, most=MOST_ACTOR):
        raise Invalid("too_large")
    try:
        actor = json.loads(into.read_bytes())
    except (ValueError, RecursionError):
        raise Invalid("no_actor") from None
    if not isinstance(actor, dict):
        raise Invalid("no_actor")
    return read_whose(actor)


def _is_wanted(name: str) -> bool:
    """Say whether a file of a tar may be asked for: the papers, lists, and what posts may show."""
    last = name.rpartition("/")[2]
    if last in _PAPERS or last.startswith(_PICTURES) or is_part(last):
        return True
    return "/" in name and not last.endswith((".json", ".csv", ".html"))
