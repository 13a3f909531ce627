"""What someone types to find a post: words, phrases, and what narrows them down. Pure."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from microfed.store.search import fold

MOST_WORDS = 12
LONGEST = 500
_PIECE = re.compile(r'(-?)(?:([a-z]+):)?(?:"([^"]*)"|(\S+))', re.IGNORECASE)
_HAS = {"media": "media", "image": "media", "picture": "media", "poll": "poll", "quote": "quote"}
_IS = {"reply", "sensitive", "quote"}


@dataclass(frozen=True, slots=True)
class SearchWords:
    """`words` are beginnings, `phrases` stand as typed, `without` are not there; all folded.

    `is_` and `has` are what the post is and has; the same with `not_`. `in_library` keeps to what
    is one's own: written, liked, passed on, kept, or addressed to one.
    """

    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    without: tuple[str, ...] = ()
    author: str | None = None
    language: str | None = None
    after: datetime | None = None
    before: datetime | None = None
    has: frozenset[str] = field(default_factory=frozenset)
    has_not: frozenset[str] = field(default_factory=frozenset)
    in_library: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for that narrows anything down."""
        return not (
            self.words or self.phrases or self.author or self.has or self.after or self.before
        )


def read_search(typed: str) -> SearchWords:
    """Return what is asked for; what is no word and no narrowing counts as nothing.

    `from:ana`, `before:2026-05-01`, `after:`, `during:`, `language:fr`, `has:media|poll|quote`,
    `is:reply|sensitive`, `in:library`, `"in this order"`, `-without`.
    """
    words: list[str] = []
    phrases: list[tuple[str, ...]] = []
    without: list[str] = []
    narrowing: dict[str, object] = {}
    has: set[str] = set()
    has_not: set[str] = set()
    for minus, key, phrase, plain in _PIECE.findall(typed[:LONGEST]):
        value, key = phrase or plain, key.lower()
        if key and _narrow(narrowing, has_not if minus else has, key, value):
            continue
        folded = fold(f"{key} {value}" if key else value)
        if minus:
            without += folded
        elif phrase:
            phrases += [tuple(folded)] if folded else []
        else:
            words += folded
    return SearchWords(
        words=tuple(dict.fromkeys(words))[:MOST_WORDS],
        phrases=tuple(phrases)[:MOST_WORDS],
        without=tuple(without)[:MOST_WORDS],
        has=frozenset(has),
        has_not=frozenset(has_not),
        **narrowing,  # type: ignore[arg-type]  # the names and types of _narrow
    )


def _narrow(narrowing: dict[str, object], has: set[str], key: str, value: str) -> bool:
    """Note one narrowing; False when it is none, and only looks like it."""
    match key:
        case "from":
            narrowing["author"] = value.removeprefix("@")
        case "language" | "lang" | "langue":
            narrowing["language"] = value.lower()[:10]
        case "in" if value.lower() == "library":
            narrowing["in_library"] = True
        case "has" if value.lower() in _HAS:
            has.add(_HAS[value.lower()])
        case "is" if value.lower() in _IS:
            has.add(value.lower())
        case "before" | "after" | "during" | "since" | "until":
            day = _day(value)
            if day is None:
                return False
            if key in ("before", "until"):
                narrowing["before"] = day
            if key in ("after", "since", "during"):
                narrowing["after"] = day + timedelta(days=1) if key == "after" else day
            if key == "during":
                narrowing["before"] = day + timedelta(days=1)
        case _:
            return False
    return True


def _day(value: str) -> datetime | None:
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return day if 1970 < day.year < 3000 else None
