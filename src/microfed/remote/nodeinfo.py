"""NodeInfo: what another server says it runs."""

from typing import Any

import orjson

from microfed.errors import Refused
from microfed.here import same_origin
from microfed.remote.http import Web

_LINKS = "/.well-known/nodeinfo"
_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
MOST_BYTES = 200_000


async def software_of(web: Web, url: str) -> str | None:
    """Return the name and version of what runs at `url` (https://host), None when it does not say.

    Raises TryLater when the network fails.
    """
    links = (await _read(web, url + _LINKS)).get("links")
    found = [
        str(link["href"])
        for link in (links if isinstance(links, list) else ())
        if isinstance(link, dict)
        and str(link.get("rel", "")).startswith(_SCHEMA)
        and isinstance(link.get("href"), str)
    ]
    # A server speaks for itself alone: what it says lies elsewhere is not asked for.
    ours = [href for href in found if same_origin(href, url)]
    if not ours:
        return None
    software = (await _read(web, ours[-1])).get("software")
    if not isinstance(software, dict) or not isinstance(software.get("name"), str):
        return None
    version = software.get("version")
    return f"{software['name']} {version}" if isinstance(version, str) else software["name"]


async def _read(web: Web, url: str) -> dict[str, Any]:
    try:
        answer = await web.get(
            url, accept="application/json", max_bytes=MOST_BYTES, same_origin=True
        )
        data = orjson.loads(answer.body) if answer.is_success else None
    except (Refused, orjson.JSONDecodeError):
        return {}
    return data if isinstance(data, dict) else {}
