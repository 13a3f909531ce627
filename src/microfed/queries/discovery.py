"""What there is to discover, by rules anyone can check; nothing is ranked by what it stirs up.

People: neighbours who wish to be found, the newest first; then those whom the people I follow
recommend, the newest recommendation first. Posts, hashtags and links: what neighbours said to
everyone in the last week, the latest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from microfed.ids import first_id_at
from microfed.queries.cards import Card, cards_of
from microfed.queries.silence import not_silenced
from microfed.queries.visibility import Viewer, listed_publicly
from microfed.store.database import Tx
from microfed.store.links import Link, PostLink
from microfed.store.own import DismissedSuggestion, Endorsement
from microfed.store.people import Actor, Follow, Member
from microfed.store.posts import Post, PostTag

LATELY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Suggested:
    """Somebody one may want to follow; a neighbour, or recommended by somebody one follows."""

    actor_id: int
    is_neighbour: bool


def suggestions(tx: Tx, me: int, *, limit: int) -> list[Suggested]:
    """Return people a member may want to follow."""
    neighbours = (
        select(Actor.id)
        .join(Member, Member.id == Actor.id)
        .where(Member.suspended_at.is_(None), *may_be_suggested(tx, me))
        .order_by(Actor.id.desc())
        .limit(limit)
    )
    found = [Suggested(id_, is_neighbour=True) for id_ in tx.connection.scalars(neighbours)]
    known = {one.actor_id for one in found}
    mine = aliased(Follow)
    recommended = (
        select(Actor.id)
        .join(Endorsement, Endorsement.endorsed_id == Actor.id)
        .join(mine, mine.target_id == Endorsement.actor_id)
        .where(mine.follower_id == me, mine.accepted_at.is_not(None), *may_be_suggested(tx, me))
        .group_by(Actor.id)
        .order_by(func.max(Endorsement.id).desc())
        .limit(limit)
    )
    for id_ in tx.connection.scalars(recommended):
        if id_ not in known:
            found.append(Suggested(id_, is_neighbour=False))
    return found[:limit]


def lately_said(tx: Tx, viewer: Viewer | None, *, limit: int, offset: int) -> Sequence[Card]:
    """Return what neighbours said to everyone lately, no answers, the latest first."""
    query = (
        select(Post.id)
        .join(Actor, Actor.id == Post.actor_id)
        .where(*_by_neighbours_lately(tx), Post.in_reply_to_uri.is_(None))
        .order_by(Post.id.desc())
        .limit(limit)
        .offset(offset)
    )
    ids = list(tx.connection.scalars(query))
    cards = cards_of(tx, viewer, ids)
    return [cards[id_] for id_ in ids if id_ in cards]


def lately_tagged(tx: Tx, *, limit: int, offset: int) -> list[int]:
    """Return the hashtags neighbours used lately in public, the latest first."""
    query = (
        select(PostTag.tag_id)
        .join(Post, Post.id == PostTag.post_id)
        .join(Actor, Actor.id == Post.actor_id)
        .where(*_by_neighbours_lately(tx))
        .group_by(PostTag.tag_id)
        .order_by(func.max(PostTag.post_id).desc())
        .limit(limit)
        .offset(offset)
    )
    return list(tx.connection.scalars(query))


def lately_linked(tx: Tx, *, limit: int, offset: int) -> list[dict[str, Any]]:
    """Return the links neighbours gave lately in public, the latest first, each once.

    Each is the card that is shown under the post, with `posts` and `people` that gave it.
    """
    rows = tx.connection.execute(
        select(Post.id, Post.actor_id, Link.card)
        .join(PostLink, PostLink.post_id == Post.id)
        .join(Link, Link.id == PostLink.link_id)
        .join(Actor, Actor.id == Post.actor_id)
        .where(*_by_neighbours_lately(tx), Link.card.is_not(None))
        .order_by(Post.id.desc())
        .limit(1_000)
    )
    found: dict[str, dict[str, Any]] = {}
    for post_id, actor_id, card in rows:
        link = found.setdefault(card["url"], {"card": card, "given": []})
        link["given"].append((post_id, actor_id))
    return list(found.values())[offset : offset + limit]


def _by_neighbours_lately(tx: Tx) -> tuple[Any, ...]:
    return (
        Post.is_local,
        listed_publicly(),
        Post.id >= first_id_at(tx.now - LATELY),
        Actor.silenced_at.is_(None),
        Actor.suspended_at.is_(None),
        Actor.is_discoverable,
    )


def may_be_suggested(tx: Tx, me: int) -> tuple[Any, ...]:
    """Return the conditions that somebody may be named to `me`: they wish it, and so does `me`."""
    followed = select(Follow.target_id).where(Follow.follower_id == me)
    dismissed = select(DismissedSuggestion.actor_id).where(DismissedSuggestion.owner_id == me)
    return (
        Actor.id != me,
        Actor.is_discoverable,
        Actor.gone_at.is_(None),
        Actor.suspended_at.is_(None),
        Actor.silenced_at.is_(None),
        Actor.moved_to_uri.is_(None),
        Actor.kind != "Application",
        Actor.id.not_in(followed),
        Actor.id.not_in(dismissed),
        not_silenced(me, Actor.id, tx.now, Actor.host),
    )
