"""All tables at once, for migrations and tests. Import this to know the whole schema."""

from microfed.store import (
    access,
    media,
    moderation,
    own,
    people,
    polls,
    posts,
    queues,
    quotes,
    relays,
)
from microfed.store.rows import Table

__all__ = [
    "Table",
    "access",
    "media",
    "moderation",
    "own",
    "people",
    "polls",
    "posts",
    "queues",
    "quotes",
    "relays",
]
metadata = Table.metadata
