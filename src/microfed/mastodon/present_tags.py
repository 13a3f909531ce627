"""Hashtags as apps read them."""

from collections.abc import Sequence
from typing import Any

from microfed.here import Here
from microfed.queries.tags import TagView, marked_tags
from microfed.store.database import Tx


def tag_entities(tx: Tx, me: int | None, tags: Sequence[TagView]) -> list[dict[str, Any]]:
    """Return Tag of each, with what a member did with it when one asks."""
    if me is None:
        return [tag_entity(tx.here, tag) for tag in tags]
    followed, shown = marked_tags(tx, me, [tag.id for tag in tags])
    return [
        {
            **tag_entity(tx.here, tag),
            "following": tag.id in followed,
            "featuring": tag.id in shown,
        }
        for tag in tags
    ]


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
