"""Asking allied places whom their directories have: all at once, and none for long."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from microfed.errors import Refused, TryLater
from microfed.here import origin_of
from microfed.remote.fetcher import Fetcher
from microfed.vocab.directory import FoundThere, read_found

SECONDS = 6.0
MOST_ASKED = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What an allied place said; None when it does not answer, or has no directory."""

    host: str
    found: list[FoundThere] | None


async def ask_allies(
    fetcher: Fetcher, places: Sequence[tuple[str, str]], words: str, *, seconds: float = SECONDS
) -> list[Answer]:
    """Ask places, given as (server, id of its actor), for people. The place itself signs."""
    asked = (_ask(fetcher, host, uri, words, seconds) for host, uri in places[:MOST_ASKED])
    return list(await asyncio.gather(*asked))


async def _ask(fetcher: Fetcher, host: str, uri: str, words: str, seconds: float) -> Answer:
    origin = origin_of(uri)
    url = f"{origin}/ring/directory?{urlencode({'q': words})}"
    try:
        async with asyncio.timeout(seconds):
            document = await fetcher.anonymous(url)
    # Whatever is amiss there: the others have answered, and that is shown.
    except (Refused, TryLater, TimeoutError):
        return Answer(host, None)
    return Answer(host, read_found(document, origin))
