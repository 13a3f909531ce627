"""Posts by hashtag, and by the address they lead to."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, select

from microfed.queries.cards import (
    Card,
    Shape,
    cards_select,
    entry,
    has_media,
    not_silenced_here,
    page_like,
    run,
    shape_of,
)
from microfed.queries.pages import Page, paged
from microfed.queries.visibility import Viewer, listed_publicly
from microfed.store.database import Tx
from microfed.store.links import Link, PostLink
from microfed.store.posts import PostTag, Tag
from microfed.text import tag_key


def tagged_cards(
    tx: Tx,
    viewer: Viewer | None,
    page: Page,
    *,
    any_of: Sequence[str],
    all_of: Sequence[str] = (),
    none_of: Sequence[str] = (),
    is_local: bool | None = None,
    only_media: bool = False,
) -> list[Card]:
    """Return a page of public posts with one of `any_of`, each of `all_of`, none of `none_of`."""
    wanted, needed = _ids(tx, any_of), _ids(tx, all_of)
    if not wanted or len(needed) < len({tag_key(name) for name in all_of}):
        return []
    if len(wanted) == 1 and not needed and not none_of and is_local is None and not only_media:
        statement = _one_tag(viewer is not None, shape_of(page))
        return run(tx, statement, viewer, page, tag_id=wanted[0])
    query = _base(viewer is not None).where(_carries(wanted))
    for id_ in needed:
        query = query.where(_carries([id_]))
    unwanted = _ids(tx, none_of)
    if unwanted:
        query = query.where(~_carries(unwanted))
    if is_local is not None:
        query = query.where(entry.is_local if is_local else ~entry.is_local)
    if only_media:
        query = query.where(has_media())
    return run(tx, paged(query, entry.id, page_like(shape_of(page))), viewer, page)


def linked_cards(tx: Tx, viewer: Viewer | None, page: Page, *, url: str) -> list[Card]:
    """Return a page of public posts that lead to `url`."""
    leads = select(PostLink.post_id).join(Link, Link.id == PostLink.link_id).where(Link.url == url)
    query = _base(viewer is not None).where(entry.id.in_(leads))
    return run(tx, paged(query, entry.id, page_like(shape_of(page))), viewer, page)


@lru_cache(16)
def _one_tag(has_viewer: bool, shape: Shape) -> Any:
    query = cards_select(PostTag.post_id, has_viewer=has_viewer, source=PostTag).where(
        PostTag.tag_id == bindparam("tag_id"),
        listed_publicly(entry),
    )
    if has_viewer:
        query = query.where(not_silenced_here())
    return paged(query, PostTag.post_id, page_like(shape))


def _base(has_viewer: bool) -> Select[Any]:
    query = cards_select(entry.id, has_viewer=has_viewer).where(listed_publicly(entry))
    return query.where(not_silenced_here()) if has_viewer else query


def _carries(tag_ids: Sequence[int]) -> Any:
    return exists(
        select(PostTag.post_id).where(PostTag.post_id == entry.id, PostTag.tag_id.in_(tag_ids))
    )


def _ids(tx: Tx, names: Sequence[str]) -> list[int]:
    keys = {tag_key(name) for name in names}
    return list(tx.connection.scalars(select(Tag.id).where(Tag.name.in_(keys)))) if keys else []
