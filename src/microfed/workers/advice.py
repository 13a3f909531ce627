"""Asking an ally, each day, what it advises about other servers."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from microfed.errors import Refused
from microfed.here import origin_of
from microfed.house import House
from microfed.operations.advice import advice_came, ask_for_advice, forget_advice
from microfed.outbound.allies import ally_at
from microfed.store.database import Tx
from microfed.vocab.reading import documents


async def ask_advice(house: House, arguments: Mapping[str, Any]) -> None:
    """Fetch it in the name of our place. Who shares nothing says nothing; a failure is tried
    again."""
    host = str(arguments["host"])
    ally = await house.db.read(lambda tx: ally_at(tx, host))
    if ally is None:
        await house.db.write(lambda tx: forget_advice(tx, host))
        return
    uri = f"{origin_of(ally.uri)}/ring/advice"
    house.fetcher.forget(uri)
    items: list[Mapping[str, Any]] = []
    with suppress(Refused):  # it shares nothing, or no longer
        items = list(documents((await house.fetcher.document(uri)).data.get("items")))

    def keep(tx: Tx) -> None:
        advice_came(tx, host=host, items=items)
        if ally_at(tx, host) is not None:
            ask_for_advice(tx, host, later=True)

    await house.db.write(keep)
