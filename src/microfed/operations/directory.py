"""The directory: a member says what others may find them by, and who those others are."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from microfed.operations.profiles import tell_of_profile
from microfed.operations.titled import one_line, refuse
from microfed.store.database import Tx
from microfed.store.directory import DirectoryEntry
from microfed.store.people import Actor, Member
from microfed.store.search import fold
from microfed.text import tag_key
from microfed.vocab.directory import FIELDS, as_text, labelled, skill_tag

# Who sees a field: each circle holds those before it too.
CIRCLES = ("here", "ring", "public")
MOST_OF_A_KIND, LONGEST = 12, 80


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody says of themselves; `shown_to` names for each field who sees it."""

    trade: str = ""
    skills: Sequence[str] = ()
    associations: Sequence[str] = ()
    area: str = ""
    shown_to: Mapping[str, str] = field(default_factory=dict)


def change_entry(tx: Tx, *, actor: Actor, entry: Entry) -> None:
    """A member stands in the directory otherwise; what everyone may see is told to the world.

    Raises Invalid with the field that is wrong.
    """
    said: dict[str, Any] = {
        "trade": _line("trade", entry.trade),
        "skills": _lines("skills", entry.skills),
        "associations": _lines("associations", entry.associations),
        "area": _line("area", entry.area),
    }
    shown_to: dict[str, Any] = {}
    for name in FIELDS:
        circle = entry.shown_to.get(name, "")
        if circle and circle not in CIRCLES:
            refuse(name, "nobody of the kind")
        if circle and said[name]:
            shown_to[name] = circle
    kept = tx.session.get(DirectoryEntry, actor.id)
    if kept is None:
        kept = DirectoryEntry(id=actor.id)
        tx.session.add(kept)
    for name, value in said.items():
        setattr(kept, name, value)
    kept.shown_to = shown_to
    for at, circle in enumerate(CIRCLES):
        shown = [said[name] for name in FIELDS if shown_to.get(name) in CIRCLES[at:]]
        setattr(kept, f"words_{circle}", _folded(shown))
    tx.flush()
    public = {name: said[name] for name in FIELDS if shown_to.get(name) == "public"}
    _tell(tx, actor, public)


def _tell(tx: Tx, actor: Actor, public: Mapping[str, Any]) -> None:
    """What everyone may see stands on the actor too; who follows them elsewhere is told of it."""
    member = tx.session.get_one(Member, actor.id)
    labels = labelled(member.language)
    facts = [
        [labels[name], html.escape(as_text(value), quote=False)] for name, value in public.items()
    ]
    skills = [skill_tag(skill) for skill in public.get("skills", [])]
    tags = [[tag, tx.here.tag(tag_key(tag))] for tag in dict.fromkeys(skills) if tag]
    before = (actor.extras or {}).get("directory") or {"facts": [], "tags": []}
    after = {"facts": facts, "tags": tags}
    if after != before:
        actor.extras = {**(actor.extras or {}), "directory": after}
        tell_of_profile(tx, actor)


def _folded(shown: Sequence[str | Sequence[str]]) -> str:
    words = [word for value in shown for word in fold(as_text(value))]
    return f" {' '.join(words)} " if words else ""


def _line(name: str, text: str) -> str:
    said = one_line(text)
    if len(said) > LONGEST:
        refuse(name, f"at most {LONGEST} characters")
    return said


def _lines(name: str, texts: Sequence[str]) -> list[str]:
    known: dict[str, str] = {}
    for text in texts:
        said = _line(name, text)
        if said:
            known.setdefault(" ".join(fold(said)) or said, said)
    if len(known) > MOST_OF_A_KIND:
        refuse(name, f"at most {MOST_OF_A_KIND}")
    return list(known.values())
