"""Events: when neighbours meet, and who comes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class Event(Table):
    """A meeting. Its id is that of the post that says it; who may read it is said there.

    An event from elsewhere has such a row too, as its home describes it.
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    title: Mapped[str]
    words: Mapped[str] = mapped_column(default="")  # as its author wrote them; a post has more
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    zone: Mapped[str]  # the clock on the wall there, such as Europe/Paris
    place: Mapped[str] = mapped_column(default="")
    capacity: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="confirmed")  # confirmed, tentative, cancelled
    # How its home elsewhere is answered: free, restricted, invite, external; empty when it does
    # not say, and then one says yes or no to it.
    join_mode: Mapped[str] = mapped_column(default="free")
    page: Mapped[str | None]  # where one signs up, when that is another site
    elsewhere_count: Mapped[int | None]  # who comes, as its home elsewhere counts
    takes_mail: Mapped[bool] = mapped_column(default=False)  # answers of people without account
    # The first of the dates it repeats on; no reference, for each date can be taken back alone.
    series_id: Mapped[int | None] = mapped_column(BigId, index=True)
    series_day: Mapped[str | None]  # by which calendars know this date, wherever it is put
    later: Mapped[list[Any] | None]  # when it begins again: dates whose turn has not come
    # What those dates say where this one alone was put in other words; else they say the same.
    later_plan: Mapped[dict[str, Any] | None]
    sequence: Mapped[int] = mapped_column(default=0)  # grows when calendars must write it anew


class EventAnswer(Row):
    """Somebody said whether they come: an actor, or a guest with an e-mail address."""

    __tablename__ = "event_answers"
    __table_args__ = (
        UniqueConstraint("event_id", "actor_id"),
        UniqueConstraint("event_id", "address"),
        Index("ix_event_answers_event_id_state_since", "event_id", "state", "since"),
    )

    event_id: Mapped[int] = mapped_column(BigId, ForeignKey("events.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True
    )
    # going, maybe, declined; waiting for a place; asked: an event's home elsewhere has not
    # answered yet; refused: it said no; unproven: a guest has not followed the link in the mail
    state: Mapped[str]
    since: Mapped[datetime]
    # The way it came, and so the way it is answered: web, join (Mobilizon), word (Friendica),
    # poll (Mastodon), mail
    way: Mapped[str] = mapped_column(default="web")
    uri: Mapped[str | None] = mapped_column(unique=True)  # of the activity, where it was one
    words: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")  # of a guest
    address: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="")
    # Of a guest's link: what it is found by, and itself, sealed, for the mails that follow.
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    token: Mapped[str | None]
    # When it begins, in seconds, as they were last reminded: once for each hour it is put at.
    reminded_of: Mapped[int | None] = mapped_column(BigId)


class EventPoll(Table):
    """A question put to somebody whose server knows no answers to events; its id is the post's."""

    __tablename__ = "event_polls"

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    event_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("events.id", ondelete="CASCADE"), index=True
    )
    actor_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True
    )


class CalendarKey(Table):
    """The secret address of a member's calendar: what it is found by, and itself, sealed."""

    __tablename__ = "calendar_keys"

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    token_hash: Mapped[str] = mapped_column(unique=True)
    token: Mapped[str]
