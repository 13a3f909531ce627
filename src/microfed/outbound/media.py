"""Where a picture, sound or film is shown from: always from here, so that no third party learns
who looks at what. For pages and apps alike; what the world is told is in `render`."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Protocol

from microfed.here import Here, digest_of

NO_EMOJIS: Mapping[str, str] = {}
# What our own files are called: nobody's picture sends a browser to another page of ours.
_FILE = re.compile(r"(?!.*\.\.)[\w-][\w./-]*", re.ASCII)


class Shown(Protocol):
    """A picture, sound or film: an `Attachment`, or a row with the same columns."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def file(self) -> str | None: ...  # noqa: D102
    @property
    def preview_file(self) -> str | None: ...  # noqa: D102
    @property
    def remote_url(self) -> str | None: ...  # noqa: D102


def media_url(here: Here, item: Shown) -> str | None:
    """Return where a picture, sound or film is shown; None while it is not ready."""
    if item.file:
        return here.media(item.file)
    if item.remote_url:
        return here.remote_media("a", item.id, item.remote_url)
    return None


def preview_url(here: Here, item: Shown) -> str | None:
    """Return where its small picture is; None for sound, and while it is not ready."""
    if item.preview_file:
        return here.media(item.preview_file)
    if item.kind in ("audio", "unknown"):
        return None
    if item.file:
        return here.media(item.file)
    return here.remote_media("p", item.id, item.remote_url) if item.remote_url else None


def avatar_url(here: Here, actor_id: int, uri: str | None) -> str | None:
    """Return where someone's face is shown, given the address in their `avatar_uri`."""
    return _shown(here, "i", actor_id, uri)


def header_url(here: Here, actor_id: int, uri: str | None) -> str | None:
    """Return where someone's banner is shown, given the address in their `header_uri`."""
    return _shown(here, "h", actor_id, uri)


def emoji_url(here: Here, emoji: Mapping[str, Any]) -> str:
    """Return where an emoji of a post or an actor (`{"shortcode", "url"}`) is shown."""
    url = str(emoji["url"])
    if is_kept_here(here, url):
        return url
    return f"{here.media_url or here.url}/media/remote/e-{digest_of(url)}"


def emojis_shown(here: Here, kept: Collection[Mapping[str, Any]] | None) -> Mapping[str, str]:
    """Return where each of the emojis of a post or an actor is shown, by its short code."""
    return {emoji["shortcode"]: emoji_url(here, emoji) for emoji in kept} if kept else NO_EMOJIS


def is_kept_here(here: Here, url: str) -> bool:
    """Say whether an address is one of our own files."""
    for base in (f"{here.url}/media/", f"{here.media_url or here.url}/media/"):
        if url.startswith(base):
            return _FILE.fullmatch(url, len(base)) is not None
    return False


def _shown(here: Here, slot: str, id_: int, uri: str | None) -> str | None:
    if uri is None or is_kept_here(here, uri):
        return uri
    return here.remote_media(slot, id_, uri)
