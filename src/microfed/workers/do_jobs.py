"""Does what was put off: the table below says what each kind of job is, and where it is done."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from microfed.errors import Refused, TryLater
from microfed.house import House
from microfed.operations.jobs import Task, claim_jobs, finish_job, next_job_at, retry_job
from microfed.workers import errands, gather
from microfed.workers.advice import ask_advice
from microfed.workers.archive import make_archive
from microfed.workers.bring_list import bring_list
from microfed.workers.check_up import check_up
from microfed.workers.previews import preview
from microfed.workers.rule_lists import read_rule_list
from microfed.workers.running import Wake

log = logging.getLogger(__name__)

Do = Callable[[House, Mapping[str, Any]], Awaitable[None]]

JOBS: dict[str, Do] = {
    "ancestors": gather.gather_ancestors,
    "replies": gather.gather_replies,
    "profile": gather.gather_profile,
    "outbox": gather.gather_outbox,
    "refetch": errands.refetch,
    "refresh": errands.refresh,
    "synchronise": errands.synchronise,
    "check_quote": errands.check_quote,
    "check_answer": errands.check_answer,
    "check_boost": errands.check_boost,
    "tell_poll": errands.tell_poll,
    "make_findable": errands.make_findable,
    "gather_talks": errands.gather_private_talks,
    "expire_aid": errands.expire_offer,
    "remind_event": errands.remind_of_event,
    "next_date": errands.make_next_date,
    "tell_event": errands.tell_event,
    "free_places": errands.free_places_of,
    "event_is_off": errands.say_event_is_off,
    "tell_elsewhere": errands.tell_guests_elsewhere,
    "close_vote": errands.close_consultation,
    "learn_of": errands.learn_of,
    "expire_introduction": errands.expire_introduction,
    "send_letter": errands.send_weekly,
    "archive": make_archive,
    "bring_list": bring_list,
    "check_up": check_up,
    "ask_software": errands.ask_software,
    "ask_advice": ask_advice,
    "preview": preview,
    "read_rule_list": read_rule_list,
}
AT_ONCE = 4


class DoJobs:
    """The worker for what is done later."""

    def __init__(self, house: House, wake: Wake) -> None:
        self._house = house
        self._wake = wake

    async def once(self) -> None:
        """Do what is due, or wait for the next."""
        if not await self.do_due():
            due = await self._house.db.read(lambda tx: next_job_at(tx, kinds=JOBS))
            await self._wake.wait(due)

    async def do_due(self) -> int:
        """Do what is due now; return how many jobs there were."""
        tasks = await self._house.db.write(lambda tx: claim_jobs(tx, kinds=JOBS, most=AT_ONCE))
        await asyncio.gather(*(self._do(task) for task in tasks))
        return len(tasks)

    async def _do(self, task: Task) -> None:
        db, factor = self._house.db, self._house.settings.retry_factor
        try:
            await JOBS[task.kind](self._house, task.arguments)
        except Refused as refused:
            log.info("job %s %s came to nothing: %s", task.kind, task.id, refused)
        except TryLater as later:
            why = str(later)
            await db.write(lambda tx: retry_job(tx, task.id, why, factor=factor))
            return
        except Exception as fault:  # one job must not stop the others; the row keeps the record
            log.exception("could not do job %s %s", task.kind, task.id)
            why = f"{type(fault).__name__}: {fault}"
            await db.write(lambda tx: retry_job(tx, task.id, why, factor=factor))
            return
        await db.write(lambda tx: finish_job(tx, task.id))
