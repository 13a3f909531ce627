"""Lists that other places give their members as CSV: whom they follow, block, mute, and so on.

Mastodon's are the ones that others follow: a head or none, one line for each. A line is read by
itself, so that one which is broken spoils no other.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from microfed.errors import Invalid

KINDS = ("following", "blocks", "mutes", "domains", "bookmarks", "likes", "lists")
# Why a whole list is not taken. The page says each in a sentence.
REFUSALS = ("no_text", "empty", "other_kind", "too_many")
# Why a line of it is left out.
LEFT = ("bad", "unknown", "away", "refused", "broken", "known", "beyond", "gone", "stays")
MOST_BYTES = 1_000_000
MOST_LINES = 10_000
LONGEST_ADDRESS = 2_000
_ADDRESS = re.compile(r"@?([\w.-]{1,100}@[\w.-]{1,253}(?::[0-9]{1,5})?)")
_DOMAIN = re.compile(r"[^\s/@,]{1,250}\.[^\s/@,]{1,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?")
# A spreadsheet may say what stands between cells, and where a language writes 1,5 it is no comma.
_SEPARATOR = re.compile(r"sep=.", re.IGNORECASE)
_SIGNS = (",", ";", "\t")
_PEOPLE = ("following", "blocks", "mutes")
# What the first cell of a head says about the kinds that it can stand over.
_HEADS: dict[str, tuple[str, ...]] = {
    "account address": (*_PEOPLE, "lists"),
    "list name": ("lists",),
    "domain": ("domains",),
    "uri": ("bookmarks", "likes"),
}
# Where things stand in a file without a head.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "following": ("account address", "show boosts", "notify on new posts", "languages"),
    "blocks": ("account address",),
    "mutes": ("account address", "hide notifications"),
    "domains": ("domain",),
    "bookmarks": ("uri",),
    "likes": ("uri",),
    "lists": ("list name", "account address"),
}


@dataclass(frozen=True, slots=True)
class ReadList:
    """A list that was read: each line by its number, and those that say nothing readable."""

    lines: tuple[tuple[int, dict[str, Any]], ...]
    bad: tuple[tuple[int, str], ...]
    beyond: int = 0  # lines that were not read at all: there were too many

    @property
    def total(self) -> int:
        """How many lines there are."""
        return len(self.lines) + len(self.bad) + self.beyond


def read_brought_list(data: bytes, kind: str, *, most: int | None = None) -> ReadList:
    """Return what a file says; Invalid with one of REFUSALS when it is no list of that kind.

    With `most`, lines beyond it are only counted; without, more than MOST_LINES are refused.
    """
    text = _decoded(data)
    lines: list[tuple[int, dict[str, Any]]] = []
    bad: list[tuple[int, str]] = []
    columns, is_first, beyond = _COLUMNS[kind], True, 0
    said = re.split(r"\r\n|\n|\r", text)
    between = _between(said, kind)
    for number, line in enumerate(said, 1):
        if not line.strip() or _SEPARATOR.fullmatch(line):
            continue
        cells = _cells(line, between)
        if is_first and (head := _head(cells)) is not None:
            if kind not in _HEADS[head[0]]:
                raise Invalid("other_kind")
            columns, is_first = head, False
            continue
        is_first = False
        if len(lines) + len(bad) == (most or MOST_LINES):
            if most is None:
                raise Invalid("too_many")
            beyond += 1
            continue
        words = _READERS[kind](dict(zip(columns, cells, strict=False)))
        if words is None:
            bad.append((number, "".join(c for c in line[:80] if c.isprintable())))
        else:
            lines.append((number, words))
    if not lines and not bad:
        raise Invalid("empty")
    return ReadList(tuple(lines), tuple(bad), beyond)


def _decoded(data: bytes) -> str:
    """Return a text as spreadsheets write it too: with a mark before it, or as Windows does."""
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in data:
            raise Invalid("no_text") from None
        return data.decode("cp1252", "replace")


def _between(said: list[str], kind: str) -> str:
    """Return what stands between cells: a comma, unless another sign alone makes sense of them."""
    for line in [each for each in said if each.strip()][:20]:
        for sign in _SIGNS:
            cells = _cells(line, sign)
            if cells and (
                _head(cells) or _READERS[kind](dict(zip(_COLUMNS[kind], cells, strict=False)))
            ):
                return sign
    return ","


def _cells(line: str, between: str) -> list[str]:
    if len(line) > LONGEST_ADDRESS or not line.replace("\t", " ").isprintable():
        return []
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=between))]
    except (csv.Error, StopIteration):
        return []


def _head(cells: list[str]) -> tuple[str, ...] | None:
    names = tuple(cell.lower().lstrip("#").strip() for cell in cells)
    return names if names and names[0] in _HEADS else None


def _address(cells: dict[str, str]) -> str | None:
    match = _ADDRESS.fullmatch(cells.get("account address", ""))
    return None if match is None else match[1]


def _followed(cells: dict[str, str]) -> dict[str, Any] | None:
    address = _address(cells)
    if address is None:
        return None
    languages = [one.strip() for one in cells.get("languages", "").split(",")]
    return {
        "what": address,
        "shows_boosts": _is_so(cells.get("show boosts")),
        "notifies": _is_so(cells.get("notify on new posts")),
        "languages": [one.lower() for one in languages if _LANGUAGE.fullmatch(one)] or None,
    }


def _blocked(cells: dict[str, str]) -> dict[str, Any] | None:
    address = _address(cells)
    return None if address is None else {"what": address}


def _muted(cells: dict[str, str]) -> dict[str, Any] | None:
    address, hides = _address(cells), _is_so(cells.get("hide notifications"))
    return None if address is None else {"what": address, "hides": hides is not False}


def _domain(cells: dict[str, str]) -> dict[str, Any] | None:
    domain = cells.get("domain", "")
    return {"what": domain} if _DOMAIN.fullmatch(domain) else None


def _kept(cells: dict[str, str]) -> dict[str, Any] | None:
    uri = cells.get("uri", "")
    is_address = uri.startswith(("https://", "http://")) and " " not in uri
    return {"what": uri} if is_address else None


def _listed(cells: dict[str, str]) -> dict[str, Any] | None:
    address, title = _address(cells), cells.get("list name", "")
    return {"what": address, "title": title} if address and title else None


def _is_so(said: str | None) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get((said or "").lower())


_READERS: dict[str, Callable[[dict[str, str]], dict[str, Any] | None]] = {
    "following": _followed,
    "blocks": _blocked,
    "mutes": _muted,
    "domains": _domain,
    "bookmarks": _kept,
    "likes": _kept,
    "lists": _listed,
}
