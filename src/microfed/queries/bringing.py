"""The archives that a member brought, and how far each is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from microfed.store.bringing import Import
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Attachment
from microfed.vocab.archive_contents import OWN, PARTS
from microfed.vocab.archives import LEFT

MOST = 10


@dataclass(frozen=True, slots=True)
class Claimed:
    """An archive, for the worker that reads it."""

    id: int
    member_id: int
    actor_uri: str
    state: str
    key: str | None
    takes_answers: bool
    done: int
    wants_posts: bool
    todo: tuple[str, ...] | None  # parts still to be read; None until its owner chose


@dataclass(frozen=True, slots=True)
class LeftLine:
    """What was left out for one reason: how many things, and some of them by name."""

    why: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportView:
    """An archive, for the page of its owner."""

    id: int
    asked_at: datetime
    state: str
    whose: str | None
    total: int
    done: int
    made: int
    files: int
    left: tuple[LeftLine, ...]
    error: str | None
    found: tuple[tuple[str, int], ...]  # part, how many
    unread: tuple[str, ...]
    # What of one's own is read: how much was added, was known, and cannot be taken.
    parts: tuple[tuple[str, int, int, int], ...]

    @property
    def is_busy(self) -> bool:
        """Whether somebody works on it, or soon will."""
        return self.state in ("waiting", "reading", "removing")


def find_claimed(tx: Tx, id_: int) -> Claimed | None:
    """Return an archive as the worker needs it."""
    row = tx.session.get(Import, id_)
    if row is None:
        return None
    actor = tx.session.get_one(Actor, row.member_id)
    # What was begun before there was a choice was begun for the posts.
    chosen = None if row.parts is None else tuple(row.parts["todo"])
    return Claimed(
        *(row.id, row.member_id, actor.uri, row.state, row.key, row.takes_answers, row.done),
        wants_posts=row.parts is None or row.parts.get("posts", True),
        todo=chosen,
    )


def list_imports(tx: Tx, member_id: int) -> list[ImportView]:
    """Return what a member brought, the newest first."""
    rows = tx.session.scalars(
        select(Import).where(Import.member_id == member_id).order_by(Import.id.desc()).limit(MOST)
    )
    return [
        ImportView(
            id=row.id,
            asked_at=row.asked_at,
            state=row.state,
            whose=row.whose,
            total=row.total,
            done=row.done,
            made=row.made,
            files=row.files,
            left=left_lines(row.left, LEFT),
            error=row.error,
            found=_counts(row.found or {}),
            unread=tuple((row.found or {}).get("unread", ())),
            parts=tuple(
                (part, *counts)
                for part, counts in (row.parts or {}).get("done", {}).items()
                if part in OWN
            ),
        )
        for row in rows
    ]


def _counts(found: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    return tuple((part, found[part]) for part in PARTS if part in found)


def why_unusable(tx: Tx, attachment_id: int) -> str | None:
    """Return why a file that was brought cannot be shown; None when it can."""
    row = tx.connection.execute(
        select(Attachment.error, Attachment.processed_at).where(Attachment.id == attachment_id)
    ).first()
    if row is None or (row.error is None and row.processed_at is None):
        return "this file could not be read"
    error: str | None = row.error
    return error


def left_lines(left: Mapping[str, Any], reasons: Sequence[str]) -> tuple[LeftLine, ...]:
    """Return what was left out, in the order of `reasons`."""
    return tuple(
        LeftLine(why, left[why]["count"], tuple(left[why]["examples"]))
        for why in reasons
        if why in left
    )
