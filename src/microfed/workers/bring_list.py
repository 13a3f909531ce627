"""Follows the lists that members brought, a few lines at a time, other servers asked beforehand."""

import asyncio
import logging
from collections.abc import Mapping
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


async def bring_list(house: House, arguments: Mapping[str, Any]) -> None:
    """Do the next lines of a list, and put off the rest."""
    id_ = int(arguments["list_id"])
    kind, lines = await house.db.read(lambda tx: next_lines(tx, id_, most=AT_ONCE))
    if not lines:
        return
    await asyncio.gather(*(_do(house, id_, kind, number, words) for number, words in lines))
    last = lines[-1][0]
    await house.db.write(lambda tx: go_on(tx, id_, after=last))


async def _do(house: House, id_: int, kind: str, number: int, words: Mapping[str, Any]) -> None:
    try:
        target_id = None if kind == "domains" else await _find(house, kind, str(words["what"]))
        await house.db.write(lambda tx: do_line(tx, id_, number, target_id=target_id))
        return
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


async def _find(house: House, kind: str, what: str) -> int:
    """Return the id of a person or post, fetched if need be; NotFound where there is none."""
    wanted, uri = ("post", what) if kind == "bookmarks" else ("person", f"acct:{what}")
    found = await house.db.read(lambda tx: find_at(tx, uri))
    here = house.db.here
    is_ours = here.is_ours(uri) if wanted == "post" else here.local_name(what) is not None
    if found is None and not is_ours:
        try:
            brought = await bring(house, uri)
        except Refused as refused:
            raise NotFound(str(refused)) from None
        found = await house.db.read(lambda tx: find_at(tx, brought))
    if found is None or found.kind != wanted:
        raise NotFound("there is nothing at that address")
    return found.id
