"""What else of a member goes into the file that they take along: one line for each kind of thing.

Whoever adds a table of what is a member's own adds a line to PARTS, the name of the file and what
fills it, and one to archive_tables. `own(Table.owner_id, Table.title, …)` is enough for most: the
rows whose first column is the member, with the other columns as they are. People and posts go in by
their addresses, never by our numbers, so that the file can be read anywhere.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from microfed.queries.archive_account import ACCOUNT
from microfed.queries.archive_rows import Part, plain
from microfed.queries.archive_together import TOGETHER
from microfed.store.aid import Aid
from microfed.store.bilan import BilanEntry
from microfed.store.circles import Circle, CircleMember
from microfed.store.database import Tx
from microfed.store.directory import DirectoryEntry
from microfed.store.events import Event, EventAnswer
from microfed.store.filters import Filter, FilterKeyword, FilterPost
from microfed.store.lists import ListMember, PeopleList
from microfed.store.own import (
    Endorsement,
    FeaturedTag,
    FollowedTag,
    PersonalNote,
    PlannedPost,
    SilencedHost,
)
from microfed.store.people import Actor, Member
from microfed.store.polls import PollOption, Vote
from microfed.store.posts import Pin, Post, Tag


def own(owner: InstrumentedAttribute[Any], *columns: InstrumentedAttribute[Any]) -> Part:
    """Return what lists the rows of a table that are a member's own, as objects."""

    def part(tx: Tx, me: int) -> list[dict[str, Any]]:
        rows = tx.connection.execute(select(*columns).where(owner == me)).all()
        return [plain([column.key for column in columns], row) for row in rows]

    return part


def _lists(tx: Tx, me: int) -> list[dict[str, Any]]:
    lists = tx.connection.execute(
        select(PeopleList.id, PeopleList.title, PeopleList.replies, PeopleList.is_exclusive)
        .where(PeopleList.owner_id == me)
        .order_by(PeopleList.id)
    ).all()
    return [
        {
            **plain(("title", "replies", "is_exclusive"), row[1:]),
            "people": _uris(
                tx,
                select(Actor.uri)
                .join(ListMember, ListMember.actor_id == Actor.id)
                .where(ListMember.list_id == row.id),
            ),
        }
        for row in lists
    ]


def _filters(tx: Tx, me: int) -> list[dict[str, Any]]:
    filters = tx.session.scalars(
        select(Filter).where(Filter.owner_id == me).order_by(Filter.id)
    ).all()
    return [
        {
            "title": found.title,
            "contexts": found.contexts,
            "action": found.action,
            "expires_at": None if found.expires_at is None else found.expires_at.isoformat(),
            "keywords": own(
                FilterKeyword.filter_id, FilterKeyword.keyword, FilterKeyword.is_whole_word
            )(tx, found.id),
            "posts": _uris(
                tx,
                select(Post.uri)
                .join(FilterPost, FilterPost.post_id == Post.id)
                .where(FilterPost.filter_id == found.id),
            ),
        }
        for found in filters
    ]


def _aid(tx: Tx, me: int) -> list[dict[str, Any]]:
    columns = (Aid.kind, Aid.category, Aid.title, Aid.words, Aid.place, Aid.until, Aid.state)
    rows = tx.connection.execute(
        select(Post.uri, *columns)
        .join(Post, Post.id == Aid.id)
        .where(Post.actor_id == me)
        .order_by(Aid.id)
    )
    return [plain(["post", *(column.key for column in columns)], row) for row in rows]


def _circles(tx: Tx, me: int) -> list[dict[str, Any]]:
    circles = tx.connection.execute(
        select(Circle.id, Circle.title).where(Circle.owner_id == me).order_by(Circle.id)
    ).all()
    return [
        {
            "title": row.title,
            "people": _uris(
                tx,
                select(Actor.uri)
                .join(CircleMember, CircleMember.actor_id == Actor.id)
                .where(CircleMember.circle_id == row.id),
            ),
        }
        for row in circles
    ]


