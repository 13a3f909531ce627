"""The names apps have for streams, what each stands for here, and what a token needs for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from microfed.asking import Asker
from microfed.errors import Malformed
from microfed.streams import Topic
from microfed.text import tag_key

LONGEST_TAG = 200
_PUBLIC = {
    "public": ("public", False),
    "public:media": ("public", True),
    "public:local": ("local", False),
    "public:local:media": ("local", True),
    "public:remote": ("remote", False),
    "public:remote:media": ("remote", True),
}
_TAGS = {"hashtag": "tag", "hashtag:local": "tag_local"}
NAMED = frozenset((*_PUBLIC, *_TAGS, "user", "user:notification", "list", "direct"))
_NOTIFICATIONS = (Topic("notification"), Topic("merged"))
_MINE = (Topic("home"), Topic("filters"), Topic("place"))


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream by the name it is told by, and what it hears."""

    name: tuple[str, ...]
    topics: frozenset[Topic]


def stream_named(name: str, params: Mapping[str, object], asker: Asker) -> Stream:
    """Return the stream an app asks for; Malformed when there is none, Forbidden without scope."""
    if name == "user:notification":
        asker.need("read:notifications")
        return Stream((name,), frozenset(_NOTIFICATIONS))
    asker.need("read:statuses")
    if name == "user":
        mine = {*_MINE, *(_NOTIFICATIONS if asker.may("read:notifications") else ())}
        return Stream((name,), frozenset(mine))
    if name == "direct":
        return Stream((name,), frozenset({Topic("conversation")}))
    if name in _PUBLIC:
        topic, only_media = _PUBLIC[name]
        return Stream((name,), frozenset({Topic(topic, only_media=only_media)}))
    if name in _TAGS:
        tag = params.get("tag")
        if not isinstance(tag, str) or not tag.strip() or len(tag) > LONGEST_TAG:
            raise Malformed("No tag for stream provided")
        tag = tag.strip().removeprefix("#")
        return Stream((name, tag), frozenset({Topic(_TAGS[name], tag_key(tag))}))
    raise Malformed("Unknown stream type")
