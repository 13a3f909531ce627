"""All tables at once, for migrations and tests. Import this to know the whole schema."""

from microfed.store import (
    access,
    aid,
    announcements,
    collections,
    filters,
    links,
    lists,
    media,
    moderation,
    own,
    people,
    polls,
    posts,
    push,
    queues,
    quotes,
    reading,
    relays,
    ring,
)
from microfed.store.rows import Table

__all__ = [
    "Table",
    "access",
    "aid",
    "announcements",
    "collections",
    "filters",
    "links",
    "lists",
    "media",
    "moderation",
    "own",
    "people",
    "polls",
    "posts",
    "push",
    "queues",
    "quotes",
    "reading",
    "relays",
    "ring",
]
metadata = Table.metadata
