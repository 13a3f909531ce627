"""Private conversations, newest first, and what is said in them."""

from functools import lru_cache
from typing import Any

from sqlalchemy import select

from microfed.queries.cards import (
    ME,
    Card,
    Shape,
    cards_select,
    entry,
    page_like,
    run,
    shape_of,
)
from microfed.queries.pages import Page, in_order, paged
from microfed.queries.visibility import Viewer, is_one_of
from microfed.store.database import Tx
from microfed.store.posts import Post
from microfed.store.reading import Conversation, Marker
from microfed.vocab.audience import Audience


def talks_of(tx: Tx, owner_id: int, page: Page) -> list[Conversation]:
    """Return a page of a member's conversations; pages go by the last word in each."""
    query = select(Conversation).where(Conversation.owner_id == owner_id)
    rows = list(tx.session.scalars(paged(query, Conversation.last_post_id, page)))
    return in_order(rows, page)


def find_talk(tx: Tx, owner_id: int, thread_id: int) -> Conversation | None:
    """Return a member's conversation by its thread."""
    return tx.session.scalar(
        select(Conversation).where(
            Conversation.owner_id == owner_id, Conversation.thread_id == thread_id
        )
    )


def private_cards(tx: Tx, viewer: Viewer, page: Page) -> list[Card]:
    """Return a page of what was said to, and by, a member in private."""
    return run(tx, _private(shape_of(page)), viewer, page)


def private_posts(tx: Tx, *, below: int | None, most: int) -> list[int]:
    """Return the newest posts said to some people alone, below an id."""
    query = select(Post.id).where(is_one_of(Post, [Audience.PEOPLE]))
    if below is not None:
        query = query.where(Post.id < below)
    return list(tx.connection.scalars(query.order_by(Post.id.desc()).limit(most)))


def markers_of(tx: Tx, owner_id: int) -> list[Marker]:
    """Return how far a member has read each timeline."""
    return list(tx.session.scalars(select(Marker).where(Marker.owner_id == owner_id)))


@lru_cache(8)
def _private(shape: Shape) -> Any:
    threads = select(Conversation.thread_id).where(Conversation.owner_id == ME)
    query = cards_select(entry.id, has_viewer=True).where(
        entry.thread_id.in_(threads), is_one_of(entry, [Audience.PEOPLE])
    )
    return paged(query, entry.id, page_like(shape))
