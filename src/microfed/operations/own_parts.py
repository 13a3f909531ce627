"""What a member brings of their own: profile, filters, balance, directory, circles, and settings.

What is here already stays as it is. Each part in a transaction of its own, and nothing twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from microfed.errors import Invalid
from microfed.operations.archive_parts import need_wanted, part_is_taken
from microfed.operations.bilan import BROUGHT, Account, bring_line
from microfed.operations.brought_lists import queue_list
from microfed.operations.circles import make_circle
from microfed.operations.directory import Entry, change_entry
from microfed.operations.files import Kept
from microfed.operations.filters import ACTIONS, CONTEXTS, KeywordWish, make_filter
from microfed.operations.habits import change_first_audience, change_reading
from microfed.operations.media import set_picture
from microfed.operations.profiles import (
    LONGEST_FIELD,
    LONGEST_NAME,
    LONGEST_NOTE,
    MOST_FIELDS,
    ProfileChange,
    change_profile,
)
from microfed.operations.tags import follow_tag, need_tag
from microfed.store.circles import Circle
from microfed.store.database import Tx
from microfed.store.directory import DirectoryEntry
from microfed.store.filters import Filter
from microfed.store.own import FollowedTag
from microfed.store.people import Actor, Member
from microfed.text import bare_text, clean_text
from microfed.vocab.archive_own import day_of, read_profile, texts
from microfed.vocab.brought_lists import ReadList

Things = Sequence[Mapping[str, Any]]
# What was made, what was here already, what cannot be taken.
Counts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class OwnPart:
    """A part as it is brought: its things, and pictures that are in the storage already."""

    part: str
    things: Things
    pictures: Sequence[Kept] = field(default=())
    is_home: bool = False  # the archive was made in this very place


def take_own(tx: Tx, id_: int, brought: OwnPart) -> bool:
    """Bring a part of an archive; False when that is no more wanted."""
    row = need_wanted(tx, id_, brought.part)
    if row is None:
        return False
    me = tx.session.get_one(Actor, row.member_id)
    made, known, bad = _DEEDS[brought.part](tx, me, brought)
    part_is_taken(tx, row, brought.part, made=made, known=known, bad=bad)
    return True


def _each(things: Things, deed: Callable[[Mapping[str, Any]], bool]) -> Counts:
    """Do something with each thing; one that cannot be taken spoils no other."""
    made = known = bad = 0
    for thing in things:
        try:
            is_new = deed(thing)
        except (Invalid, TypeError, ValueError, AttributeError):  # somebody wrote the file by hand
            bad += 1
            continue
        made, known = made + is_new, known + (not is_new)
    return made, known, bad


def _profile(tx: Tx, me: Actor, brought: OwnPart) -> Counts:
    """Only what is empty here is filled: what somebody wrote of themselves stays."""
    old = read_profile(brought.things[0])
    is_bare = me.display_name in ("", me.username)
    name, note = bare_text(old.name)[:LONGEST_NAME], bare_text(old.note)[:LONGEST_NOTE]
    fields = [
        (bare_text(label)[:LONGEST_FIELD], bare_text(value)[:LONGEST_FIELD])
        for label, value in old.fields[:MOST_FIELDS]
    ]
    change = ProfileChange(
        display_name=name if is_bare and name and name != me.display_name else None,
        note=note if note and not me.note else None,
        fields=fields if fields and not me.fields else None,
    )
    made = sum(each is not None for each in (change.display_name, change.note, change.fields))
    for picture in brought.pictures:
        if picture.slot == "avatar" and not me.avatar_uri:
            set_picture(tx, actor=me, slot="avatar", file=picture)
            made += 1
        elif picture.slot == "header" and not me.header_uri:
            set_picture(tx, actor=me, slot="header", file=picture)
            made += 1
    if made:
        change_profile(tx, actor=me, change=change)
    return made, int(not made), 0


def _filters(tx: Tx, me: Actor, brought: OwnPart) -> Counts:
    titles = set(tx.connection.scalars(select(Filter.title).where(Filter.owner_id == me.id)))

    def deed(said: Mapping[str, Any]) -> bool:
        title = clean_text(str(said.get("title") or "")).strip()
        if title in titles:
            return False
        contexts = texts(said.get("contexts") or said.get("context"))
        lasts = None
        if until := said.get("expires_at") or said.get("expire_at"):
            lasts = datetime.fromisoformat(str(until)) - tx.now
            if lasts.total_seconds() <= 0:
                return False
        words = said.get("keywords") or said.get("keywords_attributes") or []
        wishes = [
            KeywordWish(
                str(each["keyword"]), bool(each.get("is_whole_word", each.get("whole_word")))
            )
            for each in words
            if isinstance(each, Mapping) and each.get("keyword")
        ]
        action = said.get("action")
        make_filter(
            tx,
            owner=me,
            title=title,
            contexts=[each for each in contexts if each in CONTEXTS],
            action=action if action in ACTIONS else "warn",
            lasts=lasts,
            keywords=wishes,
        )
        titles.add(title)
        return True

    return _each(brought.things, deed)


def _is_whole(said: Mapping[str, Any]) -> bool:
    return bool(said.get("is_whole_word", said.get("whole_word")))


def _tags(tx: Tx, me: Actor, brought: OwnPart) -> Counts:
    mine = select(FollowedTag.tag_id).where(FollowedTag.owner_id == me.id)
    known = set(tx.connection.scalars(mine))

    def deed(said: Mapping[str, Any]) -> bool:
        tag = need_tag(tx, str(said["name"]))
        if tag.id in known:
            return False
        follow_tag(tx, owner=me, tag=tag)
        known.add(tag.id)
        return True

    return _each(brought.things, deed)


def _balance(tx: Tx, me: Actor, brought: OwnPart) -> Counts:
    def deed(said: Mapping[str, Any]) -> bool:
        day = day_of(said.get("day"))
        if day is None:
            raise Invalid("there is no day")
        account = Account(
            day=day,
            side=str(said.get("side")),
            minutes=int(said.get("minutes") or 0),
            name=str(said.get("name") or ""),
            brought=tuple(each for each in texts(said.get("brought")) if each in BROUGHT),
            words=str(said.get("words") or ""),
        )
        return bring_line(tx, owner_id=me.id, account=account)

    return _each(brought.things, deed)


def _directory(tx: Tx, me: Actor, brought: OwnPart) -> Counts:
    """Neighbours of another place are other people: there it is shown to nobody but the world."""
    entry = tx.session.get(DirectoryEntry, me.id)
    if entry is not None and (entry.trade or entry.skills or entry.associations or entry.area):
        return 0, 1, 0

    def deed(said: Mapping[str, Any]) -> bool:
        shown = said.get("shown_to")
        shown_to = {
            str(name): str(circle)
            for name, circle in (shown.items() if isinstance(shown, Mapping) else ())
            if brought.is_home or circle == "public"
        }
        given = Entry(
            trade=str(said.get("trade") or ""),
            skills=texts(said.get("skills")),
            associations=texts(said.get("associations")),
            area=str(said.get("area") or ""),
            shown_to=shown_to,
        )
        change_entry(tx, actor=me, entry=given)
        return True

    return _each(brought.things[:1], deed)


def _settings(tx: Tx, me: Actor, brought: OwnPart) -> Counts:
    """Colours, and whom words are for at first, unless they are chosen here."""
    said = brought.things[0].get("preferences")
    wanted: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    made = 0
    member = tx.session.get_one(Member, me.id)
    try:
        if wanted.get("theme") and not (member.preferences or {}).get("theme"):
            theme = str(wanted["theme"])
            change_reading(tx, member_id=me.id, language=member.language, theme=theme)
            made += 1
        if wanted.get("audience") and not (member.preferences or {}).get("audience"):
            change_first_audience(tx, member_id=me.id, audience=str(wanted["audience"]))
            made += 1
    except Invalid:
        return made, 0, 1
    return made, int(not made), 0


def _circles(tx: Tx, me: Actor, brought: OwnPart) -> Counts:
    """The circles at once; who is in them, one after the other: each must follow their owner."""
    titles = set(tx.connection.scalars(select(Circle.title).where(Circle.owner_id == me.id)))
    people: list[tuple[int, dict[str, Any]]] = []

    def deed(said: Mapping[str, Any]) -> bool:
        title = clean_text(str(said.get("title") or "")).strip()
        is_new = title not in titles
        if is_new:
            make_circle(tx, owner=me, title=title)
            titles.add(title)
        for uri in texts(said.get("people")):
            if uri.startswith(("https://", "http://")) and len(uri) < 2_000:
                people.append((len(people) + 1, {"what": uri, "title": title}))
        return is_new

    counts = _each(brought.things, deed)
    if people:
        read = ReadList(tuple(people), ())
        queue_list(tx, member_id=me.id, kind="circle_people", read=read)
    return counts


_DEEDS: dict[str, Callable[[Tx, Actor, OwnPart], Counts]] = {
    "profile": _profile,
    "filters": _filters,
    "tags": _tags,
    "balance": _balance,
    "directory": _directory,
    "settings": _settings,
    "circles": _circles,
}
