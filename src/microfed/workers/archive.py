"""Gathers what a member takes along: one file with all they said and brought, readable anywhere.

A page of posts at a time, so that nobody waits; how far it is stands in its row.
"""

import asyncio
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microfed.house import House
from microfed.operations.archives import SLOT, archive_goes_on, archive_is_there
from microfed.queries.archive_parts import PARTS
from microfed.queries.archives import (
    LISTS,
    address_of,
    as_text,
    count_said,
    files_of,
    find_archive,
    language_of,
    profile_document,
    said_after,
)
from microfed.storage import RAW
from microfed.store.database import Tx
from microfed.uploading import put, workspace
from microfed.web.archive_pages import STYLE, Sheet, index_page, lists_page, posts_page, style
from microfed.words import Words, all_words

PAGE = 100
_COLLECTIONS = ("likes", "bookmarks")
_CONTEXT = "https://www.w3.org/ns/activitystreams"


@dataclass(frozen=True, slots=True)
class _Begun:
    """What is known of a member before their posts are gone through."""

    profile: dict[str, Any]
    parts: dict[str, Any]
    keys: list[str]
    posts: int
    name: str
    words: Words


class _Progress:
    """How many of the posts and files are gathered."""

    def __init__(self, house: House, member_id: int, total: int) -> None:
        self._house, self._member_id, self._total, self._done = house, member_id, total, 0

    async def add(self, n: int) -> None:
        """So many more are done."""
        self._done = min(self._done + n, self._total)
        done, total, member_id = self._done, self._total, self._member_id
        await self._house.db.write(
            lambda tx: archive_goes_on(tx, member_id=member_id, done=done, total=total)
        )


async def make_archive(house: House, arguments: Mapping[str, Any]) -> None:
    """Gather everything of a member into one file in the storage."""
    id_ = int(arguments["member_id"])

    def begin(tx: Tx) -> _Begun | None:
        if find_archive(tx, id_) is None:  # they want it no more, or left
            return None
        parts: dict[str, Any] = {f"{name}.csv": rows(tx, id_) for name, rows in LISTS.items()}
        parts |= {name: part(tx, id_) for name, part in PARTS.items()}
        return _Begun(
            profile=profile_document(tx, id_),
            parts=parts,
            keys=files_of(tx, id_),
            posts=count_said(tx, id_),
            name=address_of(tx, id_),
            words=all_words().get(language_of(tx, id_), all_words()["en"]),
        )

    begun = await house.db.read(begin)
    if begun is None:
        return
    progress = _Progress(house, id_, begun.posts + len(begun.keys))
    await progress.add(0)
    async with workspace(house) as folder:
        with zipfile.ZipFile(folder / "archive", "w", zipfile.ZIP_DEFLATED) as archive:
            actor = begun.profile | {"outbox": "outbox.json"}
            actor |= {name: f"{name}.json" for name in _COLLECTIONS}
            archive.writestr("actor.json", _as_json(actor))
            for name, part in begun.parts.items():
                text = as_text(part) if name.endswith(".csv") else _as_json(part)
                archive.writestr(name, text)
            for name in _COLLECTIONS:
                uris = [row[0] for row in begun.parts[f"{name}.csv"]]
                archive.writestr(f"{name}.json", _as_json(_collection(name, uris)))
            book = _Book(archive, begun)
            await _said(house, id_, folder / "outbox", begun.posts, progress, book)
            await asyncio.to_thread(archive.write, folder / "outbox", "outbox.json")
            await asyncio.to_thread(book.close, house.settings.title)
            for key in begun.keys:
                await _bring(house, key, folder / "file", archive)
                await progress.add(1)
        file = await put(house, folder / "archive", RAW, SLOT)
    await house.db.write(lambda tx: archive_is_there(tx, member_id=id_, file=file))


class _Book:
    """The pages that people read: written as the posts go by."""

    def __init__(self, archive: zipfile.ZipFile, begun: _Begun) -> None:
        self._archive, self._begun = archive, begun
        self._sheets: list[Sheet] = []
        self._next: list[dict[str, Any]] = []

    def add(self, said: list[dict[str, Any]]) -> None:
        """Write the posts before these: only now is it known that others follow."""
        if said:
            self._write(is_last=False)
            self._next = said

    def _write(self, *, is_last: bool) -> None:
        if self._next:
            begun, number = self._begun, len(self._sheets) + 1
            sheet, text = posts_page(
                begun.words, self._next, number=number, is_last=is_last, name=begun.name
            )
            self._sheets.append(sheet)
            self._archive.writestr(sheet.path, text)

    def close(self, place: str) -> None:
        """Write the last posts, and what leads to the pages."""
        self._write(is_last=True)
        begun = self._begun
        first = index_page(begun.words, begun.profile, self._sheets, name=begun.name, place=place)
        lists = lists_page(begun.words, begun.parts, name=begun.name)
        for name, text in (("index.html", first), ("lists.html", lists), (STYLE, style())):
            self._archive.writestr(name, text)


def _as_json(said: Any) -> str:
    return json.dumps(said, ensure_ascii=False, indent=1)


def _collection(name: str, uris: list[str]) -> dict[str, Any]:
    """Return a collection as Mastodon's archive has it."""
    head = {"@context": _CONTEXT, "id": f"{name}.json", "type": "OrderedCollection"}
    return head | {"totalItems": len(uris), "orderedItems": uris}


async def _said(
    house: House, id_: int, into: Path, total: int, progress: _Progress, book: _Book
) -> None:
    """Write all that a member said, as a collection of activities, oldest first."""
    after: int | None = 0
    with into.open("w", encoding="utf-8") as out:
        head = {"@context": _CONTEXT, "id": "outbox.json", "type": "OrderedCollection"}
        out.write(json.dumps(head | {"totalItems": total})[:-1] + ', "orderedItems": [')
        comma = "\n"
        while after is not None:
            start = after
            said, after = await house.db.read(
                lambda tx, start=start: said_after(tx, id_, after=start, limit=PAGE)  # type: ignore[misc]
            )
            for document in said:
                out.write(comma + json.dumps(document, ensure_ascii=False))
                comma = ",\n"
            await asyncio.to_thread(book.add, said)
            await progress.add(len(said))
        out.write("\n]}\n")


async def _bring(house: House, key: str, into: Path, archive: zipfile.ZipFile) -> None:
    try:
        await house.storage.fetch(key, into)
    except FileNotFoundError:  # its post was deleted meanwhile
        return
    await asyncio.to_thread(archive.write, into, f"media/{key}", zipfile.ZIP_STORED)
