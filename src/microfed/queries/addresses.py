"""Addresses that people paste: who or what of what we know lives there."""

import re
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from microfed.ids import MAX_ID
from microfed.queries.people import find_by_handle
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor
from microfed.store.posts import Post

# Our own pages: /@name, /@name/ID, /users/name, /users/name/posts/ID.
_OUR_PAGE = re.compile(r"/(?:@|users/)([A-Za-z0-9_.-]+)(?:/(?:posts/|statuses/)?([0-9]{1,19}))?/?")


@dataclass(frozen=True, slots=True)
class Found:
    """A person or a post, by its id here. Whether the viewer may see a post is asked elsewhere."""

    kind: Literal["person", "post"]
    id: int


def find_at(tx: Tx, uri: str) -> Found | None:
    """Return what lives at an id, at an address of ours, or under an `acct:` address."""
    if uri.startswith("acct:"):
        actor = find_by_handle(tx, uri.removeprefix("acct:"))
        return None if actor is None or actor.gone_at is not None else Found("person", actor.id)
    uri = uri.partition("#")[0]
    post_id = tx.connection.scalar(select(Post.id).where(Post.uri == uri))
    if post_id is not None:
        return Found("post", post_id)
    stands = (Actor.gone_at.is_(None), ~Actor.is_private)
    actor_id = tx.connection.scalar(select(Actor.id).where(Actor.uri == uri, *stands))
    if actor_id is not None:
        return Found("person", actor_id)
    return _find_ours(tx, uri) if tx.here.is_ours(uri) else None


def _find_ours(tx: Tx, url: str) -> Found | None:
    path = url.removeprefix(tx.here.url).partition("?")[0]
    match = _OUR_PAGE.fullmatch(path)
    if match is None:
        return None
    name, number = match[1].lower(), match[2]
    if number is None:
        query = select(Actor.id).where(
            Actor.name_key == name,
            Actor.host == HERE,
            Actor.gone_at.is_(None),
            ~Actor.is_private,
        )
        actor_id = tx.connection.scalar(query)
        return None if actor_id is None else Found("person", actor_id)
    said = (
        select(Post.id)
        .join(Actor, Actor.id == Post.actor_id)
        .where(Post.id == min(int(number), MAX_ID), Actor.name_key == name)
        .where(Actor.host == HERE)
    )
    post_id = tx.connection.scalar(said)
    return None if post_id is None else Found("post", post_id)
