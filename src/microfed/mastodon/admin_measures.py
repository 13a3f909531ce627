"""Figures for those who look after the place: counts of what is said and done, never of reading."""

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed import __version__, clock
from microfed.house import house_of
from microfed.mastodon.admin import need_admin
from microfed.mastodon.answers import json_answer, stamp
from microfed.mastodon.params import Params, invalid, read_params
from microfed.queries.measures import DIMENSIONS, MEASURES, cohorts, dimension, measure
from microfed.store.database import Tx

_ABOUT = ("id", "domain")
_LONGEST = timedelta(days=366)


async def measures(request: Request) -> Response:
    """Count things by day."""
    await need_admin(request, "admin:read")
    params = await read_params(request)
    begin, end = _span(params)
    keys = [key for key in params.texts("keys", 50) if key in MEASURES]

    def work(tx: Tx) -> list[dict[str, Any]]:
        found = []
        for key in keys:
            total, before, series = measure(tx, key, begin, end, _about(params, key))
            found.append(
                {
                    "key": key,
                    "unit": None,
                    "total": str(total),
                    "previous_total": str(before),
                    "data": [{"date": stamp(day), "value": str(value)} for day, value in series],
                }
            )
        return found

    return json_answer(await house_of(request).db.read_slowly(work))


async def dimensions(request: Request) -> Response:
    """Say what things are made of: languages, servers, bytes, versions."""
    await need_admin(request, "admin:read")
    params = await read_params(request)
    begin, end = _span(params)
    limit = max(1, min(params.whole("limit", 10) or 10, 100))
    keys = params.texts("keys", 50)

    def work(tx: Tx) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for key in keys:
            if key == "software_versions":
                found.append({"key": key, "data": [_row("microfed", "microfed", __version__)]})
            elif key in DIMENSIONS:
                rows = dimension(tx, key, begin, end, limit, _about(params, key))
                unit = "bytes" if key == "space_usage" else None
                data = [_row(name, name, str(value), unit) for name, value in rows]
                found.append({"key": key, "data": data})
        return found

    return json_answer(await house_of(request).db.read_slowly(work))


async def retention(request: Request) -> Response:
    """Say how many of those who moved in at one time still speak later."""
    await need_admin(request, "admin:read")
    params = await read_params(request)
    begin, end = _span(params)
    frequency = params.text("frequency") or "day"
    if frequency not in ("day", "month"):
        raise invalid("frequency", "is neither day nor month")

    def work(tx: Tx) -> list[dict[str, Any]]:
        return [
            {
                "period": stamp(start),
                "frequency": frequency,
                "data": [
                    {
                        "date": stamp(span),
                        "rate": count / of if of else 0.0,
                        "value": str(count),
                    }
                    for span, count, of in later
                ],
            }
            for start, later in cohorts(tx, begin, end, by_month=frequency == "month")
        ]

    return json_answer(await house_of(request).db.read_slowly(work))


def _span(params: Params) -> tuple[datetime, datetime]:
    end = params.moment("end_at") or clock.now()
    begin = params.moment("start_at") or end - timedelta(days=7)
    if begin > end:
        raise invalid("start_at", "is after the end")
    if end - begin > _LONGEST:
        raise invalid("start_at", "is more than a year before the end")
    if begin < datetime(1971, 1, 1, tzinfo=UTC):
        raise invalid("start_at", "is too long ago")
    return begin, end


def _about(params: Params, key: str) -> str | None:
    inside = params.inside(key)
    return next((inside.text(name) for name in _ABOUT if name in inside), None)


def _row(key: str, shown: str, value: str, unit: str | None = None) -> dict[str, str]:
    row = {"key": key, "human_key": shown, "value": value, "human_value": value}
    return row if unit is None else {**row, "unit": unit}


routes = [
    Route("/api/v1/admin/measures", measures, methods=["POST"]),
    Route("/api/v1/admin/dimensions", dimensions, methods=["POST"]),
    Route("/api/v1/admin/retention", retention, methods=["POST"]),
]
