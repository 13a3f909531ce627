"""Wakes apps: sends what waits for push services, with no transaction open."""

import asyncio
import logging
from urllib.parse import urlsplit

from microfed import clock
from microfed.errors import Refused, TryLater
from microfed.house import House
from microfed.mastodon.present_push import push_payload
from microfed.operations.pushing import (
    DuePush,
    claim_pushes,
    next_push_at,
    push_is_unwanted,
    push_must_wait,
    push_was_taken,
)
from microfed.operations.secrets import vapid_keys
from microfed.sealing import Sender, sealed
from microfed.store.database import Tx
from microfed.workers.running import Wake

log = logging.getLogger(__name__)
AT_ONCE = 32
_LATER = frozenset({408, 429})


class SendPushes:
    """The worker that wakes telephones."""

    def __init__(self, house: House, wake: Wake) -> None:
        self._house = house
        self._wake = wake

    async def once(self) -> None:
        """Send what is due, or wait for the next."""
        if not await self.send_due():
            await self._wake.wait(await self._house.db.read(next_push_at))

    async def send_due(self) -> int:
        """Send what is due now; return how many pushes there were."""
        if await self._house.db.read(_nothing_is_due):
            return 0
        found = await self._house.db.write(self._claim)
        await asyncio.gather(*(self._send(due, payload, sender) for due, payload, sender in found))
        return len(found)

    def _claim(self, tx: Tx) -> list[tuple[DuePush, bytes | None, Sender]]:
        keys = vapid_keys(tx)
        sender = Sender(keys.public, keys.private, tx.here.url)
        return [(due, push_payload(tx, due), sender) for due in claim_pushes(tx, most=AT_ONCE)]

    async def _send(self, due: DuePush, payload: bytes | None, sender: Sender) -> None:
        db, factor = self._house.db, self._house.settings.retry_factor
        if payload is None:  # what it was about is gone meanwhile
            await db.write(lambda tx: push_was_taken(tx, due))
            return
        try:
            body, headers = sealed(due.to, sender, payload, now=clock.now())
            answer = await self._house.web.post(
                due.to.endpoint, body, content_type="application/octet-stream", headers=headers
            )
        except TryLater:
            await db.write(lambda tx: push_must_wait(tx, due, factor=factor))
            return
        except Refused as refused:
            # Whoever knows the whole address may write to it.
            host = urlsplit(due.to.endpoint).hostname
            log.info("no push to somebody at %s any more: %s", host, type(refused).__name__)
            await db.write(lambda tx: push_is_unwanted(tx, due))
            return
        if answer.is_success:
            await db.write(lambda tx: push_was_taken(tx, due))
        elif answer.status in _LATER or answer.status >= 500:
            await db.write(lambda tx: push_must_wait(tx, due, factor=factor))
        else:
            await db.write(lambda tx: push_is_unwanted(tx, due))


def _nothing_is_due(tx: Tx) -> bool:
    moment = next_push_at(tx)
    return moment is None or moment > tx.now
