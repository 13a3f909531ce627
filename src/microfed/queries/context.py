"""A post's conversation: what led to it, and what came of it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from microfed.queries.silence import not_silenced
from microfed.queries.visibility import Viewer, visible_to
from microfed.store.database import Tx
from microfed.store.posts import Post, PostEdit

# Whoever has no account gets less of a long conversation (interop.md §5.6).
FOR_ANYONE, FOR_MEMBERS = (40, 60, 20), (4_096, 4_096, 100)


def context_of(tx: Tx, viewer: Viewer | None, post: Post) -> tuple[list[int], list[int]]:
    """Return the ids of the posts before and after `post` that `viewer` may see.

    Before: from the first on. After: each answer followed by its own, the author's first.
    """
    most_before, most_after, deepest = FOR_ANYONE if viewer is None else FOR_MEMBERS
    rows = _thread(tx, viewer, post)
    parents = {row.id: row.in_reply_to_id for row in rows}
    before: list[int] = []
    at = post.in_reply_to_id
    while at is not None and at in parents and len(before) < most_before and at not in before:
        before.append(at)
        at = parents[at]
    children: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        if row.in_reply_to_id is not None and row.id != post.id:
            children[row.in_reply_to_id].append(row)
    return before[::-1], _below(children, post, most_after, deepest)


def history_of(tx: Tx, post: Post) -> Sequence[PostEdit]:
    """Return the earlier versions of a post, oldest first."""
    return list(
        tx.session.scalars(
            select(PostEdit).where(PostEdit.post_id == post.id).order_by(PostEdit.id).limit(100)
        )
    )


def _thread(tx: Tx, viewer: Viewer | None, post: Post) -> Sequence[Any]:
    thread = post.thread_id or post.id
    query = select(Post.id, Post.in_reply_to_id, Post.actor_id).where(
        or_(Post.thread_id == thread, Post.id == thread),
        Post.boost_of_id.is_(None),
        visible_to(viewer),
    )
    if viewer is not None:
        query = query.where(not_silenced(viewer.actor_id, Post.actor_id, tx.now))
    return tx.connection.execute(query.order_by(Post.id).limit(10_000)).all()


def _below(children: dict[int, list[Any]], post: Post, most: int, deepest: int) -> list[int]:
    below: list[int] = []
    waiting = [(row, 1) for row in reversed(_order(children[post.id], post.actor_id))]
    while waiting and len(below) < most:
        row, depth = waiting.pop()
        below.append(row.id)
        if depth < deepest:
            answers = _order(children[row.id], row.actor_id)
            waiting.extend((answer, depth + 1) for answer in reversed(answers))
    return below


def _order(rows: list[Any], author_id: int) -> list[Any]:
    """Return answers oldest first, but what the author adds to their own words comes first."""
    return sorted(rows, key=lambda row: (row.actor_id != author_id, row.id))
