"""Handles what was kept, oldest first, each in one transaction.

A handler that needs something from another server raises Missing: its transaction is undone, the
thing is fetched with none open, and the handler runs again.
"""

import asyncio
import logging

from microfed.errors import Refused, TryLater
from microfed.federation.receiving import handle_parked
from microfed.fetching import carry_out
from microfed.house import House
from microfed.operations.receive import (
    claim_received,
    find_received,
    finish_received,
    next_received_at,
    refuse_received,
    retry_received,
)
from microfed.store.database import Tx
from microfed.workers.running import Wake

log = logging.getLogger(__name__)
AT_ONCE = 8


class HandleReceived:
    """The worker that finishes what the inbox answered 202 to."""

    def __init__(self, house: House, wake: Wake) -> None:
        self._house = house
        self._wake = wake

    async def once(self) -> None:
        """Handle what is due, or wait for the next."""
        if not await self.handle_due():
            await self._wake.wait(await self._house.db.read(next_received_at))

    async def handle_due(self) -> int:
        """Handle what is due now; return how many there were."""
        ids = await self._house.db.write(lambda tx: claim_received(tx, most=AT_ONCE))
        await asyncio.gather(*(self._handle(id_) for id_ in ids))
        return len(ids)

    async def _handle(self, id_: int) -> None:
        def work(tx: Tx) -> None:
            row = find_received(tx, id_)
            if row is not None:
                handle_parked(
                    tx,
                    sender_id=row.sender_id,
                    body=row.document,
                    carried_by=row.carried_by,
                )
                tx.flush()
                finish_received(tx, id_)

        db = self._house.db
        factor = self._house.settings.retry_factor
        try:
            await carry_out(self._house, work)
        except Refused as refused:
            why = str(refused)
            await db.write(lambda tx: refuse_received(tx, id_, why))
        except TryLater as later:
            why = str(later)
            await db.write(lambda tx: retry_received(tx, id_, why, factor=factor))
        except Exception as fault:  # it must not hold up the others; the row keeps the record
            log.exception("could not handle received activity %s", id_)
            why = f"{type(fault).__name__}: {fault}"
            await db.write(lambda tx: retry_received(tx, id_, why, factor=factor))
