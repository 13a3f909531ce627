"""Deeds and things of any type: Arrive, Travel, Read, a Collection, a recipe …

Clients try out types that no server has rules for (interop.md §6.3). They are kept as they are;
here they get words, so that whoever has no such client can read them too.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from microfed.vocab.objects import is_post
from microfed.vocab.reading import as_list, documents, link, types, word

COLLECTIONS = ("Collection", "OrderedCollection")
# Every activity of the Activity Streams vocabulary, but Question, which is something said.
ACTIVITIES = frozenset(
    {
        *("Accept", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike", "Flag"),
        *("Follow", "Ignore", "Invite", "Join", "Leave", "Like", "Listen", "Move", "Offer"),
        *("Read", "Reject", "Remove", "TentativeAccept", "TentativeReject", "Travel", "Undo"),
        *("Update", "View"),
    }
)
# Said by programs rather than people: PeerTube's views, votes, answers to what somebody asked.
_SILENT = frozenset(
    {
        *("View", "Dislike", "EmojiReact", "Ignore", "Flag", "Accept", "Reject", "Undo"),
        *("TentativeAccept", "TentativeReject", "Join", "Invite", "Offer", "Add", "Remove"),
        *("Follow", "Like", "Block", "Move", "Create", "Update", "Delete", "Announce"),
    }
)
_SIGNS = {"Arrive": "📍", "Leave": "👋", "Travel": "🧭", "Read": "📖", "Listen": "🎧"}
_WORDS = ("content", "summary", "name")
MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Words:
    """What people read of a deed or a thing. `html` is not safe yet."""

    html: str
    title: str | None = None
    language: str | None = None


def is_activity(document: Mapping[str, Any]) -> bool:
    """Say whether `document` is something done, rather than something made."""
    kinds = types(document)
    if not ACTIVITIES.isdisjoint(kinds):
        return True
    is_known = is_post(document) or "Relationship" in kinds
    return not is_known and ("actor" in document or "object" in document)


def is_collection(document: Mapping[str, Any]) -> bool:
    """Say whether `document` holds others."""
    return any(kind in COLLECTIONS for kind in types(document))


def is_for_people(document: Mapping[str, Any]) -> bool:
    """Say whether a deed from elsewhere is for people to read, not for programs to count."""
    kinds = types(document)
    if not _SILENT.isdisjoint(kinds):
        return False
    if "Leave" in kinds and document.get("location") is None:
        return False  # of an event, which its group is told
    return any(kind in _SIGNS for kind in kinds) or any(said(document, key)[0] for key in _WORDS)


def said(document: Mapping[str, Any], key: str) -> tuple[str | None, str | None]:
    """Return the text at `key`, or the first of its languages, with that language."""
    by_language = document.get(f"{key}Map")
    if isinstance(by_language, Mapping):
        for language, value in by_language.items():
            if text := word(value):
                return text, None if language in ("unk", "und") else str(language)[:35]
    return word(document.get(key)), None


def words_of_deed(document: Mapping[str, Any]) -> Words:
    """Return what a deed says: in its own words, else by a sign and what it is about."""
    for key in _WORDS:
        text, language = said(document, key)
        if text:
            shown = html.escape(text) if key == "name" else text
            return Words(shown if key == "content" else f"<p>{shown}</p>", None, language)
    kinds = types(document)
    sign = next((_SIGNS[kind] for kind in kinds if kind in _SIGNS), next(iter(kinds), ""))
    about = [
        _named(thing)
        for key in ("origin", "object", "target", "location", "result")
        for thing in as_list(document.get(key))[:MOST_LISTED]
    ]
    shown = " → ".join(part for part in dict.fromkeys(about) if part)
    return Words(f"<p>{html.escape(sign)} {shown}</p>")


def words_of_thing(document: Mapping[str, Any]) -> Words:
    """Return what a thing says: its title, its words, and what it holds."""
    title, by_title = said(document, "name")
    text, language = said(document, "content")
    if text is None:
        text, language = said(document, "summary")
        text = None if text is None else f"<p>{text}</p>"
    held = "".join(f"<li>{_named(item)}</li>" for item in items_of(document)[:MOST_LISTED])
    body = (text or "") + (f"<ul>{held}</ul>" if held else "")
    if not body and title is None:
        body = f"<p>{html.escape('/'.join(types(document)))}</p>"
    return Words(body, title, language or by_title)


def items_of(document: Mapping[str, Any]) -> list[Any]:
    """Return what a collection holds."""
    items = document.get("orderedItems")
    return as_list(document.get("items") if items is None else items)


def _named(thing: Any) -> str:
    if isinstance(thing, Mapping):
        name = said(thing, "name")[0] or said(thing, "summary")[0]
        where = link(thing.get("url")) or word(thing.get("id")) or ""
    else:
        name, where = None, thing if isinstance(thing, str) else ""
    if where.startswith(("https://", "http://")):
        shown = html.escape(name or where)
        return f'<a href="{html.escape(where)}">{shown}</a>'
    return html.escape(name or "")


def without_secrets(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return `document` without those it is addressed to in secret, here and inside."""
    kept = {key: value for key, value in document.items() if key not in ("bto", "bcc")}
    for inside in documents(kept.get("object")):
        if isinstance(kept.get("object"), Mapping):
            kept["object"] = {k: v for k, v in inside.items() if k not in ("bto", "bcc")}
    return kept
