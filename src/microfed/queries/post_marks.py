"""What whoever looks did with posts: thanked, kept, passed on, shown first, voted in."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import literal, select, union_all

from microfed.queries.views import PollView
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.polls import Poll, PollOption, Vote
from microfed.store.posts import Bookmark, Like, Pin, Post


def polls_of(tx: Tx, ids: Collection[int], viewer: Viewer | None) -> dict[int, PollView]:
    """Return the polls of posts, with what `viewer` chose in them."""
    if not ids:
        return {}
    rows = tx.connection.execute(
        select(
            Poll.id,
            Poll.voters_count,
            Poll.hides_totals,
            Poll.is_multiple,
            Poll.ends_at,
            PollOption.title,
            PollOption.votes_count,
        )
        .join(PollOption, PollOption.poll_id == Poll.id)
        .where(Poll.id.in_(ids))
        .order_by(Poll.id, PollOption.position)
    )
    polls: dict[int, PollView] = {}
    for id_, voters, hides, is_multiple, ends_at, title, votes in rows:
        is_over = ends_at is not None and ends_at <= tx.now
        known = polls.get(id_, PollView((), voters, ends_at, is_over, is_multiple))
        option = (title, None if hides and not is_over else votes)
        polls[id_] = replace(known, options=(*known.options, option))
    if viewer is not None and viewer.is_local:
        chosen = select(Vote.poll_id, Vote.position).where(
            Vote.actor_id == viewer.actor_id, Vote.poll_id.in_(ids)
        )
        for id_, position in tx.connection.execute(chosen):
            polls[id_] = replace(polls[id_], mine=polls[id_].mine | {position})
    return polls


def marks_of(tx: Tx, ids: Collection[int], viewer: Viewer | None) -> set[tuple[str, int]]:
    """Return what whoever looks did with these posts."""
    if viewer is None or not viewer.is_local or not ids:
        return set()
    me = viewer.actor_id
    rows: Any = tx.connection.execute(
        union_all(
            select(literal("like"), Like.post_id).where(Like.actor_id == me, Like.post_id.in_(ids)),
            select(literal("bookmark"), Bookmark.post_id).where(
                Bookmark.actor_id == me, Bookmark.post_id.in_(ids)
            ),
            select(literal("boost"), Post.boost_of_id).where(
                Post.actor_id == me, Post.boost_of_id.in_(ids)
            ),
            select(literal("pin"), Pin.post_id).where(Pin.actor_id == me, Pin.post_id.in_(ids)),
        )
    )
    return {(kind, id_) for kind, id_ in rows}
