"""Cleans up once an hour, a little at a time, and orders what is looked at now and then."""

import asyncio

from microfed.house import House
from microfed.keeping.check_up import order_check_up_daily
from microfed.operations.clean_up import MOST_AT_ONCE, clean_up
from microfed.operations.servers_met import order_software
from microfed.operations.subscriptions import order_lists_daily
from microfed.store.sizes import learn_sizes

EVERY_SECONDS = 3600.0
PAUSE_SECONDS = 1.0  # between two portions, so that others come in between


class CleanUp:
    """The worker that lets go of what is old."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def once(self) -> None:
        """Wait an hour, then clean up."""
        await asyncio.sleep(EVERY_SECONDS)
        is_more = True
        while is_more:
            is_more = await self._house.db.write(clean_up) >= MOST_AT_ONCE
            await asyncio.sleep(PAUSE_SECONDS)
        await self._house.db.write(learn_sizes)
        await self._house.db.write(order_check_up_daily)
        await self._house.db.write(order_software)
        await self._house.db.write(order_lists_daily)
