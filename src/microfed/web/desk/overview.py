"""The first page of the desk: is all well, and who waits for me?"""

import os
import resource
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from microfed import clock
from microfed.house import House, house_of
from microfed.keeping.check_up import CheckUp, last_check_up
from microfed.keeping.doctor import LEAST_FREE, OLDEST_BACKUP, last_backup
from microfed.queries.desk import Overview, overview
from microfed.queries.sessions import SignedIn
from microfed.web.desk.door import show
from microfed.words import N_

PATH = "/desk"
HEIGHT, WIDTH, GAP = 60, 24, 6
MEGABYTE = 1_000_000
# A certificate is renewed a month before its end; later than this nobody has seen to it.
CERTIFICATE_SOON = timedelta(days=14)
AGES = (
    N_("less than five minutes"),
    N_("up to an hour"),
    N_("up to six hours"),
    N_("up to a day"),
    N_("longer"),
)
KINDS = {
    "posts": N_("Pictures and films of members"),
    "profiles": N_("Pictures of profiles"),
    "emojis": N_("Emojis"),
    "leaving": N_("Files about to go"),
    "elsewhere": N_("Pictures from elsewhere"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a plot, in its own units: x and y from the top left; and what it stands for."""

    x: int
    y: int
    height: int
    figure: int


@dataclass(frozen=True, slots=True)
class Measured:
    """How much of something there is, in megabytes, of how much there may be."""

    name: str
    size: float
    most: float | None
    percent: int


async def overview_page(request: Request, _member: SignedIn) -> Response:
    """GET: one page that says in ten seconds whether all is well."""
    house = house_of(request)
    found = await house.db.read_slowly(overview)
    looked = await house.db.read(last_check_up)
    return show(
        request,
        "overview",
        found=found,
        spoke=bars([week.posts for week in found.weeks]),
        wrote=bars([week.people for week in found.weeks]),
        lived=bars([week.members for week in found.weeks]),
        waits=bars(found.ages),
        ages=AGES,
        width=len(found.weeks) * (WIDTH + GAP) - GAP,
        waits_width=len(found.ages) * (WIDTH + GAP) - GAP,
        height=HEIGHT,
        bar_width=WIDTH,
        **_house(house, found, looked),
    )


def _house(house: House, found: Overview, looked: CheckUp | None) -> dict[str, Any]:
    """Return what the page says about the machine: storage, memory, backup, certificate."""
    now = clock.now()
    free = shutil.disk_usage(house.settings.data).free
    until = looked.certificate_until if looked else None
    taken, machine = _memory()
    return {
        "storage": measured(found.bytes, free, house.settings.media_budget),
        "free": free / MEGABYTE,
        "is_room": free >= LEAST_FREE,
        "memory": Measured("", taken, machine, _percent(taken, machine)),
        "memory_most": _most_memory(),
        "check_up": looked,
        "certificate_days": None if until is None else (until - now).days,
        "is_certificate_good": until is None or until - now > CERTIFICATE_SOON,
        "backup_at": last_backup(house.settings),
        "backup_since": now - OLDEST_BACKUP,
    }


def bars(figures: Sequence[int]) -> list[Bar]:
    """Return a plot of figures, one bar each; the tallest fills it, and nothing is no bar."""
    most = max(figures, default=0) or 1
    heights = [max(round(one / most * (HEIGHT - 4)), 2 if one else 0) for one in figures]
    return [
        Bar(at * (WIDTH + GAP), HEIGHT - height, height, figure)
        for at, (height, figure) in enumerate(zip(heights, figures, strict=True))
    ]


def measured(kept: dict[str, int], free: int, budget: int) -> list[Measured]:
    """Return what is kept by kind: what came from elsewhere beside its budget, the rest beside the
    room there is on the disk."""
    room = sum(kept.values()) + free
    found = []
    for kind, size in sorted(kept.items(), key=lambda item: -item[1]):
        most = budget if kind == "elsewhere" else None
        found.append(
            Measured(
                KINDS[kind],
                size / MEGABYTE,
                None if most is None else most / MEGABYTE,
                _percent(size, most or room),
            )
        )
    return found


def _percent(part: float, whole: float) -> int:
    """Return a share of a whole; what is there at all is seen."""
    return min(100, max(round(100 * part / whole), 1 if part else 0)) if whole else 0


def _memory() -> tuple[float, float]:
    """Return the memory this server takes now, and what the machine has, in megabytes."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):  # no Linux
        return _most_memory(), machine
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE, machine


def _most_memory() -> float:
    """Return the most memory this server took so far, in megabytes."""
    unit = 1 if sys.platform == "darwin" else 1_024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE
