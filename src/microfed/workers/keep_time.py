"""Does what was to be done at its time: says planned posts, closes polls, sends the letter."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from microfed import clock
from microfed.errors import Refused, TryLater
from microfed.fetching import carry_out
from microfed.house import House
from microfed.operations.announcements import next_announcement_at, publish_due
from microfed.operations.polls import close_polls, next_poll_end
from microfed.operations.weekly import make_due_letter, next_letter_at
from microfed.operations.wishes import due_planned, next_planned_at, planned_failed, say_planned
from microfed.store.database import Tx
from microfed.workers.running import Wake


class KeepTime:
    """The worker that looks at the clock."""

    def __init__(self, house: House, wake: Wake) -> None:
        self._house = house
        self._wake = wake

    async def once(self) -> None:
        """Do what is due, then wait for what comes next."""
        await self.do_due()
        await self._wake.wait(await self._house.db.read(self._next))

    async def do_due(self) -> int:
        """Say what was planned for now, close the polls that are over; returns how many."""
        db = self._house.db
        planned = await db.read(due_planned)
        for id_ in planned:
            try:
                await carry_out(self._house, partial(_say, id_), waits=False)
            except Refused as error:
                await db.write(partial(_failed, id_, error))
            except TryLater:
                continue  # another server is slow: the next round tries again
        closed = 0 if await db.read(_nothing_ends) else await db.write(close_polls)
        said = 0 if await db.read(_nothing_to_publish) else await db.write(publish_due)
        return len(planned) + closed + said + await self._send_letter()

    async def _send_letter(self) -> int:
        db, settings = self._house.db, self._house.settings
        due = await db.read(self._next_letter)
        if due is None or due > clock.now():
            return 0
        zone, language = ZoneInfo(settings.timezone), settings.language
        await db.write(partial(_make_letter, zone, language))
        return 1

    def _next_letter(self, tx: Tx) -> datetime | None:
        return next_letter_at(tx, ZoneInfo(self._house.settings.timezone))

    def _next(self, tx: Tx) -> datetime | None:
        moments = (*_nexts(tx), self._next_letter(tx))
        return min((moment for moment in moments if moment is not None), default=None)


def _say(id_: int, tx: Tx) -> None:
    say_planned(tx, id_)


def _failed(id_: int, error: Refused, tx: Tx) -> None:
    planned_failed(tx, id_, error)


def _make_letter(zone: ZoneInfo, language: str, tx: Tx) -> None:
    make_due_letter(tx, zone, language=language)


def _nothing_ends(tx: Tx) -> bool:
    end = next_poll_end(tx)
    return end is None or end > tx.now


def _nothing_to_publish(tx: Tx) -> bool:
    due = next_announcement_at(tx)
    return due is None or due > tx.now


def _nexts(tx: Tx) -> tuple[datetime | None, ...]:
    return next_poll_end(tx), next_planned_at(tx), next_announcement_at(tx)
