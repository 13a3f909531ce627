"""A member's inbox and outbox as their own programs read them: page by page, newest first."""

from typing import Any

import orjson
from sqlalchemy import Select, and_, exists, func, or_, select, union
from sqlalchemy.orm import aliased

from microfed.errors import NotFound
from microfed.ids import moment_of
from microfed.outbound.deliver import REMADE
from microfed.outbound.render import stamp
from microfed.outbound.render_activities import announce, create
from microfed.outbound.render_posts import note
from microfed.queries.people import need_actor_by_id
from microfed.queries.silence import not_silenced
from microfed.queries.visibility import Viewer, visible_to
from microfed.queries.whole_posts import need_visible_post, whole_post, whole_posts
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import HomeEntry, Mention, Post
from microfed.store.queues import Activity, InboxItem, Notification
from microfed.vocab.terms import POST_CONTEXT

# What only we know how to answer, in posts of ours.
_OURS = ("replies", "likes", "shares", "source", "interactionPolicy")


def inbox_page(
    tx: Tx, owner: Actor, *, before: int | None, limit: int
) -> list[tuple[int, dict[str, Any]]]:
    """Return what reached `owner`, with its place: posts as their Create or Announce, all else
    as it came. Whoever they silenced is left out."""
    inner = aliased(Post)
    viewer = Viewer(owner.id)
    shown = and_(
        Post.actor_id != owner.id,
        visible_to(viewer),
        not_silenced(owner.id, Post.actor_id, tx.now),
        or_(
            Post.boost_of_id.is_(None),
            and_(visible_to(viewer, inner), not_silenced(owner.id, inner.actor_id, tx.now)),
        ),
    )

    def latest(table: Any, owner_column: str) -> dict[int, Post]:
        query = (
            select(Post)
            .join(table, table.post_id == Post.id)
            .outerjoin(inner, inner.id == Post.boost_of_id)
            .where(getattr(table, owner_column) == owner.id, shown)
        )
        if before is not None:
            query = query.where(table.post_id < before)
        found = tx.session.scalars(query.order_by(table.post_id.desc()).limit(limit))
        return {post.id: post for post in found}

    posts = latest(aliased(HomeEntry), "owner_id")
    posts |= latest(aliased(Mention), "actor_id")
    bodies = _bodies(tx, _items(owner, InboxItem.id, InboxItem.body), InboxItem, before, limit)
    places = sorted({*posts, *bodies}, reverse=True)[:limit]
    whole_posts(tx, [posts[id_] for id_ in places if id_ in posts])
    return [
        (id_, arrived(tx, owner, posts[id_]) if id_ in posts else bodies[id_]) for id_ in places
    ]


def count_inbox(tx: Tx, owner: Actor) -> int:
    """Count what reached `owner`."""
    posts = union(
        select(HomeEntry.post_id)
        .join(Post, Post.id == HomeEntry.post_id)
        .where(HomeEntry.owner_id == owner.id, Post.actor_id != owner.id),
        select(Mention.post_id)
        .join(Post, Post.id == Mention.post_id)
        .where(Mention.actor_id == owner.id, Post.actor_id != owner.id),
    ).subquery()
    items = _items(owner, func.count(InboxItem.id))
    count = tx.connection.scalar(select(func.count()).select_from(posts)) or 0
    return count + (tx.connection.scalar(items) or 0)


def need_arrived(tx: Tx, owner: Actor, id_: int) -> dict[str, Any]:
    """Return one thing of `owner`'s inbox by its place there."""
    document = find_item(tx, owner, id_)
    if document is not None:
        return document
    post = need_visible_post(tx, Viewer(owner.id), id_=id_)
    if post.actor_id == owner.id:
        raise NotFound("this did not reach you: you said it")
    return {"@context": POST_CONTEXT, **arrived(tx, owner, post)}


def arrived(tx: Tx, owner: Actor, post: Post) -> dict[str, Any]:
    """Return a post as the activity that brought it to `owner`, without its context.

    One that was looked up, not sent, has an address here, where `owner` alone reads it.
    """
    if post.is_local or post.boost_of_id is not None:
        document = activity_of(tx, post)
        document.pop("@context", None)
        return document
    whole = whole_post(tx, post)
    said = {key: value for key, value in note(tx.here, whole).items() if key not in _OURS}
    if post.kind == "deed":
        return said
    extras = post.extras or {}
    return {
        "id": extras.get("activity") or f"{owner.uri}/inbox/{post.id}",
        "type": "Create",
        "actor": whole.author.uri,
        "published": stamp(moment_of(post.id)),
        "to": said["to"],
        "cc": said["cc"],
        "object": said,
    }


