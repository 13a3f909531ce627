"""Follows the lists that members brought, a few lines at a time, other servers asked beforehand."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from microfed.errors import Missing, NotFound, Refused, TryLater
from microfed.fetching import bring
from microfed.house import House
from microfed.operations.brought_lists import do_line, go_on, leave_line
from microfed.queries.addresses import find_at
from microfed.queries.brought_lists import next_lines

log = logging.getLogger(__name__)
# So few that a long list of servers that are away does not hold up what else is due.
AT_ONCE = 4
POSTS = ("bookmarks", "likes")
# Of a long list of posts most are unknown here: each second a few are asked for, no more.
LONG = 100
PAUSE = timedelta(seconds=1)


async def bring_list(house: House, arguments: Mapping[str, Any]) -> None:
    """Do the next lines of a list, and put off the rest."""
    id_ = int(arguments["list_id"])
    kind, total, lines = await house.db.read(lambda tx: next_lines(tx, id_, most=AT_ONCE))
    if not lines:
        return
    asked = await asyncio.gather(*(_do(house, id_, kind, number, words) for number, words in lines))
    last = lines[-1][0]
    is_far = any(asked) and kind in POSTS and total > LONG
    pause = PAUSE * house.settings.retry_factor if is_far else timedelta()
    await house.db.write(lambda tx: go_on(tx, id_, after=last, pause=pause))


async def _do(house: House, id_: int, kind: str, number: int, words: Mapping[str, Any]) -> bool:
    """Do a line; say whether another server was asked."""
    target_id, is_asked = None, False
    try:
        if kind != "domains" and "goes" not in words:
            wanted, uri = _wanted(kind, str(words["what"]))
            target_id = await _known(house, wanted, uri)
            if target_id is None:
                is_asked = True
                target_id = await _fetched(house, wanted, uri)
        await house.db.write(lambda tx: do_line(tx, id_, number, target_id=target_id))
        return is_asked
    except (NotFound, Missing):
        why = "unknown"
    except Refused:
        why = "refused"
    except TryLater:
        why = "away"
    except Exception:  # one line must not keep the others from being done
        log.exception("could not do line %s of list %s", number, id_)
        why = "broken"
    await house.db.write(lambda tx: leave_line(tx, id_, number, why))
    return is_asked


def _wanted(kind: str, what: str) -> tuple[str, str]:
    """Return whether a person or a post is meant, and its address."""
    is_address = what.startswith(("https://", "http://"))
    return "post" if kind in POSTS else "person", what if is_address else f"acct:{what}"


async def _known(house: House, wanted: str, uri: str) -> int | None:
    """Return the id of a person or post that is here; NotFound when it should be and is not."""
    found = await house.db.read(lambda tx: find_at(tx, uri))
    here = house.db.here
    is_ours = here.is_ours(uri) or (uri.startswith("acct:") and here.local_name(uri) is not None)
    if found is None and not is_ours:
        return None
    if found is None or found.kind != wanted:
        raise NotFound("there is nothing at that address")
    return found.id


async def _fetched(house: House, wanted: str, uri: str) -> int:
    """Return the id of a person or post after it was fetched; NotFound where there is none."""
    try:
        brought = await bring(house, uri)
    except Refused as refused:
        raise NotFound(str(refused)) from None
    found = await house.db.read(lambda tx: find_at(tx, brought))
    if found is None or found.kind != wanted:
        raise NotFound("there is nothing at that address")
    return found.id
