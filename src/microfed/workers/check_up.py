"""Walks the doctor's round, and keeps what it found for the desk."""

import asyncio
from collections.abc import Mapping
from typing import Any

from microfed.house import House
from microfed.keeping.check_up import keep_check_up, look_round
from microfed.keeping.doctor_outside import certificate_end


async def check_up(house: House, _given: Mapping[str, Any]) -> None:
    """Look whether all is well; nothing here is said to anybody else."""
    found = await look_round(house.settings, house.db, house.web)
    until = await asyncio.to_thread(certificate_end, house.settings)
    await house.db.write(lambda tx: keep_check_up(tx, found, certificate_until=until))
