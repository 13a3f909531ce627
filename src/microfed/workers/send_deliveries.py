"""Sends what is due: many lanes at once, one after the other within a lane, no transaction open.

What became of it is recorded for many in one transaction.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import MutableMapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import partial

from cachetools import LRUCache, TTLCache

from microfed import clock
from microfed.errors import Refused, TryLater
from microfed.house import House
from microfed.operations.deliveries import (
    Claimed,
    Due,
    Lane,
    claim_deliveries,
    next_delivery_at,
    signing_key,
)
from microfed.operations.delivery_outcomes import Outcome, record_outcomes
from microfed.operations.hosts import remember_scheme
from microfed.operations.synchronising import synchronisation_headers
from microfed.remote.fetch import knock
from microfed.remote.http import Answer
from microfed.remote.signatures import Scheme, Signer
from microfed.vocab.terms import ACTIVITY_JSON
from microfed.workers.running import Wake

log = logging.getLogger(__name__)

LANES_AT_ONCE = 256
CLAIM = 512
# Long enough for the answers of many servers to share a commit, too short for anyone to notice.
GATHER_SECONDS = 0.02
LONGEST_RETRY_AFTER = timedelta(hours=6)
TRIES_WHEN_NOT_LET_IN = 3
DROP = frozenset({400, 405, 406, 411, 413, 414, 415, 421, 422, 501})


class SendDeliveries:
    """The worker that carries everything out of the house."""

    def __init__(self, house: House, wake: Wake) -> None:
        self._house = house
        self._wake = wake
        self._busy: dict[Lane, asyncio.Task[None]] = {}
        self._outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
        self._has_more = False
        self.outcomes: Counter[str] = Counter()  # what became of what was sent, by kind
        self._signers: LRUCache[int, Signer] = LRUCache(1_000)
        # A follow that comes meanwhile is noticed with the next comparison.
        self._digests: TTLCache[int, asyncio.Task[dict[str, str]]] = TTLCache(
            1_000, ttl=60, timer=time.monotonic
        )
        house.db.news.listen("actor", lambda _: self._signers.clear())

    async def sent(self) -> None:
        """Wait until nothing is on its way any more."""
        while self._busy:
            await asyncio.wait(list(self._busy.values()))

    async def once(self) -> None:
        """Start every lane that has something due, or wait."""
        started = 0
        if len(self._busy) < LANES_AT_ONCE:
            started = await self.start_due()
        if not started:
            # What waits for a lane that is under way is not due before the bell rings.
            until = None if self._busy else await self._house.db.read(next_delivery_at)
            await self._wake.wait(until)

    async def start_due(self) -> int:
        """Claim what is due and start sending it; return how many deliveries were claimed."""
        busy = frozenset(self._busy)
        claimed = await self._house.db.write(lambda tx: claim_deliveries(tx, busy=busy, most=CLAIM))
        self._has_more = claimed.has_more
        for lane, dues in claimed.lanes.items():
            task = asyncio.create_task(self._run(lane, dues, claimed))
            self._busy[lane] = task
            task.add_done_callback(partial(self._finished, lane))
        return sum(len(dues) for dues in claimed.lanes.values())

    async def record(self) -> None:
        """Write down outcomes as they come, many at a time."""
        outcomes = [await self._outcomes.get()]
        await asyncio.sleep(GATHER_SECONDS)
        while not self._outcomes.empty() and len(outcomes) < CLAIM:
            outcomes.append(self._outcomes.get_nowait())
        factor = self._house.settings.retry_factor
        try:
            await self._house.db.write(lambda tx: record_outcomes(tx, outcomes, factor=factor))
        except TryLater:
            # Kept until it can be written: what arrived is not sent again for want of a note.
            for outcome in outcomes:
                self._outcomes.put_nowait(outcome)
            raise
        self.outcomes.update(outcome.kind for outcome in outcomes)
        if self._has_more or any(o.kind not in ("delivered", "dropped") for o in outcomes):
            self._wake.ring()

    async def stop(self) -> None:
        """Let go of what is on its way; it is sent again at the next start."""
        for task in list(self._busy.values()):
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _run(self, lane: Lane, dues: list[Due], claimed: Claimed) -> None:
        schemes: dict[str, Scheme] = {
            host: "rfc9421" if scheme == "rfc9421" else "cavage"
            for host, scheme in claimed.schemes.items()
        }
        before = dict(schemes)
        for at, due in enumerate(dues):
            outcome = await self._send(due, claimed.bodies.get(due.activity_id), schemes)
            self._outcomes.put_nowait(outcome)
            if outcome.kind in ("failed", "away"):
                for waiting in dues[at + 1 :]:
                    self._outcomes.put_nowait(Outcome(waiting, "returned"))
                break
        host = lane[0]
        if schemes.get(host) != before.get(host):
            learned = schemes[host]
            await self._house.db.write(lambda tx: remember_scheme(tx, host, learned))

    async def _send(
        self, due: Due, body: bytes | None, schemes: MutableMapping[str, Scheme]
    ) -> Outcome:
        signer = await self._signer(due.sender_id)
        if signer is None or body is None:
            return Outcome(due, "dropped", "the sender is no longer here")
        content = body
        headers = await self._synchronisation(due, content)

        async def post(signing: Signer) -> Answer:
            return await self._house.web.post(
                due.inbox, content, content_type=ACTIVITY_JSON, headers=headers, sign=signing
            )

        try:
            answer = await knock(post, signer=signer, host=due.host, schemes=schemes)
        except TryLater as away:
            return Outcome(due, "away", str(away))
        except Refused as refused:  # an address that we may not call
            return Outcome(due, "dropped", str(refused))
        except Exception as fault:  # one poisoned message must not stop the lane
            log.exception("could not send delivery %s", due.id)
            return Outcome(due, "failed", f"{type(fault).__name__}: {fault}")
        return judge(due, answer)

    async def _synchronisation(self, due: Due, body: bytes) -> dict[str, str]:
        """Return the header by which a server compares its followers with ours (FEP-8fcf)."""
        if b'/followers"' not in body:
            return {}
        asking = self._digests.get(due.sender_id)
        if asking is None:  # all lanes of one sender wait for one look
            asking = self._digests[due.sender_id] = asyncio.create_task(
                self._house.db.read(lambda tx: synchronisation_headers(tx, due.sender_id))
            )
        try:
            header = (await asyncio.shield(asking)).get(due.host)
        except TryLater:  # it compares; what is sent arrives without it
            self._digests.pop(due.sender_id, None)
            return {}
        return {"Collection-Synchronization": header} if header else {}

    async def _signer(self, sender_id: int) -> Signer | None:
        signer = self._signers.get(sender_id)
        if signer is None:
            key = await self._house.db.read(lambda tx: signing_key(tx, sender_id))
            if key is None:
                return None
            signer = self._signers[sender_id] = Signer(*key)
        return signer

    def _finished(self, lane: Lane, task: asyncio.Task[None]) -> None:
        self._busy.pop(lane, None)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("the lane to %s broke", lane[0], exc_info=fault)
        if self._has_more or not self._busy:
            self._wake.ring()


def judge(due: Due, answer: Answer) -> Outcome:
    """Return what an answer to a delivery means (interop.md §4.2). Pure."""
    status, why = answer.status, f"answered {answer.status}"
    if answer.is_success:
        return Outcome(due, "delivered")
    if status in (404, 410):
        return Outcome(due, "dropped", why, is_inbox_dead=True)
    if status in (401, 403):
        is_final = due.attempts + 1 >= TRIES_WHEN_NOT_LET_IN
        return Outcome(due, "dropped" if is_final else "failed", why)
    if status in DROP or 300 <= status < 400:
        return Outcome(due, "dropped", why)
    wait = retry_after(answer.headers.get("retry-after"))
    if status in (408, 425, 429) or status < 500:
        return Outcome(due, "failed", why, wait)
    return Outcome(due, "away", why, wait)


def retry_after(value: str | None) -> timedelta | None:
    """Return how long a server asks us to wait, in seconds or until a date; at most 6 hours."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), LONGEST_RETRY_AFTER)
    try:
        wait = parsedate_to_datetime(value) - clock.now()
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta()), LONGEST_RETRY_AFTER)
