"""The whole round of the doctor: this machine first, then how the world sees us.

The command line walks it when asked; the server walks it every night and keeps what it found, so
that the desk can say in ten seconds whether all is well without asking anybody.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from microfed import clock
from microfed.keeping.doctor import (
    Finding,
    check_backups,
    check_database,
    check_folder,
    check_settings,
    check_storage,
)
from microfed.keeping.doctor_outside import (
    check_certificate,
    check_door,
    check_mail,
    check_name,
    check_peer,
)
from microfed.operations.jobs import add_job
from microfed.operations.place import keep_setting
from microfed.remote.http import Web
from microfed.settings import Settings
from microfed.store.access import Setting
from microfed.store.database import Database, Tx
from microfed.store.queues import Job

_NAME = "check_up"
EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CheckUp:
    """What the last round found, and when it was."""

    at: datetime
    findings: list[Finding]
    certificate_until: datetime | None = None  # None: unknown, or there is none


async def look_round(
    settings: Settings, db: Database, web: Web, *, peer: str = ""
) -> list[Finding]:
    """Look at everything, and return what is not as it should be; `peer` is a server to ask too.

    What waits for a disk or a socket does so in a thread: a server that looks goes on serving.
    """
    found = await asyncio.to_thread(_look_here, settings, db)
    if not any(each.about == "database" for each in found):
        found += await check_storage(settings, db)
    found += check_backups(settings, clock.now())
    found += await asyncio.to_thread(check_name, settings)
    found += await asyncio.to_thread(check_certificate, settings)
    found += await check_door(settings, web)
    if peer:
        found += await check_peer(peer, web)
    return found + await check_mail(settings)


def keep_check_up(
    tx: Tx, findings: list[Finding], *, certificate_until: datetime | None = None
) -> None:
    """Keep what a round found, in place of what the one before did."""
    kept: dict[str, Any] = {
        "at": tx.now.isoformat(),
        "findings": [asdict(each) for each in findings],
    }
    if certificate_until is not None:
        kept["certificate_until"] = certificate_until.isoformat()
    keep_setting(tx, _NAME, kept)


def last_check_up(tx: Tx) -> CheckUp | None:
    """Return what the last round found; None before the first."""
    kept = tx.session.get(Setting, _NAME)
    if kept is None:
        return None
    value: Mapping[str, Any] = kept.value
    until = value.get("certificate_until")
    return CheckUp(
        datetime.fromisoformat(value["at"]),
        [Finding(**each) for each in value["findings"]],
        None if until is None else datetime.fromisoformat(until),
    )


def order_check_up(tx: Tx) -> None:
    """Have the round walked now; asking twice is asking once."""
    add_job(tx, _NAME, key="round")


def order_check_up_daily(tx: Tx) -> None:
    """Have the round walked, unless that was less than a day ago."""
    last = last_check_up(tx)
    if last is None or tx.now - last.at > EVERY:
        order_check_up(tx)


def is_ordered(tx: Tx) -> bool:
    """Say whether somebody waits for the round."""
    waits = select(Job.id).where(Job.key == f"{_NAME}:round")
    return tx.connection.scalar(waits) is not None


def _look_here(settings: Settings, db: Database) -> list[Finding]:
    return [*check_settings(settings), *check_folder(settings), *check_database(settings, db)]
