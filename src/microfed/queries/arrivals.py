"""Where a post that has just arrived, or was corrected, is to be shown while people look.

A few queries for all the posts and all the people at once, however many they are.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import and_, bindparam, case, exists, literal, or_, select
from sqlalchemy.orm import aliased

from microfed.queries.cards import (
    NOW,
    author,
    entry,
    has_media,
    inner,
    near_conditions,
    public_conditions,
)
from microfed.queries.silence import not_silenced
from microfed.queries.visibility import Viewer, listed_publicly, visible_to
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import HomeEntry, Mention, PostTag, Tag
from microfed.vocab.audience import Audience

IDS: Any = bindparam("ids", expanding=True)


@dataclass(frozen=True, slots=True)
class Looker:
    """Someone who may see a post, and which lists of their own it stands on."""

    is_home: bool
    is_talk: bool  # a conversation between people, and they are one of them


@dataclass(frozen=True, slots=True)
class Arrival:
    """A post and everything that decides where it appears."""

    id: int
    actor_id: int
    thread_id: int
    is_local: bool
    is_listed: bool  # said to everyone, and passed on by nobody
    is_public: bool  # and stands on the public timeline
    is_near: bool  # and stands on the timeline of the place, for those who live here
    has_media: bool
    is_open: bool  # anyone at all may see it
    tags: frozenset[str]
    lookers: Mapping[int, Looker]


def arrivals(tx: Tx, ids: Collection[int], people: Collection[int]) -> dict[int, Arrival]:
    """Return posts by id, each with those of `people` (ids of members here) who may see it now.

    Whoever silenced its author, or whom it passes on, is not among them.
    """
    if not ids:
        return {}
    given = {"ids": list(ids)}
    rows: Any = tx.connection.execute(_facts(), given).all()
    tags, lookers = _tags(tx, given), _lookers(tx, given, people)
    whole: list[list[Any]] = [[*row, frozenset(tags[row[0]]), lookers[row[0]]] for row in rows]
    return {row[0]: Arrival(*row) for row in whole}


@lru_cache(1)
def _facts() -> Any:
    return (
        select(
            entry.id,
            entry.actor_id,
            _thread(),
            entry.is_local,
            _is(listed_publicly(entry)),
            _is(and_(*public_conditions(None))),
            _is(and_(*near_conditions())),
            _is(has_media()),
            _is(_visible(None)),
        )
        .join(author, author.id == entry.actor_id)
        .outerjoin(inner, inner.id == entry.boost_of_id)
        .where(entry.id.in_(IDS))
    )


def _lookers(
    tx: Tx, given: dict[str, list[int]], people: Collection[int]
) -> dict[int, dict[int, Looker]]:
    found: dict[int, dict[int, Looker]] = defaultdict(dict)
    if not people:
        return found
    asked = {**given, "people": list(people), "now": int(tx.now.timestamp() * 1000)}
    for post_id, person_id, is_home, is_talk in tx.connection.execute(_who_looks(), asked):
        found[post_id][person_id] = Looker(bool(is_home), bool(is_talk))
    return found


@lru_cache(1)
def _who_looks() -> Any:
    person = aliased(Actor, name="person")
    at_home = exists(
        select(HomeEntry.post_id).where(
            HomeEntry.owner_id == person.id, HomeEntry.post_id == entry.id
        )
    )
    is_named = exists(
        select(Mention.post_id).where(Mention.post_id == entry.id, Mention.actor_id == person.id)
    )
    talks = and_(entry.audience == Audience.PEOPLE, or_(entry.actor_id == person.id, is_named))
    return (
        select(entry.id, person.id, _is(at_home), _is(talks))
        .select_from(entry)
        .join(person, person.id.in_(bindparam("people", expanding=True)))
        .outerjoin(inner, inner.id == entry.boost_of_id)
        .where(
            entry.id.in_(IDS),
            _visible(Viewer(cast(int, person.id))),
            not_silenced(person.id, entry.actor_id, NOW),
            or_(entry.boost_of_id.is_(None), not_silenced(person.id, inner.actor_id, NOW)),
        )
    )


def _tags(tx: Tx, given: dict[str, list[int]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for post_id, name in tx.connection.execute(_tags_of(), given):
        found[post_id].append(name)
    return found


@lru_cache(1)
def _tags_of() -> Any:
    return (
        select(PostTag.post_id, Tag.name)
        .join(Tag, Tag.id == PostTag.tag_id)
        .where(PostTag.post_id.in_(IDS))
    )


def _visible(viewer: Viewer | None) -> Any:
    return and_(
        visible_to(viewer, entry), or_(entry.boost_of_id.is_(None), visible_to(viewer, inner))
    )


def _thread() -> Any:
    return case((entry.thread_id.is_(None), entry.id), else_=entry.thread_id)


def _is(condition: Any) -> Any:
    # A column of its own in both engines: PostgreSQL says true, SQLite 1.
    return case((condition, literal(True)), else_=literal(False))
