"""Who gets which news: decided for everything that waits and everyone who listens, at once."""

import logging
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from microfed.queries.arrivals import Arrival, arrivals
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.streams.reader import Event, Present, Reader, Topic

log = logging.getLogger(__name__)

# Topics about posts; whoever hears of these also hears what was deleted.
ABOUT_POSTS = frozenset(
    ("home", "talks", "public", "local", "remote", "tag", "tag_local", "person", "thread", "list")
)
Wanted = list[tuple[Reader, frozenset[Topic]]]


def decide(tx: Tx, items: list[tuple[Any, ...]], wanted: Wanted) -> list[tuple[Reader, Event]]:
    """Return which reader gets which event, for all the news at once."""
    posts = {item[1] for item in items if item[0] in ("post", "edit")}
    people = {
        reader.viewer.actor_id
        for reader, topics in wanted
        if reader.viewer is not None and any(topic.name in ABOUT_POSTS for topic in topics)
    }
    arrived = arrivals(tx, posts, people)
    out: list[tuple[Reader, Event]] = []
    for item in items:
        kind, id_ = item[0], item[-1]
        reached: list[tuple[Reader, tuple[Topic, ...]]] = []
        for reader, topics in wanted:
            found = tuple(topic for topic in topics if _reaches(item, topic, reader, arrived))
            if found:
                reached.append((reader, found))
        out += _write(tx, kind, id_, reached)
    return out


def _reaches(
    item: tuple[Any, ...], topic: Topic, reader: Reader, arrived: Mapping[int, Arrival]
) -> bool:
    """Say whether one piece of news belongs to `topic` as this reader may see it."""
    if item[0] in ("post", "edit"):
        arrival = arrived.get(item[1])
        return arrival is not None and _shows(topic, reader.viewer, arrival)
    if item[0] == "delete":
        # An id says nothing of what it named, and what is gone must go from every screen.
        return topic.name in ABOUT_POSTS
    if len(item) == 2:
        return topic.name == "place"
    return topic.name == item[0] and reader.viewer is not None and reader.viewer.actor_id == item[1]


def _shows(topic: Topic, viewer: Viewer | None, post: Arrival) -> bool:
    """Say whether a post stands on what `topic` names, for `viewer`."""
    looker = None if viewer is None else post.lookers.get(viewer.actor_id)
    if (not post.is_open if viewer is None else looker is None) or (
        topic.only_media and not post.has_media
    ):
        return False
    match topic.name:
        case "home":
            return looker is not None and looker.is_home
        case "talks":
            return looker is not None and looker.is_talk
        case "public":
            return post.is_public
        case "local":
            return (post.is_public and post.is_local) or (viewer is not None and post.is_near)
        case "remote":
            return post.is_public and not post.is_local
        case "tag":
            return post.is_listed and topic.key in post.tags
        case "tag_local":
            return post.is_listed and post.is_local and topic.key in post.tags
        case "person":
            return post.actor_id == topic.key
        case "thread":
            return post.thread_id == topic.key
    return False


def _write(
    tx: Tx, kind: str, id_: int, reached: list[tuple[Reader, tuple[Topic, ...]]]
) -> list[tuple[Reader, Event]]:
    """Return the event for each reader, written once by each way to present it."""
    ways: dict[Present | None, list[tuple[Reader, tuple[Topic, ...]]]] = defaultdict(list)
    for one in reached:
        ways[one[0].present].append(one)
    out = []
    for present, theirs in ways.items():
        if present is None:
            out += [(reader, Event(kind, id_, topics)) for reader, topics in theirs]
            continue
        try:
            written = present(tx, kind, id_, {reader.viewer for reader, _ in theirs})
        except Exception:  # what cannot be shown must not keep the rest from being heard
            log.exception("%s %s could not be written for the open streams", kind, id_)
            continue
        out += [
            (reader, Event(kind, id_, topics, written[reader.viewer]))
            for reader, topics in theirs
            if reader.viewer in written
        ]
    return out
