"""The first page of the desk: is all well, and who waits for me?"""

import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from microfed import clock
from microfed.house import house_of
from microfed.keeping.check_up import last_check_up
from microfed.keeping.doctor import OLDEST_BACKUP, last_backup
from microfed.queries.desk import Week, overview
from microfed.queries.sessions import SignedIn
from microfed.web.desk.door import show

PATH = "/desk"
HEIGHT, WIDTH, GAP = 60, 24, 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a plot, in its own units: x and y from the top left."""

    x: int
    y: int
    height: int
    week: Week


async def overview_page(request: Request, _member: SignedIn) -> Response:
    """GET: one page that says in ten seconds whether all is well."""
    house = house_of(request)
    found = await house.db.read_slowly(overview)
    looked = await house.db.read(last_check_up)
    return show(
        request,
        "overview",
        found=found,
        bars=bars(found.weeks),
        width=len(found.weeks) * (WIDTH + GAP),
        height=HEIGHT,
        bar_width=WIDTH,
        megabytes={kind: size / 1_000_000 for kind, size in sorted(found.bytes.items())},
        budget=house.settings.media_budget / 1_000_000,
        memory=_memory(),
        check_up=looked,
        backup_at=last_backup(house.settings),
        backup_since=clock.now() - OLDEST_BACKUP,
    )


def bars(weeks: Sequence[Week]) -> list[Bar]:
    """Return a plot of what was said each week; the tallest bar fills it."""
    most = max((week.posts for week in weeks), default=0) or 1
    heights = [round(week.posts / most * (HEIGHT - 4)) for week in weeks]
    return [
        Bar(at * (WIDTH + GAP), HEIGHT - max(height, 1), max(height, 1), week)
        for at, (height, week) in enumerate(zip(heights, weeks, strict=True))
    ]


def _memory() -> float:
    """Return the most memory this server has taken so far, in megabytes."""
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return taken / (1_000_000 if sys.platform == "darwin" else 1_000)
