"""The card under an offer, a need or an event of ours: apps show no more of it than that.

It leads to the page where one answers; elsewhere a server reads that page and makes its own.
"""

from typing import Any

from microfed.here import Here
from microfed.queries.status_parts import Parts
from microfed.store.aid import Aid
from microfed.words import all_words


def own_card(here: Here, parts: Parts) -> dict[str, Any] | None:
    """Return the card of what a post of ours leads to, or None."""
    about, post = parts.own_page, parts.post
    if about is None:
        return None
    words = all_words().get(post.language or "fr") or all_words()["en"]
    if isinstance(about, Aid):
        page, when = here.aid_page(about.id), f"{about.until:%d/%m/%Y}" if about.until else ""
    else:
        page, when = (
            here.event_page(about.id),
            words.span(about.starts_at, about.ends_at, about.zone),
        )
    return {
        "url": page,
        "title": about.title,
        "description": " · ".join(part for part in (when, about.place) if part),
        "language": post.language,
        "type": "link",
        "authors": [],
        "author_name": "",
        "author_url": "",
        "provider_name": here.domain,
        "provider_url": here.url,
        "html": "",
        "width": 0,
        "height": 0,
        "image": None,
        "image_description": "",
        "embed_url": "",
        "blurhash": None,
        "published_at": None,
    }
