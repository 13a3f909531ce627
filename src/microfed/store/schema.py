"""All tables at once, for migrations and tests. Import this to know the whole schema."""

from microfed.store import access, media, people, posts, queues
from microfed.store.rows import Table

__all__ = ["Table", "access", "media", "people", "posts", "queues"]
metadata = Table.metadata
