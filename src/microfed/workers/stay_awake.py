"""Writes down once a minute that we run; after a long silence what was missed is asked for."""

import asyncio

from microfed.house import House
from microfed.operations.gathering import we_are_awake

EVERY_SECONDS = 60.0


class StayAwake:
    """The worker that notices that we slept."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def once(self) -> None:
        """Say so now, and again in a minute."""
        factor = self._house.settings.retry_factor
        await self._house.db.write(lambda tx: we_are_awake(tx, factor=factor))
        await asyncio.sleep(EVERY_SECONDS)
