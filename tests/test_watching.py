"""Whoever watches over the place from outside: /health, /metrics, and a name for each request."""

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from microfed.app import create_app, open_house
from microfed.operations.hosts import host_failed
from microfed.store.media import StoredFile
from tests.fediverse import Fediverse, Instance
from tests.people import stranger

TOKEN = "a-token-of-our-own-0123456789"
LOCAL = {"Host": "localhost"}
# Everything that a figure may be divided by. None of them can name anybody.
LABELS = {
    *("method", "route", "status", "le", "queue", "lane", "outcome", "state", "version", "kind"),
    "process",
}


@pytest.fixture
async def here(fediverse: Fediverse) -> Instance:
    return await fediverse.instance("here.test", metrics_token=TOKEN)


async def figures(here: Instance) -> dict[tuple[str, ...], float]:
    """Return every figure by its name and the values of its labels."""
    here.app.state.metrics._fresh_until = 0.0
    answer = await here.client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def database_goes_away(here: Instance) -> None:
    def gone(*_: Any) -> None:
        raise OperationalError("SELECT", None, Exception("connection to server at 10.0.0.5 failed"))

    here.house.db._run_reads = gone  # type: ignore[method-assign]


async def test_health_says_little_and_503_while_the_database_is_away(here: Instance) -> None:
    well = await here.client.get("/health")
    database_goes_away(here)
    away = await here.client.get("/health")

    assert (well.status_code, well.json()) == (200, {"status": "ok"})
    assert (away.status_code, away.json()) == (503, {"status": "the database is away"})
    assert {well.headers["cache-control"], away.headers["cache-control"]} == {"no-store"}


async def test_requests_are_counted_by_route_and_never_by_who_or_what(here: Instance) -> None:
    ada = here.add("ada")
    for path in ("/@ada", "/@ada", "/api/v1/accounts/verify_credentials", "/nothing/here"):
        await here.client.get(path, headers={"Authorization": f"Bearer {ada.token}"})
    await here.client.get("/", headers={"Host": "elsewhere.test"})

    counted = await figures(here)

    assert counted["microfed_requests_total", "GET", "/@{name}", "200"] == 2
    route = "/api/v1/accounts/verify_credentials"
    assert counted["microfed_requests_total", "GET", route, "200"] == 1
    assert counted["microfed_requests_total", "GET", "-", "404"] == 1
    assert counted["microfed_requests_total", "GET", "-", "421"] == 1
    assert counted["microfed_request_seconds_count", "/@{name}"] == 2
    assert counted["microfed_request_seconds_bucket", "+Inf", "/@{name}"] == 2


async def test_what_breaks_is_counted_and_named_like_all_else(
    here: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(here.house.db, "read", broken)
    transport = httpx.ASGITransport(here.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://here.test") as client:
        answer = await client.get("/api/v1/instance")

    assert answer.status_code == 500
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])
    assert here.app.state.metrics._seen.answers["GET", "-", 500] == 1


async def test_each_answer_has_a_name_of_its_own(here: Instance) -> None:
    names = [(await here.client.get("/health")).headers["x-request-id"] for _ in range(3)]

    assert len(set(names)) == 3


async def test_queues_deliveries_and_servers_that_are_down(
    fediverse: Fediverse, here: Instance
) -> None:
    here.app.state.crew.deliveries = here.deliveries
    ada, there = here.add("ada"), await fediverse.instance("there.test")
    bea = there.add("bea")
    await bea.does({"type": "Follow", "object": ada.uri})
    await fediverse.settle()
    fediverse.network.down.add("there.test")
    await ada.says("Hello")
    with here.house.db.writing() as tx:
        stranger(tx, "eva@down.test")
        host_failed(tx, "down.test", "no answer")
    waits = await figures(here)
    fediverse.network.down.clear()

    assert waits["microfed_queue", "deliveries"] == 1
    assert waits["microfed_oldest_delivery_seconds",] >= 0
    assert waits["microfed_deliveries_total", "delivered"] == 1  # the Accept
    assert waits["microfed_deliveries_total", "away"] == 0
    assert waits["microfed_hosts", "down"] == 1
    assert waits["microfed_members",] == 1
    assert waits["microfed_database_up",] == 1
    assert waits["microfed_database_calls_total", "write"] > 0
    assert waits["microfed_database_wait_seconds_total", "write"] >= 0
    assert waits["process_resident_memory_bytes",] > 1e6


