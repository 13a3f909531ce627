"""Reading what a page says of itself, for the card under a post that leads to it.

Only words and the address of one picture are taken: never HTML of another place (CVE-2023-36459).
Source: The Open Graph protocol, and what plain HTML has.
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from microfed.errors import NotFound, TryLater, WrongMediaType
from microfed.remote.http import Web

MOST_BYTES = 1_000_000
FETCH_SECONDS = 10.0
MOST_TITLE = 200
MOST_DESCRIPTION = 500
MOST_URL = 2_000
_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a page says of itself, in bare text. Empty where it says nothing."""

    title: str
    description: str = ""
    provider: str = ""
    author: str = ""
    language: str = ""
    kind: str = "link"
    image: str | None = None
    image_description: str = ""


async def read_preview(web: Web, url: str) -> Preview | None:
    """Return what the page at `url` says of itself; None for one without so much as a title.

    Raises the Refused that fits, or TryLater, when it cannot be had.
    """
    answer = await web.get(
        url,
        accept="text/html, application/xhtml+xml;q=0.9",
        max_bytes=MOST_BYTES,
        deadline=FETCH_SECONDS,
    )
    if answer.status >= 500 or answer.status == 429:
        raise TryLater(f"the page answered {answer.status}")
    if not answer.is_success:
        raise NotFound(f"the page answered {answer.status}")
    if not answer.headers.get("content-type", "").lower().startswith(_HTML):
        raise WrongMediaType("this is no page")
    # A large page takes some milliseconds to read, which nobody else shall wait for.
    return await asyncio.to_thread(preview_in, answer.body, answer.url)


def preview_in(body: bytes, url: str) -> Preview | None:
    """Return what the page `body`, which lives at `url`, says of itself."""
    # Imported here: only this job needs the parser, and it costs memory.
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415

    page = LexborHTMLParser(body)
    said: dict[str, str] = {}
    for meta in page.css("meta[content]"):
        attributes = meta.attributes
        name = (attributes.get("property") or attributes.get("name") or "").strip().lower()
        said.setdefault(name, attributes.get("content") or "")
    head = page.css_first("title")
    title = _words(said.get("og:title") or said.get("twitter:title"), MOST_TITLE) or _words(
        None if head is None else head.text(), MOST_TITLE
    )
    if not title:
        return None
    root = page.css_first("html")
    image = _address(said.get("og:image") or said.get("twitter:image"), url)
    return Preview(
        title=title,
        description=_words(
            said.get("og:description")
            or said.get("description")
            or said.get("twitter:description"),
            MOST_DESCRIPTION,
        ),
        provider=_words(said.get("og:site_name"), MOST_TITLE),
        author=_words(said.get("author") or said.get("article:author"), MOST_TITLE),
        language=_words(None if root is None else root.attributes.get("lang"), 20),
        image=image,
        image_description=_words(said.get("og:image:alt"), MOST_DESCRIPTION) if image else "",
    )


def _words(said: str | None, most: int) -> str:
    """Return what is said as one line of at most `most` characters."""
    words = " ".join((said or "").replace("\x00", "").split())
    words = words.encode("utf-8", "ignore").decode("utf-8")
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _address(said: str | None, page: str) -> str | None:
    if not said or len(said) > MOST_URL:
        return None
    try:
        found = urljoin(page, said.strip())
        return found if urlsplit(found).scheme in ("http", "https") else None
    except ValueError:
        return None
