"""The directory as each may see it: those who live here, allied places, and anyone at all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from microfed.queries.people_lists import wishes_to_be_found
from microfed.queries.posts import load_people
from microfed.queries.silence import not_silenced
from microfed.queries.views import PersonView
from microfed.queries.visibility import shut_out
from microfed.store.database import Tx
from microfed.store.directory import DirectoryEntry
from microfed.store.people import Actor, Member
from microfed.store.search import fold
from microfed.vocab.directory import FIELDS

PAGE = 40
MOST_WORDS = 8
_MOST_COUNTED = 2_000
_MOST_NAMED = 60
# Who sees what is shown to whom.
SEES = {"here": ("here", "ring", "public"), "ring": ("ring", "public"), "public": ("public",)}


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody in the directory, with what whoever looks may see of it."""

    person: PersonView
    uri: str
    trade: str
    skills: tuple[str, ...]
    associations: tuple[str, ...]
    area: str


def found_in_directory(
    tx: Tx,
    circle: str,
    words: str = "",
    *,
    me: int | None = None,
    after: str = "",
    most: int = PAGE,
) -> list[Line]:
    """Return who is found by these words, by the name they sign in with, from `after` on.

    `circle` is who looks: here, ring or public. Words are beginnings, without accents; all must
    be there, in what that circle may see. Without words, everybody who stands there.
    """
    query = (
        select(DirectoryEntry, Actor.uri)
        .join(Actor, Actor.id == DirectoryEntry.id)
        .join(Member, Member.id == DirectoryEntry.id)
        .where(*_shown(tx, circle, me))
    )
    for one in fold(words)[:MOST_WORDS]:
        query = query.where(_words(circle).contains(f" {one}", autoescape=True))
    if after:
        query = query.where(Actor.name_key > after)
    rows = tx.session.execute(query.order_by(Actor.name_key).limit(most)).all()
    people = load_people(tx, [row[0].id for row in rows])
    return [_line(entry, uri, people[entry.id], circle) for entry, uri in rows]


def names_in_directory(tx: Tx, circle: str, *, me: int | None = None) -> dict[str, list[str]]:
    """Return the trades, skills and associations there are, by how many have them."""
    rows = tx.session.scalars(
        select(DirectoryEntry)
        .join(Actor, Actor.id == DirectoryEntry.id)
        .join(Member, Member.id == DirectoryEntry.id)
        .where(*_shown(tx, circle, me))
        .order_by(DirectoryEntry.id)
        .limit(_MOST_COUNTED)
    )
    counts: dict[str, Counter[str]] = {name: Counter() for name in FIELDS[:3]}
    spelled: dict[str, str] = {}
    for entry in rows:
        for name, known in counts.items():
            value = _seen(entry, name, circle)
            for one in [value] if isinstance(value, str) else value:
                if key := " ".join(fold(one)):
                    spelled.setdefault(key, one)
                    known[key] += 1
    return {
        name: sorted((spelled[key] for key, _ in known.most_common(_MOST_NAMED)), key=_sorted_by)
        for name, known in counts.items()
    }


def my_entry(tx: Tx, me: int) -> DirectoryEntry | None:
    """Return what a member says of themselves, all of it."""
    return tx.session.get(DirectoryEntry, me)


def with_my_skills(tx: Tx, me: int) -> Sequence[ColumnElement[bool]]:
    """Return the conditions that an entry, as neighbours see it, holds a skill of mine."""
    mine = tx.session.get(DirectoryEntry, me)
    if mine is None or not mine.shown_to.get("skills"):
        return ()
    phrases = [" ".join(fold(str(skill))) for skill in mine.skills]
    return [
        DirectoryEntry.words_here.contains(f" {phrase} ", autoescape=True)
        for phrase in phrases
        if phrase
    ]


def _shown(tx: Tx, circle: str, me: int | None) -> tuple[Any, ...]:
    apart: tuple[Any, ...] = ()
    if me is not None:
        apart = (not_silenced(me, Actor.id, tx.now), ~shut_out(me, by=Actor.id))
    return (
        *wishes_to_be_found(),
        Member.approved_at.is_not(None),
        Member.suspended_at.is_(None),
        _words(circle) != "",
        *apart,
    )


def _words(circle: str) -> Any:
    return {
        "here": DirectoryEntry.words_here,
        "ring": DirectoryEntry.words_ring,
        "public": DirectoryEntry.words_public,
    }[circle]


def _line(entry: DirectoryEntry, uri: str, person: PersonView, circle: str) -> Line:
    seen: Mapping[str, Any] = {name: _seen(entry, name, circle) for name in FIELDS}
    return Line(
        person,
        uri,
        str(seen["trade"] or ""),
        tuple(seen["skills"]),
        tuple(seen["associations"]),
        str(seen["area"] or ""),
    )


def _seen(entry: DirectoryEntry, name: str, circle: str) -> Any:
    value = getattr(entry, name)
    empty: Any = "" if isinstance(value, str) else []
    return value if entry.shown_to.get(name) in SEES[circle] else empty


def _sorted_by(name: str) -> list[str]:
    return fold(name)
