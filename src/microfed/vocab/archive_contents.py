"""What else stands in an archive beside the posts: lists of people and posts, and which files hold
them.

Mastodon's holds `likes.json` and `bookmarks.json`; Pleroma's and Akkoma's `following.json` as well.
Elsewhere each list is a file of its own, as CSV: whoever puts them into one .zip may bring that.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from microfed.errors import Invalid
from microfed.vocab.brought_lists import LONGEST_ADDRESS, ReadList, read_brought_list
from microfed.vocab.reading import ref, types, word

# What may be asked for, in the order in which it is done: who is followed is known before lists.
POSTS = "posts"
LISTS = ("blocks", "mutes", "domains", "following", "lists", "bookmarks", "likes")
# What goes straight into its place; the last three each person or post at a time.
OWN = ("profile", "filters", "tags", "balance", "directory", "settings", "circles")
PEOPLE = ("circle_people", "notes")
PARTS = (POSTS, "profile", *LISTS, *(part for part in OWN if part != "profile"), "notes")
MOST_LINES = 20_000  # of each list
MOST_BYTES = 20_000_000
MOST_UNREAD = 20
# The names that a list has, the best first: of two that say the same, one is read.
_NAMES: dict[str, tuple[str, ...]] = {
    "blocks": ("blocked_accounts.csv", "blocks.csv", "blocking.csv", "blocks.json"),
    "mutes": ("muted_accounts.csv", "mutes.csv", "muting.csv", "mutes.json"),
    "domains": ("blocked_domains.csv", "domain_blocks.csv"),
    "following": ("following_accounts.csv", "following.csv", "follows.csv", "following.json"),
    "lists": ("lists.csv", "user-lists.csv"),
    "bookmarks": ("bookmarks.csv", "bookmarks.json"),
    "likes": ("likes.csv", "likes.json"),
    "profile": ("actor.json",),
    "filters": ("filters.json", "custom_filters.json"),
    "tags": ("followed_tags.json",),
    "balance": ("bilan.json",),
    "directory": ("directory.json",),
    "settings": ("settings.json",),
    "circles": ("circles.json",),
    "notes": ("notes_on_people.json",),
}
# They say once more what others say: posts carry their offers, needs and events themselves.
_TWICE = frozenset(
    {
        *("lists.json", "silenced_places.json", "bilan.csv", "bilan_counted.csv"),
        *("aid.json", "events.json"),
    }
)
# Misskey puts the day and the hour behind the name.
_DAY = re.compile(r"-\d{4}-\d{2}-\d{2}[\d-]*(?=\.\w+$)")
_KNOWN = frozenset(name for names in _NAMES.values() for name in names)
_PAPERS = frozenset({"actor.json", "outbox.json"})
# Nothing is lost with them: whoever follows cannot be brought, they come by themselves.
_NEEDLESS = frozenset({"followers.csv", "followers.json"})
# What an item of a collection may be, where it is not the address itself.
_DEEDS = frozenset({"Like", "Announce", "Add", "Follow", "Block"})
_READABLE = (".json", ".jsonl", ".csv", ".xml")


@dataclass(frozen=True, slots=True)
class Contents:
    """Which file of an archive holds which list, and what nobody here can read."""

    files: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def contents_of(names: Collection[str]) -> Contents:
    """Say what the files of an archive are, by their names."""
    by_name: dict[str, str] = {}
    for name in sorted(names, key=lambda each: (each.count("/"), each)):
        by_name.setdefault(_DAY.sub("", name.rpartition("/")[2]).lower(), name)
    files = {
        part: next(by_name[each] for each in known if each in by_name)
        for part, known in _NAMES.items()
        if any(each in by_name for each in known)
    }
    said = _PAPERS | _NEEDLESS | _KNOWN | _TWICE
    unread = [
        name
        for last, name in by_name.items()
        if last.endswith(_READABLE) and last not in said and name.count("/") <= 1
    ]
    return Contents(files, tuple(name[:120] for name in unread[:MOST_UNREAD]))


def is_part(last: str) -> bool:
    """Say whether a file called `last` may hold a list."""
    return _DAY.sub("", last).lower() in _KNOWN


def read_part(name: str, data: bytes, part: str) -> ReadList:
    """Return the lines of a list in an archive; Invalid when it is none."""
    if name.lower().endswith(".csv"):
        return read_brought_list(data, part, most=MOST_LINES)
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        raise Invalid("no_text") from None
    if isinstance(said, dict):
        said = said.get("orderedItems", said.get("items"))
    if not isinstance(said, list):
        raise Invalid("other_kind")
    if not said:
        raise Invalid("empty")
    lines, bad = [], []
    for number, item in enumerate(said[:MOST_LINES], 1):
        is_note = part == "notes" and isinstance(item, Mapping)
        uri = _uri_of(item.get("about") if is_note else item)
        text = (word(item.get("text")) or "") if is_note else ""
        if uri is None or (part == "notes" and not text):
            bad.append((number, ""))
        else:
            wishes = {"text": text[:2_000]} if is_note else _WISHES.get(part, {})
            lines.append((number, {"what": uri, **wishes}))
    return ReadList(tuple(lines), tuple(bad), max(0, len(said) - MOST_LINES))


# What a list of addresses alone leaves open.
_WISHES: dict[str, dict[str, Any]] = {
    "following": {"shows_boosts": None, "notifies": None, "languages": None},
    "mutes": {"hides": True},
}


def _uri_of(item: Any) -> str | None:
    """Return the address that an item of a collection is, or tells of."""
    if isinstance(item, Mapping) and _DEEDS.intersection(types(item)):
        item = item.get("object")
    uri = ref(item)
    if uri is None or not uri.startswith(("https://", "http://")):
        return None
    return uri if len(uri) <= LONGEST_ADDRESS and uri.isprintable() and " " not in uri else None
