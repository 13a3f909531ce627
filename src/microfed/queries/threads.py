"""Threads: what a post answers, and what answers it, as far as whoever looks may see."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import literal, select

from microfed.errors import Gone, NotFound
from microfed.queries.posts import load_posts
from microfed.queries.views import PostView
from microfed.queries.visibility import Viewer, visible_to
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor
from microfed.store.posts import Post, Tombstone

MOST_ANCESTORS = 40
MOST_REPLIES = 200
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A post in its conversation. A reply's number says how many answers lie between, from 1."""

    ancestors: list[PostView]
    post: PostView
    replies: list[tuple[int, PostView]]


def need_thread(tx: Tx, viewer: Viewer | None, id_: int) -> ThreadView:
    """Return the conversation around a post that `viewer` may see; else NotFound."""
    above, below = ancestor_ids(tx, id_), reply_ids(tx, id_)
    depth = dict(below)
    views = {view.entry_id: view for view in load_posts(tx, [*above, id_, *depth], viewer)}
    if id_ not in views:
        raise NotFound("there is no such post")
    return ThreadView(
        [views[above_id] for above_id in above if above_id in views],
        views[id_],
        [(depth[below_id], views[below_id]) for below_id in depth if below_id in views],
    )


def need_id_at(tx: Tx, viewer: Viewer | None, *, name: str, id_: int) -> int:
    """Return the id of a member's post asked for by its page; Gone once it is deleted."""
    query = (
        select(Post.id)
        .join(Actor, Actor.id == Post.actor_id)
        .where(
            Post.id == id_,
            Post.boost_of_id.is_(None),
            Actor.host == HERE,
            Actor.name_key == name.lower(),
            visible_to(viewer),
        )
    )
    if tx.connection.scalar(query) is not None:
        return id_
    tombstone = tx.session.get(Tombstone, tx.here.post(name.lower(), id_))
    if tombstone is not None:
        raise Gone("this post was deleted", tombstone.uri)
    raise NotFound("there is no such post")


def ancestor_ids(tx: Tx, id_: int) -> list[int]:
    """Return what a post answers, and what that answers, the first of all first.

    Nobody is asked who may see them: `load_posts` does that.
    """
    up = select(Post.in_reply_to_id.label("id"), literal(1).label("steps")).where(Post.id == id_)
    line = up.cte("line", recursive=True)
    line = line.union_all(
        select(Post.in_reply_to_id, line.c.steps + 1)
        .join(line, Post.id == line.c.id)
        .where(line.c.steps < MOST_ANCESTORS)
    )
    query = select(line.c.id).where(line.c.id.is_not(None)).order_by(line.c.steps.desc())
    # Two servers may tell of each other's post that it answers: a circle is walked once.
    return [found for found in dict.fromkeys(tx.connection.scalars(query)) if found != id_]


def reply_ids(tx: Tx, id_: int) -> list[tuple[int, int]]:
    """Return the answers to a post, and theirs, each under what it answers, with their depth.

    Nobody is asked who may see them: `load_posts` does that.
    """
    down = select(Post.id, Post.in_reply_to_id, literal(1).label("depth"))
    tree = down.where(Post.in_reply_to_id == id_).cte("tree", recursive=True)
    tree = tree.union_all(
        select(Post.id, Post.in_reply_to_id, tree.c.depth + 1)
        .join(tree, Post.in_reply_to_id == tree.c.id)
        .where(tree.c.depth < _DEEPEST, Post.id != id_)
    )
    rows = tx.connection.execute(
        select(tree.c.id, tree.c.in_reply_to_id)
        .order_by(tree.c.depth, tree.c.id)
        .limit(MOST_REPLIES)
    )
    under: dict[int, list[int]] = defaultdict(list)
    for below, above in rows:
        under[above].append(below)
    return _in_order(under, id_)


def _in_order(under: dict[int, list[int]], root: int) -> list[tuple[int, int]]:
    """Walk the tree without recursion: a conversation may be deep."""
    found: list[tuple[int, int]] = []
    waiting = [(below, 1) for below in reversed(under.get(root, []))]
    seen = {root}
    while waiting:
        id_, depth = waiting.pop()
        if id_ in seen:
            continue
        seen.add(id_)
        found.append((id_, depth))
        waiting += [(below, depth + 1) for below in reversed(under.get(id_, []))]
    return found