async def test_no_figure_is_about_anybody(fediverse: Fediverse, here: Instance) -> None:
    here.add("zenobia", display_name="Zénobie Quatremère")
    there = await fediverse.instance("there.test")
    there.add("bea")
    await here.client.get("/@zenobia?secret=quetzal", headers={"User-Agent": "quetzal"})
    headers = {"Authorization": f"Bearer {TOKEN}"}

    page = (await here.client.get("/metrics", headers=headers)).text

    families = list(text_string_to_metric_families(page))
    assert {name for one in families for sample in one.samples for name in sample.labels} <= LABELS
    for word in ("zenobia", "Quatrem", "quetzal", "there.test", "here.test", "127.0.0.1"):
        assert word not in page


async def test_figures_are_for_this_machine_or_who_shows_the_token(here: Instance) -> None:
    ask = here.client.get
    assert (await ask("/metrics", headers=LOCAL)).status_code == 200
    wrong = await ask("/metrics", headers={"Authorization": "Bearer wrong"})
    assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")
    # A proxy on this machine brings who is far away, under our public name or another.
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"):
        assert (await ask("/metrics", headers={**LOCAL, header: "x"})).status_code == 401
    assert (await ask("/metrics")).status_code == 401
    afar = httpx.ASGITransport(here.app, client=("203.0.113.7", 4000))
    async with httpx.AsyncClient(transport=afar, base_url="http://here.test") as client:
        assert (await client.get("/metrics", headers=LOCAL)).status_code in (401, 421)


async def test_without_a_token_nobody_afar_reads_figures(fediverse: Fediverse) -> None:
    here = await fediverse.instance("here.test")

    refused = await here.client.get("/metrics", headers={"Authorization": "Bearer "})

    assert refused.status_code == 403
    assert "MICROFED_METRICS_TOKEN" in refused.text


async def test_figures_tell_that_the_database_is_away(here: Instance) -> None:
    database_goes_away(here)

    counted = await figures(here)

    assert counted["microfed_database_up",] == 0
    assert not any(key[0] == "microfed_queue" for key in counted)


async def test_however_many_ask_rows_are_counted_once(
    here: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    count = here.house.db.read_slowly

    async def counted(work: Any) -> Any:
        asked.append(work)
        return await count(work)

    monkeypatch.setattr(here.house.db, "read_slowly", counted)

    pages = [await here.client.get("/metrics", headers=LOCAL) for _ in range(5)]

    assert [page.status_code for page in pages] == [200] * 5
    assert len(asked) == 1


async def test_whichever_process_answers_says_the_same_of_what_waits_and_is_kept(
    here: Instance,
) -> None:
    # Given another process behind the same door: an application of its own, the same database
    other = open_house(here.house.settings)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(other)), base_url="https://here.test"
    )
    process = replace(here, app=client._transport.app, client=client)  # type: ignore[attr-defined]
    await here.client.get("/")
    here.add("ada")
    with here.house.db.writing() as tx:
        row = {"key": "a.jpg", "slot": "original", "bytes": 3_000, "sha256": "0" * 64}
        tx.connection.execute(insert(StoredFile).values(row))

    # When each is asked
    one, two = await figures(here), await figures(process)

    # Then what stands in the database is the same, and what each did itself is its own
    for name in ("microfed_members", "microfed_hosts", "microfed_stored_bytes", "microfed_queue"):
        said = {key: value for key, value in one.items() if key[0] == name}
        assert said and said == {key: value for key, value in two.items() if key[0] == name}
    assert one["microfed_stored_bytes", "leaving"] == 3_000
    asked = ("microfed_requests_total", "GET", "/", "200")
    assert (one.get(asked), two.get(asked)) == (1, None)
    await client.aclose()
    other.db.close()
