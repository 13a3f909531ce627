"""What a member keeps for themselves: notes on people, people they recommend, what is planned."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class PersonalNote(Table):
    """What a member wrote down about someone; nobody else reads it."""

    __tablename__ = "personal_notes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    writer_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True
    )
    about_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    text: Mapped[str]


class Endorsement(Row):
    """A member shows someone they follow on their own profile."""

    __tablename__ = "endorsements"
    __table_args__ = (UniqueConstraint("actor_id", "endorsed_id"),)

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    endorsed_id: Mapped[int] = mapped_column(
        ForeignKey("actors.id", ondelete="CASCADE"), index=True
    )


class FeaturedTag(Row):
    """A member shows a hashtag they often use on their profile."""

    __tablename__ = "featured_tags"
    __table_args__ = (UniqueConstraint("actor_id", "tag_id"),)

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), index=True)


class FollowedTag(Row):
    """A member follows a hashtag: public posts that carry it stand in their home timeline."""

    __tablename__ = "followed_tags"
    __table_args__ = (UniqueConstraint("owner_id", "tag_id"),)

    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), index=True)


class DismissedSuggestion(Table):
    """A member does not want somebody suggested to them."""

    __tablename__ = "dismissed_suggestions"
    __table_args__ = ({"sqlite_with_rowid": False},)

    owner_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True
    )
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SilencedHost(Row):
    """A member wants nothing to do with a server elsewhere."""

    __tablename__ = "silenced_hosts"
    __table_args__ = (UniqueConstraint("owner_id", "host"),)

    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    host: Mapped[str]


class MutedThread(Table):
    """A member wants to hear no more of a conversation."""

    __tablename__ = "muted_threads"
    __table_args__ = ({"sqlite_with_rowid": False},)

    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True
    )
    thread_id: Mapped[int] = mapped_column(BigId, primary_key=True)


class PlannedPost(Row):
    """A post to be said later. `parameters` is the draft as the app sent it, already checked."""

    __tablename__ = "planned_posts"

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    due_at: Mapped[datetime | None] = mapped_column(index=True)  # None: it could not be said
    parameters: Mapped[dict[str, Any]]
    error: Mapped[str | None]


class SaidOnce(Table):
    """An app's word for one wish to post: asked again within the hour, it gets the same answer."""

    __tablename__ = "said_once"
    __table_args__ = ({"sqlite_with_rowid": False},)

    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    post_id: Mapped[int]  # of a post, or of a planned one
    is_planned: Mapped[bool] = mapped_column(default=False)
    said_at: Mapped[datetime] = mapped_column(index=True)


class Archive(Table):
    """All that a member said and brought, gathered for them to take away; the file is in `key`."""

    __tablename__ = "archives"

    member_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    asked_at: Mapped[datetime]
    done: Mapped[int] = mapped_column(default=0)  # of `total` posts and files
    total: Mapped[int] = mapped_column(default=0)
    key: Mapped[str | None]
    bytes: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
