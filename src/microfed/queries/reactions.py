"""Who did what with a post, and what a member kept or liked: lists by the order of doing it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from microfed.queries.cards import ME, Card, cards_select, page_like, run, shape_of
from microfed.queries.pages import Page, in_order, paged
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.own import PlannedPost
from microfed.store.people import Actor
from microfed.store.posts import Bookmark, Like, Post


def bookmarked_cards(tx: Tx, viewer: Viewer, page: Page) -> list[Card]:
    """Return a page of what a member keeps."""
    return _mine(tx, viewer, page, Bookmark)


def liked_cards(tx: Tx, viewer: Viewer, page: Page) -> list[Card]:
    """Return a page of what a member likes."""
    return _mine(tx, viewer, page, Like)


def likers(tx: Tx, post_id: int, page: Page) -> Sequence[Any]:
    """Return (place in the list, actor's id) of those who like a post."""
    query = select(Like.id, Like.actor_id).where(Like.post_id == post_id)
    return _people(tx, query, Like, page)


def boosters(tx: Tx, post_id: int, page: Page) -> Sequence[Any]:
    """Return (place in the list, actor's id) of those who passed a post on."""
    query = select(Post.id, Post.actor_id).where(Post.boost_of_id == post_id)
    return _people(tx, query, Post, page)


def planned_of(tx: Tx, actor_id: int, page: Page) -> list[PlannedPost]:
    """Return a page of what someone planned to say."""
    query = select(PlannedPost).where(
        PlannedPost.actor_id == actor_id, PlannedPost.due_at.is_not(None)
    )
    return in_order(list(tx.session.scalars(paged(query, PlannedPost.id, page))), page)


def waiting_of(tx: Tx, actor_id: int, most: int = 300) -> list[PlannedPost]:
    """Return what someone wrote and has not said: planned or not, the newest first."""
    query = select(PlannedPost).where(PlannedPost.actor_id == actor_id)
    return list(tx.session.scalars(query.order_by(PlannedPost.id.desc()).limit(most)))


def _mine(tx: Tx, viewer: Viewer, page: Page, table: Any) -> list[Card]:
    query = cards_select(table.id, has_viewer=True, source=table, source_post=table.post_id)
    statement = paged(query.where(table.actor_id == ME), table.id, page_like(shape_of(page)))
    return run(tx, statement, viewer, page)


def _people(tx: Tx, query: Any, table: Any, page: Page) -> Sequence[Any]:
    query = query.join(Actor, Actor.id == table.actor_id).where(
        Actor.suspended_at.is_(None), Actor.gone_at.is_(None)
    )
    return in_order(list(tx.connection.execute(paged(query, table.id, page)).all()), page)
