"""What an admin decides about the place while it runs: whom it speaks with, how one moves in, what
its rules are, and what it says of itself at length."""

from collections.abc import Sequence
from typing import Any

from microfed.errors import Conflict, Invalid
from microfed.here import digest_of
from microfed.operations.journal import need_keeper, note_deed, take_turn
from microfed.queries.place import (
    AT_LENGTH,
    FEDERATIONS,
    GROUP_MAKERS,
    REGISTRATIONS,
    decided,
    federation_mode,
    group_makers,
    registration_mode,
    rules_in,
    words_of_the_place,
)
from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.text import clean_text, plain_to_html

MOST_RULES, LONGEST_RULE, LONGEST_WORDS = 20, 300, 20_000


def choose_federation(tx: Tx, *, by: Actor | None, mode: str) -> None:
    """Speak with everyone, with listed servers, with allies, or with nobody.

    Nothing that is known is forgotten, and nothing of it is lost on the way back.
    """
    _decide(tx, by, "federation", mode)


def choose_registration(tx: Tx, *, by: Actor | None, mode: str) -> None:
    """Let people in by invitation, after a look, all of them, or nobody for now."""
    _decide(tx, by, "registration", mode)


def choose_group_makers(tx: Tx, *, by: Actor | None, makers: str) -> None:
    """Let members make groups, or those who look after the place alone, or nobody for now."""
    _decide(tx, by, "groups", makers)


def need_unchanged(tx: Tx, *, name: str, seen: str) -> None:
    """Raise Conflict when what an admin is about to decide is not as they saw it any more; `seen`
    is the digest of what stood there."""
    take_turn(tx)
    if seen and seen != digest_of(decided(tx).get(name, "")):
        raise Conflict("somebody else changed this since you opened the page")


def undo_decision(tx: Tx, *, by: Actor | None, action: str, was: str) -> None:
    """Go back to what held before. Raises Conflict when something else was decided since."""
    name, _, chosen = action.partition("_")
    if _NOW[name](tx) != chosen:
        raise Conflict("something else was decided since")
    _decide(tx, by, name, was)


def write_rules(tx: Tx, *, by: Actor | None, rules: Sequence[str]) -> None:
    """Say what the rules are, in order. One that stays as it was keeps its number for reports."""
    need_keeper(tx, by)
    texts = [text for rule in rules if (text := clean_text(rule).strip())]
    if len(texts) > MOST_RULES or any(len(text) > LONGEST_RULE for text in texts):
        raise Invalid(
            f"there are at most {MOST_RULES} rules of {LONGEST_RULE} letters",
            {"rules": "too long"},
        )
    before = {text: number for number, text in rules_in(words_of_the_place(tx))}
    last = max(before.values(), default=0)
    kept = []
    for text in dict.fromkeys(texts):
        if text not in before:
            last += 1
        kept.append({"id": before.get(text, last), "text": text})
    if [rule["text"] for rule in kept] == list(before):
        return
    keep_setting(tx, "rules", kept)
    note_deed(tx, by=by, action="write_rules", target_kind="place", details={"rules": kept})
    tx.tell("place")


def write_at_length(tx: Tx, *, by: Actor | None, name: str, text: str) -> None:
    """Say what the place is, or what it keeps about people, in plain words; empty for nothing."""
    need_keeper(tx, by)
    if name not in AT_LENGTH:
        raise Invalid(f"one can write {' or '.join(AT_LENGTH)}", {"name": "unknown"})
    source = clean_text(text).replace("\r\n", "\n").strip()
    if len(source) > LONGEST_WORDS:
        raise Invalid(f"this has at most {LONGEST_WORDS} letters", {name: "too long"})
    known = words_of_the_place(tx).get(name)
    before = known.get("source", "") if isinstance(known, dict) else ""
    if source == before:
        return
    html = plain_to_html(source, named={}, tag_url=tx.here.tag)
    said = {"source": source, "content": html, "updated_at": f"{tx.now:%Y-%m-%dT%H:%M:%S}.000Z"}
    keep_setting(tx, name, said if source else None)
    note_deed(tx, by=by, action=f"write_{name}", target_kind="place")
    tx.tell("place")


def keep_setting(tx: Tx, name: str, value: Any) -> None:
    """Keep what was decided; None and the empty word go back to what it was at first."""
    kept = tx.session.get(Setting, name)
    if value and kept is None:
        tx.session.add(Setting(name=name, value=value))
    elif value and kept is not None:
        kept.value = value
    elif kept is not None:
        tx.session.delete(kept)
    tx.flush()


_NOW = {
    "federation": federation_mode,
    "registration": registration_mode,
    "groups": group_makers,
}
_CHOICES = {
    "federation": FEDERATIONS,
    "registration": REGISTRATIONS,
    "groups": GROUP_MAKERS,
}


def _decide(tx: Tx, by: Actor | None, name: str, chosen: str) -> None:
    need_keeper(tx, by)
    if chosen not in _CHOICES[name]:
        raise Invalid(f"{name} is one of {', '.join(_CHOICES[name])}", {name: "unknown"})
    was = _NOW[name](tx)
    if was == chosen:
        return
    keep_setting(tx, name, chosen)
    note_deed(
        tx,
        by=by,
        action=f"{name}_{chosen}",
        target_kind="place",
        details={"was": was},
        can_be_undone=True,
    )
    tx.tell("place")
    # Whom we speak with decides what is served to whom: nothing kept in memory outlives it.
    tx.tell("elsewhere")
