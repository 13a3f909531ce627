"""What one person said, as far as the looker may see it."""

from typing import Any

from sqlalchemy import exists, or_, select

from microfed.queries.cards import Card, cards_select, entry, has_media, page_like, run, shape_of
from microfed.queries.pages import Page, paged
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.posts import Pin, PostTag, Tag
from microfed.text import tag_key
from microfed.vocab.audience import Audience


def said_by(
    tx: Tx,
    viewer: Viewer | None,
    actor_id: int,
    page: Page,
    *,
    only_media: bool = False,
    without_replies: bool = False,
    without_boosts: bool = False,
    tag: str | None = None,
) -> list[Card]:
    """Return a page of someone's posts and boosts. What they wrote to some people is not listed."""
    query = cards_select(entry.id, has_viewer=viewer is not None).where(
        entry.actor_id == actor_id, entry.audience != Audience.PEOPLE
    )
    if only_media:
        query = query.where(has_media())
    if without_replies:
        query = query.where(
            or_(entry.in_reply_to_uri.is_(None), entry.in_reply_to_actor_id == actor_id)
        )
    if without_boosts:
        query = query.where(entry.boost_of_id.is_(None))
    if tag is not None:
        carries = select(PostTag.post_id).join(Tag, Tag.id == PostTag.tag_id)
        query = query.where(
            exists(carries.where(PostTag.post_id == entry.id, Tag.name == tag_key(tag)))
        )
    return run(tx, paged(query, entry.id, page_like(shape_of(page))), viewer, page)


def pinned_by(tx: Tx, viewer: Viewer | None, actor_id: int, page: Page) -> list[Card]:
    """Return what someone shows first, last pinned first."""
    pin: Any = Pin.__table__.alias("shown_pin")
    query = cards_select(
        pin.c.id, has_viewer=viewer is not None, source=pin, source_post=pin.c.post_id
    ).where(pin.c.actor_id == actor_id)
    return run(tx, paged(query, pin.c.id, page_like(shape_of(page))), viewer, page)
