"""Walks the doctor's round, and keeps what it found for the desk."""

from collections.abc import Mapping
from typing import Any

from microfed.house import House
from microfed.keeping.check_up import keep_check_up, look_round


async def check_up(house: House, _given: Mapping[str, Any]) -> None:
    """Look whether all is well; nothing here is said to anybody else."""
    found = await look_round(house.settings, house.db, house.web)
    await house.db.write(lambda tx: keep_check_up(tx, found))
