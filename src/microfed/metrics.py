"""How the server does, for programs that watch it: /health for anybody, /metrics for the admin's.

Neither says anything about anybody: routes, queues and the machine, never a name or an address.
"""

import asyncio
import hmac
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from microfed import __version__
from microfed.errors import TryLater
from microfed.gate import is_this_machine
from microfed.house import House, house_of
from microfed.queries.figures import Load, load_figures
from microfed.settings import is_loopback
from microfed.store.lanes import Lane
from microfed.watching import BUCKETS, Seen

# Who asks whether we are well does not wait for ever to hear that we are not.
PATIENCE_SECONDS = 5.0
# However many ask, the rows are counted once in so long.
FRESH_SECONDS = 5.0
NO_STORE = {"Cache-Control": "no-store"}
# What a proxy adds: who came through one does not ask from this machine.
CAME_FROM_AFAR = ("x-forwarded-for", "x-real-ip", "forwarded", "via")


async def health(request: Request) -> Response:
    """Say whether the database answers: 200, or 503."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await house_of(request).db.read(lambda tx: tx.now)
    except (TryLater, TimeoutError):
        return JSONResponse({"status": "the database is away"}, 503, NO_STORE)
    return JSONResponse({"status": "ok"}, 200, NO_STORE)


async def metrics_page(request: Request) -> Response:
    """GET: the figures, for who may see them."""
    metrics: Metrics = request.app.state.metrics
    return await metrics.page(request)


class Metrics:
    """The page /metrics of one application."""

    def __init__(self, app: Starlette, seen: Seen) -> None:
        self._app = app
        self._seen = seen
        self._load: Load | None = None
        self._fresh_until = 0.0

    async def page(self, request: Request) -> Response:
        """GET: the figures as Prometheus reads them."""
        house = house_of(request)
        if (refusal := _refusal(request, house.settings.metrics_token)) is not None:
            return refusal
        # 1 MB that only places which are watched need.
        from prometheus_client import CollectorRegistry, ProcessCollector  # noqa: PLC0415
        from prometheus_client.exposition import (  # noqa: PLC0415
            CONTENT_TYPE_LATEST,
            generate_latest,
        )

        load = await self._count(house)
        registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=registry)
        registry.register(_Figures(self._app, house, self._seen, load))
        body = generate_latest(registry)
        return Response(body, 200, {**NO_STORE, "Content-Type": CONTENT_TYPE_LATEST})

    async def _count(self, house: House) -> Load | None:
        """Return what the rows say, at most FRESH_SECONDS old; None while the database is away."""
        if time.monotonic() >= self._fresh_until:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    self._load = await house.db.read_slowly(load_figures)
            except (TryLater, TimeoutError):
                self._load = None
            self._fresh_until = time.monotonic() + FRESH_SECONDS
        return self._load


def _refusal(request: Request, token: str) -> Response | None:
    """Let in who shows the token, and who asks from this very machine."""
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(shown.encode(), token.encode()):
        return None
    comes_from = request.client.host if request.client else ""
    if (
        is_loopback(comes_from)
        and is_this_machine(request.headers.get("host", ""))
        and not any(name in request.headers for name in CAME_FROM_AFAR)
    ):
        return None
    return PlainTextResponse(
        "These figures are for this machine, and for who shows MICROFED_METRICS_TOKEN.\n",
        401 if token else 403,
        {"WWW-Authenticate": "Bearer", **NO_STORE} if token else NO_STORE,
    )


@dataclass(frozen=True, slots=True, eq=False)  # prometheus_client keeps it by its identity
class _Figures:
    """Turns what was counted into families of figures; prometheus_client asks it to."""

    app: Starlette
    house: House
    seen: Seen
    load: Load | None

    def collect(self) -> Iterator[Any]:
        """Give every figure."""
        from prometheus_client import metrics_core as core  # noqa: PLC0415  (see `page`)

        def gauge(name: str, help_: str, label: str, values: Iterable[tuple[str, float]]) -> Any:
            family = core.GaugeMetricFamily(name, help_, labels=[label] if label else [])
            for value, figure in values:
                family.add_metric([value] if label else [], figure)
            return family

        def counter(name: str, help_: str, labels: list[str], values: Iterable[Any]) -> Any:
            family = core.CounterMetricFamily(name, help_, labels=labels)
            for key, figure in values:
                family.add_metric(key, figure)
            return family

        yield gauge("microfed_info", "The version that runs.", "version", [(__version__, 1)])
        # With several processes behind one door, which of them this is: what it counts is its own.
        process = [(str(os.getpid()), 1.0)]
        yield gauge("microfed_process", "The process that answers.", "process", process)
        yield counter(
            "microfed_requests",
            "Requests answered, by route.",
            ["method", "route", "status"],
            (([m, r, str(s)], n) for (m, r, s), n in self.seen.answers.copy().items()),
        )
        took = core.HistogramMetricFamily(
            "microfed_request_seconds", "Until an answer began.", labels=["route"]
        )
        for route, counts in list(self.seen.durations.items()):
            took.add_metric([route], _added_up(counts), self.seen.seconds[route])
        yield took
        streams = [("", float(self.seen.sockets + self.house.streams.open_now))]
        yield gauge("microfed_streams_open", "Sockets and streams that are open.", "", streams)
        yield from self._of_the_database(gauge, counter)
        crew = self.app.state.crew
        if crew.deliveries is not None:
            outcomes = crew.deliveries.outcomes.copy()
            yield counter(
                "microfed_deliveries",
                "Attempts to deliver by this process, by what became of them.",
                ["outcome"],
                (([kind], outcomes[kind]) for kind in OUTCOMES),
            )

    def _of_the_database(self, gauge: Any, counter: Any) -> Iterator[Any]:
        lanes: dict[str, Lane] = self.house.db.lanes
        figures = [([name], lane.figures) for name, lane in lanes.items()]
        for name, help_, of in (
            ("calls", "Calls to the database.", "calls"),
            ("turns", "Transactions that calls shared.", "turns"),
            ("wait_seconds", "How long calls waited for their turn.", "waited"),
            ("work_seconds", "How long turns took.", "worked"),
        ):
            values = ((key, getattr(figure, of)) for key, figure in figures)
            yield counter(f"microfed_database_{name}", help_, ["lane"], values)
        waiting = [(name, lane.waiting) for name, lane in lanes.items()]
        yield gauge("microfed_database_waiting", "Calls that wait now.", "lane", waiting)
        load = self.load
        up = [("", 0.0 if load is None else 1.0)]
        yield gauge("microfed_database_up", "Whether the database answers.", "", up)
        if load is None:
            return
        yield gauge("microfed_queue", "Rows that wait.", "queue", load.waiting.items())
        given_up = load.given_up.items()
        yield gauge("microfed_queue_given_up", "Rows tried no more.", "queue", given_up)
        oldest = [("", load.oldest_delivery)]
        yield gauge("microfed_oldest_delivery_seconds", "How old the oldest is.", "", oldest)
        hosts = [("known", load.hosts), ("down", load.hosts_down)]
        yield gauge("microfed_hosts", "Other servers.", "state", hosts)
        yield gauge("microfed_members", "Who lives here.", "", [("", load.members)])
        yield gauge("microfed_stored_bytes", "Files that are kept.", "kind", load.kept.items())


OUTCOMES = ("delivered", "failed", "away", "dropped")


def _added_up(counts: list[int]) -> list[tuple[str, float]]:
    """Return how many took at most so long, as histograms are written."""
    total, found = 0, []
    for limit, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
        total += count
        found.append((limit, float(total)))
    return found
