"""Gathers what a member takes along: one file with all they said and brought, readable anywhere.

A page of posts at a time, so that nobody waits; how far it is stands in its row.
"""

import asyncio
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from microfed.house import House
from microfed.operations.archives import SLOT, archive_goes_on, archive_is_there
from microfed.queries.archive_parts import PARTS
from microfed.queries.archives import (
    LISTS,
    as_text,
    count_said,
    files_of,
    find_archive,
    profile_document,
    said_after,
)
from microfed.storage import RAW
from microfed.store.database import Tx
from microfed.uploading import put, workspace

PAGE = 100
_CONTEXT = "https://www.w3.org/ns/activitystreams"


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

    def begin(tx: Tx) -> tuple[dict[str, Any], dict[str, str], list[str], int] | None:
        if find_archive(tx, id_) is None:  # they want it no more, or left
            return None
        lists = {f"{name}.csv": as_text(rows(tx, id_)) for name, rows in LISTS.items()}
        for name, part in PARTS.items():
            lists[name] = json.dumps(part(tx, id_), ensure_ascii=False, indent=1)
        return profile_document(tx, id_), lists, files_of(tx, id_), count_said(tx, id_)

    begun = await house.db.read(begin)
    if begun is None:
        return
    profile, lists, keys, posts = begun
    progress = _Progress(house, id_, posts + len(keys))
    await progress.add(0)
    async with workspace(house) as folder:
        with zipfile.ZipFile(folder / "archive", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("actor.json", json.dumps(profile, ensure_ascii=False, indent=1))
            for name, text in lists.items():
                archive.writestr(name, text)
            await _said(house, id_, folder / "outbox", posts, progress)
            await asyncio.to_thread(archive.write, folder / "outbox", "outbox.json")
            for key in keys:
                await _bring(house, key, folder / "file", archive)
                await progress.add(1)
        file = await put(house, folder / "archive", RAW, SLOT)
    await house.db.write(lambda tx: archive_is_there(tx, member_id=id_, file=file))


async def _said(house: House, id_: int, into: Path, total: int, progress: _Progress) -> None:
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
            await progress.add(len(said))
        out.write("\n]}\n")


async def _bring(house: House, key: str, into: Path, archive: zipfile.ZipFile) -> None:
    try:
        await house.storage.fetch(key, into)
    except FileNotFoundError:  # its post was deleted meanwhile
        return
    await asyncio.to_thread(archive.write, into, f"media/{key}", zipfile.ZIP_STORED)