def _events(tx: Tx, me: int) -> list[dict[str, Any]]:
    columns = (
        *(Event.title, Event.words, Event.starts_at, Event.ends_at, Event.zone),
        *(Event.place, Event.capacity, Event.state),
    )
    rows = tx.connection.execute(
        select(Post.uri, *columns)
        .join(Post, Post.id == Event.id)
        .where(Post.actor_id == me)
        .order_by(Event.id)
    )
    return [plain(["post", *(column.key for column in columns)], row) for row in rows]


def _answers(tx: Tx, me: int) -> list[dict[str, Any]]:
    rows = tx.connection.execute(
        select(Post.uri, EventAnswer.state, EventAnswer.since, EventAnswer.words)
        .join(Post, Post.id == EventAnswer.event_id)
        .where(EventAnswer.actor_id == me)
        .order_by(EventAnswer.id)
    )
    return [plain(("event", "state", "since", "words"), row) for row in rows]


def _notes(tx: Tx, me: int) -> list[dict[str, Any]]:
    rows = tx.connection.execute(
        select(Actor.uri, PersonalNote.text)
        .join(Actor, Actor.id == PersonalNote.about_id)
        .where(PersonalNote.writer_id == me)
    )
    return [plain(("about", "text"), row) for row in rows]


def _votes(tx: Tx, me: int) -> list[dict[str, Any]]:
    rows = tx.connection.execute(
        select(Post.uri, PollOption.title)
        .join(Vote, Vote.poll_id == Post.id)
        .join(
            PollOption,
            (PollOption.poll_id == Vote.poll_id) & (PollOption.position == Vote.position),
        )
        .where(Vote.actor_id == me)
        .order_by(Vote.id)
    )
    return [plain(("poll", "answer"), row) for row in rows]


def _tags(table: type[FollowedTag] | type[FeaturedTag], owner: Any) -> Part:
    return lambda tx, me: _uris(
        tx, select(Tag.display).join(table, table.tag_id == Tag.id).where(owner == me)
    )


def _pinned(tx: Tx, me: int) -> list[str]:
    return _uris(tx, select(Post.uri).join(Pin, Pin.post_id == Post.id).where(Pin.actor_id == me))


def _recommended(tx: Tx, me: int) -> list[str]:
    return _uris(
        tx,
        select(Actor.uri)
        .join(Endorsement, Endorsement.endorsed_id == Actor.id)
        .where(Endorsement.actor_id == me),
    )


PARTS: dict[str, Part] = {
    "lists.json": _lists,
    "filters.json": _filters,
    "aid.json": _aid,
    "circles.json": _circles,
    "events.json": _events,
    "answers_to_events.json": _answers,
    "bilan.json": own(
        *(BilanEntry.owner_id, BilanEntry.day, BilanEntry.side, BilanEntry.name),
        *(BilanEntry.minutes, BilanEntry.brought, BilanEntry.words),
    ),
    "directory.json": own(
        *(DirectoryEntry.id, DirectoryEntry.trade, DirectoryEntry.skills),
        *(DirectoryEntry.associations, DirectoryEntry.area, DirectoryEntry.shown_to),
    ),
    "notes_on_people.json": _notes,
    "votes.json": _votes,
    "followed_tags.json": _tags(FollowedTag, FollowedTag.owner_id),
    "featured_tags.json": _tags(FeaturedTag, FeaturedTag.actor_id),
    "pinned.json": _pinned,
    "recommended_people.json": _recommended,
    "silenced_places.json": own(SilencedHost.owner_id, SilencedHost.host),
    "planned_posts.json": own(PlannedPost.actor_id, PlannedPost.due_at, PlannedPost.parameters),
    "settings.json": own(
        *(Member.id, Member.email, Member.language, Member.role),
        *(Member.created_at, Member.preferences),
    ),
    **TOGETHER,
    **ACCOUNT,
}


def _uris(tx: Tx, query: Any) -> list[str]:
    return list(tx.connection.scalars(query))
