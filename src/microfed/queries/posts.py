"""Posts as pages show them: a list of ids becomes what a reader sees, in a handful of queries."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import literal, select, union_all

from microfed.ids import moment_of
from microfed.queries.visibility import Viewer, listed_publicly, visible_to
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor
from microfed.store.posts import Attachment, Bookmark, Like, Post, PostTag, Tag
from microfed.vocab.audience import Audience


@dataclass(frozen=True, slots=True)
class PersonView:
    """Someone as a page names them. `url` is their page: here for members, else on their server."""

    id: int
    username: str
    handle: str
    display_name: str
    url: str
    avatar_uri: str | None
    is_local: bool


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A picture, sound or film. `file` is its key in our storage; None when it is elsewhere."""

    kind: str
    media_type: str | None
    description: str
    remote_url: str | None
    file: str | None
    preview_file: str | None
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class PostView:
    """A post as a page shows it.

    `entry_id` is what stands in the list: the boost when someone passed it on, else the post
    itself; pages go on from there. `is_liked` and its like are about whoever looks.
    """

    id: int
    entry_id: int
    uri: str
    url: str
    author: PersonView
    boosted_by: PersonView | None
    title: str | None
    content: str
    warning: str
    is_sensitive: bool
    language: str | None
    published_at: datetime
    edited_at: datetime | None
    audience: Audience
    in_reply_to_id: int | None
    in_reply_to: PersonView | None
    attachments: tuple[AttachmentView, ...]
    replies_count: int
    boosts_count: int
    likes_count: int
    is_liked: bool = False
    is_boosted: bool = False
    is_bookmarked: bool = False


_COLUMNS = (
    Post.id,
    Post.uri,
    Post.url,
    Post.is_local,
    Post.actor_id,
    Post.boost_of_id,
    Post.title,
    Post.content,
    Post.warning,
    Post.is_sensitive,
    Post.language,
    Post.edited_at,
    Post.audience,
    Post.in_reply_to_id,
    Post.in_reply_to_uri,
    Post.in_reply_to_actor_id,
    Post.replies_count,
    Post.boosts_count,
    Post.likes_count,
)


def load_posts(tx: Tx, ids: Sequence[int], viewer: Viewer | None) -> list[PostView]:
    """Return the posts with those ids that `viewer` may see, in the order of `ids`.

    A boost becomes the post it passes on, if that one may be seen too. At most five queries,
    however many posts.
    """
    if not ids:
        return []
    rows = _rows(tx, ids, viewer)
    passed_on = {row.boost_of_id for row in rows.values()} - {None}
    originals = rows | _rows(tx, passed_on - rows.keys(), viewer)
    shown: list[tuple[Any, Any]] = []
    for id_ in ids:
        entry = rows.get(id_)
        row = None if entry is None else originals.get(entry.boost_of_id or entry.id)
        if row is not None:
            shown.append((entry, row))
    post_ids = {row.id for _, row in shown}
    people = load_people(
        tx,
        {entry.actor_id for entry, _ in shown}
        | {row.actor_id for _, row in shown}
        | {row.in_reply_to_actor_id for _, row in shown if row.in_reply_to_actor_id},
    )
    attachments = _attachments(tx, post_ids)
    marks = _marks(tx, post_ids, viewer)
    return [
        PostView(
            id=row.id,
            entry_id=entry.id,
            uri=row.uri,
            url=_page_of(tx, row, people[row.actor_id]),
            author=people[row.actor_id],
            boosted_by=people[entry.actor_id] if entry.boost_of_id is not None else None,
            title=row.title,
            content=row.content,
            warning=row.warning,
            is_sensitive=row.is_sensitive,
            language=row.language,
            published_at=moment_of(row.id),
            edited_at=row.edited_at,
            audience=Audience(row.audience),
            in_reply_to_id=row.in_reply_to_id,
            in_reply_to=people.get(row.in_reply_to_actor_id),
            attachments=tuple(attachments.get(row.id, ())),
            replies_count=row.replies_count,
            boosts_count=row.boosts_count,
            likes_count=row.likes_count,
            is_liked=("like", row.id) in marks,
            is_boosted=("boost", row.id) in marks,
            is_bookmarked=("bookmark", row.id) in marks,
        )
        for entry, row in shown
    ]


def load_people(tx: Tx, ids: Collection[int]) -> dict[int, PersonView]:
    """Return people by id, as pages name them."""
    if not ids:
        return {}
    rows = tx.connection.execute(
        select(
            Actor.id,
            Actor.username,
            Actor.host,
            Actor.display_name,
            Actor.uri,
            Actor.url,
            Actor.avatar_uri,
        ).where(Actor.id.in_(ids))
    )
    return {
        row.id: PersonView(
            id=row.id,
            username=row.username,
            handle=f"@{row.username}@{row.host or tx.here.domain}",
            display_name=row.display_name or row.username,
            url=tx.here.profile(row.username) if row.host == HERE else row.url or row.uri,
            avatar_uri=row.avatar_uri,
            is_local=row.host == HERE,
        )
        for row in rows
    }


def latest_public_ids(
    tx: Tx, viewer: Viewer | None, *, limit: int, before: int | None = None
) -> list[int]:
    """Return what was last said here to everyone; answers stay in their conversations."""
    query = select(Post.id).where(
        Post.is_local,
        listed_publicly(),
        Post.in_reply_to_uri.is_(None),
        visible_to(viewer),
    )
    if before is not None:
        query = query.where(Post.id < before)
    return list(tx.connection.scalars(query.order_by(Post.id.desc()).limit(limit)))


def tagged_ids(
    tx: Tx, viewer: Viewer | None, *, tag: str, limit: int, before: int | None = None
) -> list[int]:
    """Return what was said to everyone under a hashtag, given in lower case."""
    query = (
        select(PostTag.post_id)
        .join(Tag, Tag.id == PostTag.tag_id)
        .join(Post, Post.id == PostTag.post_id)
        .where(Tag.name == tag, listed_publicly(), visible_to(viewer))
    )
    if before is not None:
        query = query.where(PostTag.post_id < before)
    return list(tx.connection.scalars(query.order_by(PostTag.post_id.desc()).limit(limit)))


def _rows(tx: Tx, ids: Collection[int], viewer: Viewer | None) -> dict[int, Any]:
    if not ids:
        return {}
    found = tx.connection.execute(select(*_COLUMNS).where(Post.id.in_(ids), visible_to(viewer)))
    return {row.id: row for row in found}


def _page_of(tx: Tx, row: Any, author: PersonView) -> str:
    return tx.here.post_page(author.username, row.id) if row.is_local else row.url or row.uri


def _attachments(tx: Tx, ids: Collection[int]) -> dict[int, list[AttachmentView]]:
    rows = tx.connection.execute(
        select(
            Attachment.post_id,
            Attachment.kind,
            Attachment.media_type,
            Attachment.description,
            Attachment.remote_url,
            Attachment.file,
            Attachment.preview_file,
            Attachment.width,
            Attachment.height,
        )
        .where(Attachment.post_id.in_(ids))
        .order_by(Attachment.position, Attachment.id)
    )
    found: dict[int, list[AttachmentView]] = defaultdict(list)
    for row in rows:
        found[row.post_id].append(
            AttachmentView(
                row.kind,
                row.media_type,
                row.description or "",
                row.remote_url,
                row.file,
                row.preview_file,
                row.width,
                row.height,
            )
        )
    return found


def _marks(tx: Tx, ids: Collection[int], viewer: Viewer | None) -> set[tuple[str, int]]:
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
        )
    )
    return {(kind, id_) for kind, id_ in rows}
