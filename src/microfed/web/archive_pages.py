"""The pages inside the file that members take along: readable in any browser, without a network.

No script, nothing from elsewhere: pictures, sound and film are those in the file itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from microfed.pages import render_alone
from microfed.storage import is_key
from microfed.vocab.audience import Audience
from microfed.vocab.reading import documents, moment, ref, types, word
from microfed.web.archive_words import COLUMNS, GROUPS, SECTIONS, VALUES
from microfed.words import Words

STYLE = "style.css"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
# Long columns of our own that say nothing to a reader.
_NEEDLESS = frozenset(
    {
        *("preferences", "zone", "shown_to", "scopes", "replies", "is_exclusive", "contexts"),
        *("most_uses", "lifted_at", "appealed_at", "answered_at", "is_appeal_granted"),
        *("author_done_at", "person_done_at", "handled_at", "opened_at"),
    }
)
# Addresses are long: they stand behind what is read.
_LAST = frozenset({"post", "posts", "event", "poll"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of posts: its name in the file, and the first and the last day on it."""

    path: str
    first: datetime | None
    last: datetime | None
    count: int


def style() -> str:
    """Return the style sheet of all pages."""
    return render_alone("archive/style.css")


def posts_page(
    words: Words, said: Sequence[Mapping[str, Any]], *, number: int, is_last: bool, name: str
) -> tuple[Sheet, str]:
    """Return a page of what a member said, as activities, oldest first."""
    posts = [shown for item in said if (shown := _shown(item)) is not None]
    days = [post["at"] for post in posts if post["at"] is not None]
    path = f"posts/{number:04}.html"
    sheet = Sheet(path, min(days, default=None), max(days, default=None), len(posts))
    values = {"posts": posts, "sheet": sheet, "number": number, "is_last": is_last, "name": name}
    return sheet, _render(words, "archive/posts.html", root="../", **values)


def lists_page(words: Words, parts: Mapping[str, Any], *, name: str) -> str:
    """Return the page of lists: `parts` are rows of a table, or what JSON holds, by file."""
    sections = []
    for file, title in SECTIONS.items():
        tables = _tables(parts.get(file) or [], words)
        if tables:
            sections.append((file.partition(".")[0], title, file, tables))
    return _render(words, "archive/lists.html", root="", sections=sections, name=name)


def index_page(
    words: Words, profile: Mapping[str, Any], sheets: Sequence[Sheet], *, name: str, place: str
) -> str:
    """Return the first page: who it is of, and where everything is."""
    fields = [
        (word(each.get("name")) or "", word(each.get("value")) or "")
        for each in documents(profile.get("attachment"))
    ]
    return _render(
        words,
        "archive/index.html",
        root="",
        name=name,
        shown=word(profile.get("name")) or name,
        note=word(profile.get("summary")) or "",
        fields=fields,
        avatar=_file(profile.get("icon")),
        header=_file(profile.get("image")),
        sheets=sheets,
        total=sum(sheet.count for sheet in sheets),
        place=place,
    )


def _render(words: Words, template: str, **values: Any) -> str:
    return render_alone(template, words, **values)


def _shown(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a page shows of an activity."""
    if "Announce" in types(item):
        return {"boost": ref(item.get("object")) or "", "at": moment(item.get("published"))}
    post = item.get("object")
    if not isinstance(post, Mapping):
        return None
    told = item.get("microfed")
    audience = told.get("audience") if isinstance(told, Mapping) else None
    files = [
        (path, kind, word(each.get("summary")) or word(each.get("name")) or "")
        for each in documents(post.get("attachment"))
        if (path := _file(each)) and (kind := (word(each.get("mediaType")) or "").partition("/")[0])
    ]
    votes = [
        (word(each.get("name")) or "", _count(each.get("replies")))
        for each in (*documents(post.get("oneOf")), *documents(post.get("anyOf")))
    ]
    return {
        "boost": "",
        "at": moment(post.get("published")),
        "title": word(post.get("name")) or "",
        "warning": word(post.get("summary")) or "",
        "content": word(post.get("content")) or "",
        "audience": Audience(audience) if audience in list(Audience) else None,
        "answers": ref(post.get("inReplyTo")) or "",
        "url": word(post.get("url")) or ref(post) or "",
        "language": _language(post),
        "files": files,
        "votes": votes,
    }


def _language(post: Mapping[str, Any]) -> str:
    said = post.get("contentMap")
    return next(iter(said), "") if isinstance(said, Mapping) else ""


def _count(said: Any) -> int:
    n = said.get("totalItems") if isinstance(said, Mapping) else None
    return n if isinstance(n, int) else 0


def _file(said: Any) -> str:
    """Return where a file of ours stands in the archive; nothing where it is none."""
    for each in documents(said):
        last = (ref(each.get("url")) or "").partition("?")[0].rpartition("/")[2]
        if is_key(last):
            return f"media/{last}"
    return ""


def _tables(said: Any, words: Words) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return tables: what stands over each, its head, and its rows."""
    if isinstance(said, Mapping):
        found = []
        for key, inner in said.items():
            for _, head, rows in _tables(inner, words):
                found.append((words.say(GROUPS.get(str(key), str(key))), head, rows))
        return found
    if not said:
        return []
    if all(isinstance(each, Mapping) for each in said):
        keys = sorted((key for key in said[0] if key not in _NEEDLESS), key=_LAST.__contains__)
        keys = [key for key in keys if any(each.get(key) not in (None, "", []) for each in said)]
        rows = [[_cell(each.get(key), words) for key in keys] for each in said]
        return [("", [words.say(COLUMNS.get(str(key), str(key))) for key in keys], rows)]
    if all(isinstance(each, list) for each in said):
        has_head = said[0][0] in COLUMNS
        rows = [[_cell(each, words) for each in row] for row in said[has_head:]]
        head = (
            [words.say(COLUMNS.get(str(each), str(each))) for each in said[0]] if has_head else []
        )
        return [("", head, rows)] if rows else []
    return [("", [], [[_cell(each, words)] for each in said])]


def _cell(value: Any, words: Words) -> Any:
    """Return what stands in a cell: a text, or a list of texts."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return words.say(VALUES[str(value).lower()])
    if isinstance(value, list):
        inside = [_cell(each, words) for each in value]
        return [", ".join(each) if isinstance(each, list) else each for each in inside]
    if isinstance(value, Mapping):
        if "keyword" in value:  # of a filter
            return str(value["keyword"])
        pairs = ((key, _cell(inner, words)) for key, inner in value.items() if inner)
        return [f"{key}: {', '.join(v) if isinstance(v, list) else v}" for key, v in pairs]
    text = str(value)
    if _DAY.match(text):
        try:
            return words.day(datetime.fromisoformat(text))
        except ValueError:
            return text
    return words.say(VALUES[text]) if text in VALUES else text