def outbox_of_owner(
    tx: Tx, owner: Actor, *, before: int | None, limit: int
) -> list[tuple[int, dict[str, Any]]]:
    """Return all that `owner` did, with its place: said, passed on, liked, asked, taken back."""
    query = select(Post).where(Post.actor_id == owner.id, visible_to(Viewer(owner.id)))
    if before is not None:
        query = query.where(Post.id < before)
    found = tx.session.scalars(query.order_by(Post.id.desc()).limit(limit))
    posts = {post.id: post for post in found}
    done = _done(tx, owner, select(Activity.id, Activity.body))
    bodies = _bodies(tx, done, Activity, before, limit)
    places = sorted({*posts, *bodies}, reverse=True)[:limit]
    whole_posts(tx, [posts[id_] for id_ in places if id_ in posts])
    shown = []
    for id_ in places:
        document = activity_of(tx, posts[id_]) if id_ in posts else bodies[id_]
        document.pop("@context", None)
        shown.append((id_, document))
    return shown


def count_done(tx: Tx, owner: Actor) -> int:
    """Count all that `owner` did."""
    said = select(func.count(Post.id)).where(Post.actor_id == owner.id)
    done = _done(tx, owner, select(func.count(Activity.id)))
    return (tx.connection.scalar(said) or 0) + (tx.connection.scalar(done) or 0)


def find_done(tx: Tx, owner: Actor, id_: int) -> dict[str, Any] | None:
    """Return one thing that `owner` did and that is no post of theirs, by its place."""
    query = _done(tx, owner, select(Activity.body)).where(Activity.id == id_)
    body = tx.connection.scalar(query)
    document: dict[str, Any] | None = None if body is None else orjson.loads(body)
    return document


def find_item(tx: Tx, owner: Actor, id_: int) -> dict[str, Any] | None:
    """Return one thing of `owner`'s inbox that is no post, by its place."""
    body = tx.connection.scalar(
        select(InboxItem.body).where(InboxItem.owner_id == owner.id, InboxItem.id == id_)
    )
    document: dict[str, Any] | None = None if body is None else orjson.loads(body)
    return document


def stream_item(
    tx: Tx, viewer: Viewer, box: str, kind: str, id_: int
) -> tuple[int, dict[str, Any]] | None:
    """Return what a piece of news means for one of `viewer`'s two boxes, with its place there."""
    owner = tx.session.get_one(Actor, viewer.actor_id)
    if kind in ("inbox", "outbox"):
        done = find_item(tx, owner, id_) if kind == "inbox" else find_done(tx, owner, id_)
        return None if done is None else (id_, done)
    if kind == "notification":
        named = select(Notification.post_id).where(
            Notification.id == id_, Notification.kind == "mention"
        )
        id_ = tx.connection.scalar(named) or 0
    post = tx.session.scalar(select(Post).where(Post.id == id_, visible_to(viewer)))
    if post is None or (post.actor_id == owner.id) != (box == "outbox"):
        return None
    if box == "inbox":
        return post.id, arrived(tx, owner, post)
    return post.id, activity_of(tx, post)


def activity_of(tx: Tx, post: Post) -> dict[str, Any]:
    """Return the activity by which a post or a boost of ours came into the world."""
    if post.boost_of_id is None:
        return create(tx.here, whole_post(tx, post))
    of = tx.session.get_one(Post, post.boost_of_id)
    author = need_actor_by_id(tx, of.actor_id)
    actor = tx.session.get_one(Actor, post.actor_id)
    return announce(post, actor=actor, of=of, author_uri=author.uri)


def _done(tx: Tx, owner: Actor, query: Any) -> Any:
    # What was passed on for others (interop.md §4.5) is theirs; deeds of ours stand among posts.
    return query.where(
        Activity.sender_id == owner.id,
        Activity.kind.not_in(REMADE),
        Activity.uri.startswith(f"{tx.here.url}/", autoescape=True),
        ~exists(select(Post.id).where(Post.uri == Activity.uri)),
    )


def _items(owner: Actor, *columns: Any) -> Select[Any]:
    # A boost of one's own post, by somebody one follows, reached the home as well.
    at_home = exists(
        select(HomeEntry.post_id).where(
            HomeEntry.owner_id == owner.id, HomeEntry.post_id == Post.id
        )
    )
    named = exists(
        select(Mention.post_id).where(Mention.actor_id == owner.id, Mention.post_id == Post.id)
    )
    stands = exists(select(Post.id).where(Post.uri == InboxItem.uri, or_(at_home, named)))
    return select(*columns).where(InboxItem.owner_id == owner.id, ~stands)


def _bodies(
    tx: Tx, query: Select[Any], table: Any, before: int | None, limit: int
) -> dict[int, dict[str, Any]]:
    if before is not None:
        query = query.where(table.id < before)
    rows = tx.connection.execute(query.order_by(table.id.desc()).limit(limit))
    found = {row[0]: orjson.loads(row[1]) for row in rows}
    for document in found.values():
        document.pop("@context", None)
    return found
