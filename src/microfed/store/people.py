"""People: anyone who can act, the members among them, their keys, and who follows whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from microfed.store.rows import BigId, Row, Table, part_index

HERE = ""  # the host of everyone who lives here
INSTANCE_ACTOR = "instance.actor"  # a member's name has no dot, so nobody can take it


class Actor(Row):
    """Anyone who can act: a neighbour here (`host` is empty), or someone on another server."""

    __tablename__ = "actors"
    __table_args__ = (
        Index("ix_actors_host_name_key", "host", "name_key"),
        part_index(
            "uq_actors_local_name",
            "name_key",
            unique=True,
            where="host = ''",
        ),
        Index("ix_actors_inbox_uri", "inbox_uri"),
    )

    uri: Mapped[str] = mapped_column(unique=True)
    username: Mapped[str]
    name_key: Mapped[str]  # the user name in lower case
    host: Mapped[str] = mapped_column(default=HERE)
    kind: Mapped[str] = mapped_column(default="Person")
    display_name: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")  # safe HTML
    note_source: Mapped[str | None]
    url: Mapped[str | None]
    inbox_uri: Mapped[str]
    shared_inbox_uri: Mapped[str | None]
    outbox_uri: Mapped[str | None]
    followers_uri: Mapped[str | None]
    following_uri: Mapped[str | None]
    featured_uri: Mapped[str | None]
    is_locked: Mapped[bool] = mapped_column(default=False)
    is_discoverable: Mapped[bool] = mapped_column(default=False)
    is_indexable: Mapped[bool] = mapped_column(default=False)
    is_memorial: Mapped[bool] = mapped_column(default=False)
    hides_follows: Mapped[bool] = mapped_column(default=False)
    # A group that only its members know of; to everyone else it does not exist.
    is_private: Mapped[bool] = mapped_column(default=False, server_default=false())
    avatar_uri: Mapped[str | None]
    avatar_description: Mapped[str | None]
    header_uri: Mapped[str | None]
    header_description: Mapped[str | None]
    fields: Mapped[list[Any]] = mapped_column(default=list)  # [{"name", "value": safe HTML}]
    emojis: Mapped[list[Any]] = mapped_column(default=list)  # [{"shortcode", "url"}]
    also_known_as: Mapped[list[Any]] = mapped_column(default=list)
    moved_to_uri: Mapped[str | None]
    extras: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what only some peers say
    followers_count: Mapped[int] = mapped_column(default=0)
    following_count: Mapped[int] = mapped_column(default=0)
    posts_count: Mapped[int] = mapped_column(default=0)
    last_post_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    silenced_at: Mapped[datetime | None]
    silenced_with: Mapped[str | None]  # the domain whose rule silences them, not they themselves
    sensitized_at: Mapped[datetime | None]  # all their pictures are behind a veil
    gone_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)  # grows with each change others may see

    @property
    def is_local(self) -> bool:
        """Whether they live here."""
        return self.host == HERE


class ActorKey(Row):
    """A public key and whose it is; with the private half when the actor lives here."""

    __tablename__ = "actor_keys"

    uri: Mapped[str] = mapped_column(unique=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    algorithm: Mapped[str]  # rsa, ed25519
    public: Mapped[str]  # PEM (SPKI) for rsa, multibase for ed25519
    private: Mapped[str | None]  # PEM (PKCS#8)
    fetched_at: Mapped[datetime | None]


class Member(Table):
    """A login here. Its id is its actor's."""

    __tablename__ = "members"

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    email: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    role: Mapped[str] = mapped_column(default="member")  # admin, organiser, member
    language: Mapped[str] = mapped_column(default="fr")
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]  # cannot sign in; what they said stands
    last_seen_on: Mapped[datetime | None]  # midnight: the day, never the minute
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)

    actor: Mapped[Actor] = relationship(lazy="raise")


class Follow(Row):
    """`follower` follows `target` once `accepted_at` is set; until then it is a request."""

    __tablename__ = "follows"
    __table_args__ = (
        UniqueConstraint("follower_id", "target_id"),
        Index("ix_follows_target_id_accepted_at", "target_id", "accepted_at"),
        part_index(
            "ix_follows_notifies",
            "target_id",
            where="notifies = 1",
        ),
    )

    uri: Mapped[str] = mapped_column(unique=True)
    follower_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    accepted_at: Mapped[datetime | None]
    shows_boosts: Mapped[bool] = mapped_column(default=True)
    notifies: Mapped[bool] = mapped_column(default=False)
    languages: Mapped[list[Any]] = mapped_column(default=list)

    follower: Mapped[Actor] = relationship(foreign_keys=[follower_id], lazy="raise")
    target: Mapped[Actor] = relationship(foreign_keys=[target_id], lazy="raise")


class Block(Row):
    """`blocker` wants nothing more to do with `blocked`."""

    __tablename__ = "blocks"
    __table_args__ = (UniqueConstraint("blocker_id", "blocked_id"),)

    uri: Mapped[str | None]
    blocker_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    blocked_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)


class Mute(Row):
    """`muter` does not want to read `muted` for a while, or for good."""

    __tablename__ = "mutes"
    __table_args__ = (UniqueConstraint("muter_id", "muted_id"),)

    muter_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    muted_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    hides_notifications: Mapped[bool] = mapped_column(default=True)
    expires_at: Mapped[datetime | None]
