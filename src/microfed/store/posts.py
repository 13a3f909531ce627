"""Posts: what is said, here and elsewhere, who is named in it, and what people do with it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table, part_index


class Post(Row):
    """Something said, here or elsewhere; or passed on, when `boost_of_id` is set.

    The id holds the moment it was published, so every timeline is ORDER BY id DESC.
    """

    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_actor_id_id", "actor_id", "id"),
        Index("ix_posts_in_reply_to_id", "in_reply_to_id"),
        Index("ix_posts_thread_id_id", "thread_id", "id"),
        part_index(
            "uq_posts_boost_of_id_actor_id",
            "boost_of_id",
            "actor_id",
            unique=True,
            where="boost_of_id IS NOT NULL",
        ),
        part_index(
            "ix_posts_quote_stamp",
            "quote_stamp",
            where="quote_stamp IS NOT NULL",
        ),
        part_index(
            "ix_posts_quote_of_id",
            "quote_of_id",
            "id",
            where="quote_of_id IS NOT NULL",
        ),
        part_index(
            "ix_posts_group_id_id",
            "group_id",
            "id",
            where="group_id IS NOT NULL",
        ),
        part_index(
            "ix_posts_local_id",
            "id",
            where="is_local = 1",
        ),
        part_index(
            "ix_posts_in_reply_to_uri",
            "in_reply_to_uri",
            where="in_reply_to_uri IS NOT NULL AND in_reply_to_id IS NULL",
        ),
    )

    uri: Mapped[str] = mapped_column(unique=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    is_local: Mapped[bool] = mapped_column(default=False)
    boost_of_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(default="note")  # note, question, article, event …
    audience: Mapped[str]  # vocab.audience.Audience
    ring: Mapped[str | None]  # the server in whose ring it was said; None: ours, or in none
    group_id: Mapped[int | None]  # the actor of the group it was said in
    title: Mapped[str | None]
    content: Mapped[str] = mapped_column(default="")  # safe HTML
    source: Mapped[str | None]  # what the author typed, for local posts
    source_type: Mapped[str | None]
    warning: Mapped[str] = mapped_column(default="")
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None]
    url: Mapped[str | None]
    in_reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    in_reply_to_uri: Mapped[str | None]
    in_reply_to_actor_id: Mapped[int | None]
    thread_id: Mapped[int | None]  # the first post of the conversation, as far as we know it
    context_uri: Mapped[str | None]
    application: Mapped[str | None]
    edited_at: Mapped[datetime | None]
    replies_count: Mapped[int] = mapped_column(default=0)
    boosts_count: Mapped[int] = mapped_column(default=0)
    likes_count: Mapped[int] = mapped_column(default=0)
    quotes_count: Mapped[int] = mapped_column(default=0)
    quote_of_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    quote_uri: Mapped[str | None]  # what it quotes, known here or not
    quote_state: Mapped[str | None]  # pending, accepted, rejected, revoked, deleted
    quote_stamp: Mapped[str | None]  # its author's leave (FEP-044f)
    quote_policy: Mapped[str | None]  # who may quote it: public, followers, nobody
    emojis: Mapped[list[Any] | None]
    extras: Mapped[dict[str, Any] | None]  # what only some posts have
    version: Mapped[int] = mapped_column(default=1)  # grows with each change others may see


class PostEdit(Row):
    """How a post read before it was edited. The id holds the moment of that version."""

    __tablename__ = "post_edits"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    title: Mapped[str | None]
    content: Mapped[str]
    source: Mapped[str | None]
    warning: Mapped[str] = mapped_column(default="")
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    extras: Mapped[dict[str, Any] | None]


class Mention(Table):
    """`actor` is named in, or at least addressed by (`is_silent`), a post."""

    __tablename__ = "mentions"
    __table_args__ = (
        Index("ix_mentions_actor_id_post_id", "actor_id", "post_id"),
        {"sqlite_with_rowid": False},
    )

    post_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
    )
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True
    )
    is_silent: Mapped[bool] = mapped_column(default=False)
    # Addressed by `bto` or `bcc`: they get it, and nobody else learns that they do.
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class Tag(Row):
    """A hashtag. `name` is in lower case, `display` as first seen."""

    __tablename__ = "tags"

    name: Mapped[str] = mapped_column(unique=True)
    display: Mapped[str]


class PostTag(Table):
    """A post carries a hashtag."""

    __tablename__ = "post_tags"
    __table_args__ = (
        Index("ix_post_tags_post_id", "post_id"),
        {"sqlite_with_rowid": False},
    )

    tag_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True
    )
    post_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
    )


class Attachment(Row):
    """A picture, sound or film of a post, kept here or only known by its address."""

    __tablename__ = "attachments"

    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), index=True
    )
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("actors.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(default="image")  # image, gifv, video, audio, unknown
    media_type: Mapped[str | None]
    remote_url: Mapped[str | None]
    file: Mapped[str | None]  # the storage key, for what we keep
    preview_file: Mapped[str | None]
    description: Mapped[str | None]
    blurhash: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    preview_width: Mapped[int | None]
    preview_height: Mapped[int | None]
    duration: Mapped[float | None]
    focus_x: Mapped[float | None]
    focus_y: Mapped[float | None]
    bytes: Mapped[int] = mapped_column(default=0)
    processed_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]  # somebody works on it, or it is tried again after
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]


class Like(Row):
    """An actor likes a post; `emoji` when they said with which one."""

    __tablename__ = "likes"
    __table_args__ = (UniqueConstraint("post_id", "actor_id"),)

    uri: Mapped[str | None] = mapped_column(index=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    emoji: Mapped[str | None]


class Bookmark(Row):
    """A member keeps a post for later."""

    __tablename__ = "bookmarks"
    __table_args__ = (UniqueConstraint("actor_id", "post_id"),)

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)


class Pin(Row):
    """An actor shows a post at the top of their profile."""

    __tablename__ = "pins"
    __table_args__ = (UniqueConstraint("actor_id", "post_id"),)

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)


class HomeEntry(Table):
    """A post stands in a member's home timeline. Written when the post arrives, so that
    reading costs the same whatever they follow and however much is stored."""

    __tablename__ = "home_entries"
    __table_args__ = (
        Index("ix_home_entries_post_id", "post_id"),
        {"sqlite_with_rowid": False},
    )

    owner_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True
    )
    post_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
    )


class Tombstone(Table):
    """Something was here and is gone; or was deleted before it even arrived."""

    __tablename__ = "tombstones"
    __table_args__ = ({"sqlite_with_rowid": False},)

    uri: Mapped[str] = mapped_column(primary_key=True)
    former_type: Mapped[str | None]
    actor_uri: Mapped[str | None]
    is_local: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime] = mapped_column(index=True)
