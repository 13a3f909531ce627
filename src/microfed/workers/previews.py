"""Reads the pages that posts lead to, for the cards under them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from microfed.errors import Refused
from microfed.here import Here
from microfed.house import House
from microfed.operations.previews import link_was_read
from microfed.remote.previews import Preview, read_preview
from microfed.store.database import Tx
from microfed.store.links import Link


async def preview(house: House, arguments: Mapping[str, Any]) -> None:
    """Read a page; what it says of itself is shown under the posts that lead to it."""
    link_id = int(arguments["link_id"])
    url = await house.db.read(lambda tx: _url(tx, link_id))
    if url is None:
        return
    try:
        found = await read_preview(house.web, url)
    except Refused:
        found = None
    card = None if found is None else card_of(house.db.here, link_id, url, found)
    image = None if found is None else found.image
    await house.db.write(lambda tx: link_was_read(tx, link_id, card=card, image_url=image))


def card_of(here: Here, link_id: int, url: str, found: Preview) -> dict[str, Any]:
    """Return a page as apps read it (PreviewCard). Its picture is shown by us, not by them."""
    parts = urlsplit(url)
    author = {"name": found.author, "url": "", "account": None}
    return {
        "url": url,
        "title": found.title,
        "description": found.description,
        "language": found.language or None,
        "type": found.kind,
        "authors": [author] if found.author else [],
        "author_name": found.author,
        "author_url": "",
        "provider_name": found.provider or parts.netloc,
        "provider_url": f"{parts.scheme}://{parts.netloc}",
        "html": "",
        "width": 0,
        "height": 0,
        "image": here.remote_media("l", link_id, found.image) if found.image else None,
        "image_description": found.image_description,
        "embed_url": "",
        "blurhash": None,
        "published_at": None,
    }


def _url(tx: Tx, link_id: int) -> str | None:
    link = tx.session.get(Link, link_id)
    return None if link is None else link.url
