"""What stands in the neighbourhood's letter, part by part: by rule, in the order of time.

Each part has two functions: `gather` names what belongs into the issue when it is made; `show`
reads it for somebody, who sees what they may see now. Without a viewer, that is what was said to
everyone.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from microfed.ids import first_id_at
from microfed.queries.aid import state_of
from microfed.queries.visibility import (
    Viewer,
    consultation_visible_to,
    listed_publicly,
    said_here,
    visible_to,
)
from microfed.store.aid import Aid
from microfed.store.consultations import Consultation
from microfed.store.database import Tx
from microfed.store.events import Event
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.text import called
from microfed.words import N_

MOST = 40  # of a kind in an issue; a mail shows fewer
SOON = timedelta(days=14)
_CANCELLED, _TALKED_OVER, _COUNTED = N_("Cancelled"), N_("Being talked over"), N_("Counted")
_KINDS = {"offer": N_("I offer"), "need": N_("I need")}
_STATES = {"under_way": N_("Under way"), "done": N_("Done"), "expired": N_("Over")}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in a letter. `lead` and `standing` are messages that are said in any language."""

    title: str
    path: str  # below our address
    lead: str = ""
    where: str = ""
    at: datetime | None = None
    until: datetime | None = None
    standing: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a letter; `path` leads to all there is of it."""

    name: str
    title: str
    path: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Part:
    """How a part of the letter comes about."""

    title: str
    path: str
    gather: Callable[[Tx, datetime], list[int]]
    show: Callable[[Tx, Collection[int], Viewer | None], list[Line]]


def gather(tx: Tx, since: datetime) -> dict[str, list[int]]:
    """Return what belongs into the issue of now, by part; parts without anything are left out."""
    found = {name: part.gather(tx, since)[:MOST] for name, part in PARTS.items()}
    return {name: ids for name, ids in found.items() if ids}


def sections(tx: Tx, contents: dict[str, list[int]], viewer: Viewer | None) -> list[Section]:
    """Return the parts of an issue as `viewer` may see them now."""
    found = []
    for name, part in PARTS.items():
        lines = part.show(tx, contents.get(name, ()), viewer)
        if lines:
            found.append(Section(name, part.title, part.path, lines))
    return found


def _coming_events(tx: Tx, since: datetime) -> list[int]:
    """Events of people here in the two weeks to come, whenever they were said."""
    return list(
        tx.connection.scalars(
            select(Event.id)
            .join(Post, Post.id == Event.id)
            .where(
                said_here(),
                Event.state != "cancelled",
                Event.starts_at >= tx.now,
                Event.starts_at < tx.now + SOON,
            )
            .order_by(Event.starts_at, Event.id)
            .limit(MOST)
        )
    )


def _show_events(tx: Tx, ids: Collection[int], viewer: Viewer | None) -> list[Line]:
    if not ids:
        return []
    asked = select(Event).join(Post, Post.id == Event.id)
    asked = asked.where(Event.id.in_(ids), visible_to(viewer))
    if viewer is None:
        asked = asked.where(listed_publicly())
    return [
        Line(
            title=event.title,
            path=f"/agenda/{event.id}",
            where=event.place,
            at=event.starts_at,
            standing=_CANCELLED if event.state == "cancelled" else "",
        )
        for event in tx.session.scalars(asked.order_by(Event.starts_at, Event.id))
    ]


def _open_consultations(tx: Tx, since: datetime) -> list[int]:
    """What the place talks over or votes on now, whenever it began."""
    return list(
        tx.connection.scalars(
            select(Consultation.id)
            .outerjoin(Post, Post.id == Consultation.post_id)
            .where(
                Consultation.closed_at.is_(None),
                or_(said_here(), Consultation.opened_at.is_not(None)),
            )
            .order_by(Consultation.id)
            .limit(MOST)
        )
    )


def _show_consultations(tx: Tx, ids: Collection[int], viewer: Viewer | None) -> list[Line]:
    if not ids:
        return []
    asked = (
        select(Consultation)
        .outerjoin(Post, Post.id == Consultation.post_id)
        .where(Consultation.id.in_(ids), consultation_visible_to(viewer, Consultation))
    )
    if viewer is None:
        asked = asked.where(listed_publicly())
    return [
        Line(
            title=one.title,
            path=f"/consultations/{one.id}",
            lead=_TALKED_OVER if one.opened_at is None else "",
            until=one.closes_at,
            standing=_COUNTED if one.closed_at is not None else "",
        )
        for one in tx.session.scalars(asked.order_by(Consultation.id))
    ]


def _new_aid(tx: Tx, since: datetime) -> list[int]:
    """Offers and needs of people here that are new and still run."""
    return list(
        tx.connection.scalars(
            select(Aid.id)
            .join(Post, Post.id == Aid.id)
            .where(
                said_here(),
                Post.id >= first_id_at(since),
                Aid.state.in_(("open", "under_way")),
                Aid.expires_at > tx.now,
            )
            .order_by(Post.id)
            .limit(MOST)
        )
    )


def _show_aid(tx: Tx, ids: Collection[int], viewer: Viewer | None) -> list[Line]:
    if not ids:
        return []
    asked = select(Aid).join(Post, Post.id == Aid.id).where(Aid.id.in_(ids), visible_to(viewer))
    if viewer is None:
        asked = asked.where(listed_publicly())
    return [
        Line(
            title=aid.title,
            path=f"/entraide/{aid.id}",
            lead=_KINDS[aid.kind],
            where=aid.place,
            until=aid.until,
            standing=_STATES.get(state_of(aid, tx.now), ""),
        )
        for aid in tx.session.scalars(asked.order_by(Aid.id))
    ]


def _newcomers(tx: Tx, since: datetime) -> list[int]:
    """People who moved in."""
    return list(
        tx.connection.scalars(
            select(Member.id)
            .where(Member.approved_at >= since, Member.approved_at <= tx.now)
            .order_by(Member.approved_at, Member.id)
            .limit(MOST)
        )
    )


def _show_newcomers(tx: Tx, ids: Collection[int], viewer: Viewer | None) -> list[Line]:
    """For those who live here alone: who moved in is nobody else's business."""
    if not ids or viewer is None:
        return []
    asked = (
        select(Actor.username, Actor.display_name, Actor.emojis)
        .join(Member, Member.id == Actor.id)
        .where(
            Actor.id.in_(ids),
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
            Member.suspended_at.is_(None),
        )
        .order_by(Member.approved_at, Member.id)
    )
    return [
        Line(title=called(row.display_name, row.username, row.emojis), path=f"/@{row.username}")
        for row in tx.connection.execute(asked)
    ]


# In the order of the letter.
PARTS: dict[str, Part] = {
    "events": Part(N_("What takes place"), "/agenda", _coming_events, _show_events),
    "consultations": Part(
        N_("We decide together"), "/consultations", _open_consultations, _show_consultations
    ),
    "aid": Part(N_("Offers and needs"), "/entraide", _new_aid, _show_aid),
    "newcomers": Part(N_("They have moved in"), "/latest", _newcomers, _show_newcomers),
}
