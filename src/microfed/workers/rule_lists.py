"""Reads a list of rules that we are subscribed to. It only becomes a draft: nothing is applied."""

from collections.abc import Mapping
from typing import Any

from microfed.errors import Refused, TryLater
from microfed.house import House
from microfed.operations.subscriptions import list_failed, list_was_read
from microfed.store.database import Tx
from microfed.store.subscriptions import RuleList

MOST_BYTES = 5_000_000
SECONDS = 30.0
_ACCEPT = "text/csv, application/json;q=0.9, text/plain;q=0.8, */*;q=0.1"


async def read_rule_list(house: House, arguments: Mapping[str, Any]) -> None:
    """Read a list; what it says, or why it could not be had, is shown at the desk."""
    list_id = int(arguments["list_id"])
    url = await house.db.read(lambda tx: _url(tx, list_id))
    if url is None:
        return
    try:
        answer = await house.web.get(url, accept=_ACCEPT, max_bytes=MOST_BYTES, deadline=SECONDS)
        why = "" if answer.is_success else f"it answers {answer.status}"
        text = answer.body.decode("utf-8")
    except UnicodeDecodeError:
        why, text = "this is not text", ""
    except (Refused, TryLater) as error:
        why, text = str(error), ""
    if why:
        await house.db.write(lambda tx: list_failed(tx, list_id=list_id, why=why))
    else:
        await house.db.write(lambda tx: list_was_read(tx, list_id=list_id, text=text))


def _url(tx: Tx, list_id: int) -> str | None:
    found = tx.session.get(RuleList, list_id)
    return None if found is None else found.url
