"""The lists that a member brought, and how far each is followed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from microfed.queries.bringing import LeftLine, left_lines
from microfed.store.bringing import BroughtLine, BroughtList
from microfed.store.database import Tx
from microfed.vocab.brought_lists import LEFT

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ListView:
    """A list, for the page of its owner."""

    id: int
    asked_at: datetime
    kind: str
    state: str
    total: int
    done: int
    made: int
    left: tuple[LeftLine, ...]
    replaces: bool

    @property
    def is_busy(self) -> bool:
        """Whether somebody works on it."""
        return self.state in ("queued", "reading")


def list_brought(tx: Tx, member_id: int) -> list[ListView]:
    """Return the lists that a member brought, the newest first."""
    rows = tx.session.scalars(
        select(BroughtList)
        .where(BroughtList.member_id == member_id)
        .order_by(BroughtList.id.desc())
        .limit(MOST_SHOWN)
    )
    return [
        ListView(
            *(row.id, row.asked_at, row.kind, row.state, row.total, row.done, row.made),
            left_lines(row.left, LEFT),
            row.replaces,
        )
        for row in rows
    ]


def next_lines(tx: Tx, id_: int, *, most: int) -> tuple[str, int, list[tuple[int, dict[str, Any]]]]:
    """Return of what kind a list is, how many lines it has, and the next; none when unwanted."""
    row = tx.session.get(BroughtList, id_)
    if row is None or row.state != "reading":
        return "", 0, []
    lines = tx.connection.execute(
        select(BroughtLine.number, BroughtLine.words)
        .where(BroughtLine.list_id == id_)
        .order_by(BroughtLine.number)
        .limit(most)
    )
    return row.kind, row.total, [(number, words) for number, words in lines]
