"""One page of something long: from where, in which direction, how much."""

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """`limit` things older than `max_id`, newer than `since_id`, or right after `min_id`."""

    limit: int
    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is simply the newest."""
        return self.max_id is None and self.since_id is None and self.min_id is None


def paged(query: Any, key: Any, page: Page) -> Any:
    """Return `query` for one page by `key`; with `min_id` it comes oldest first: see `in_order`."""
    bounds: list[ColumnElement[bool]] = []
    if page.max_id is not None:
        bounds.append(key < page.max_id)
    after = page.min_id if page.min_id is not None else page.since_id
    if after is not None:
        bounds.append(key > after)
    order = key.asc() if page.min_id is not None else key.desc()
    return query.where(*bounds).order_by(order).limit(page.limit)


def in_order(rows: list[T], page: Page) -> list[T]:
    """Return rows newest first, whichever way they were found."""
    return rows[::-1] if page.min_id is not None else rows
