"""Hashtags as apps read them."""

from typing import Any

from microfed.here import Here
from microfed.queries.tags import TagView


def tag_entity(here: Here, tag: TagView) -> dict[str, Any]:
    """Return a Tag (interop.md, appendix B); the figures are words, as Mastodon's are."""
    return {
        "id": str(tag.id),
        "name": tag.display,
        "url": here.tag(tag.name),
        "history": [
            {
                "day": str(int(day.day.timestamp())),
                "uses": str(day.uses),
                "accounts": str(day.people),
            }
            for day in tag.days
        ],
    }
