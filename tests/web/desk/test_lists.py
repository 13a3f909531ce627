"""Lists of others at the desk: subscribed to, read, looked at, confirmed a line at a time."""

import httpx

from microfed.operations.domains import list_rules
from microfed.queries.subscriptions import draft_of, subscriptions
from microfed.workers.do_jobs import DoJobs
from microfed.workers.running import Wake
from tests.fediverse import Fediverse
from tests.web.conftest import Town, send

LISTS = "/desk/lists"
URL = "https://lists.test/blocks.csv"
CSV = b"""#domain,#severity,#public_comment
bad.test,suspend,spam
loud.test,silence,
odd one,suspend,
"""


class Shelf(httpx.AsyncBaseTransport):
    """A server with one file."""

    def __init__(self, body: bytes = CSV) -> None:
        self.body = body

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        status = 200 if request.url.path == "/blocks.csv" else 404
        return httpx.Response(status, content=self.body, request=request)


async def subscribed(desk: Town, url: str = URL) -> str:
    """Subscribe, let the worker read it, and return the page."""
    answer = await send(desk, LISTS, deed="subscribe", url=url)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LISTS}?said=done")
    house = desk.instance.house
    await DoJobs(house, Wake(house.db, "jobs")).do_due()
    return (await desk.get(LISTS)).text


async def test_a_list_is_read_and_confirmed_a_line_at_a_time(
    desk: Town, fediverse: Fediverse
) -> None:
    fediverse.network.apps["lists.test"] = Shelf()

    page = await subscribed(desk)
    assert "2 lines differ from what holds here." in page
    assert "3 rules" not in page
    assert "One line says nothing we understand" in page
    assert "4: odd one" in page
    assert desk.change(list_rules) == []

    (one,) = desk.change(subscriptions)
    shown = " ".join(f"{line.host}={line.change}" for line in one.draft)
    fields = {"deed": "decide", "list": str(one.id), "shown": shown, "take bad.test": "1"}
    done = await send(desk, LISTS, **fields)
    again = await send(desk, LISTS, **fields)

    assert done.headers["location"] == f"{LISTS}?said=done"
    assert again.headers["location"] == f"{LISTS}?said=late"
    assert desk.change(list_rules) == [("bad.test", "block", "spam")]
    assert desk.change(lambda tx: draft_of(tx, one.id)) == []
    journal = (await desk.get("/desk/journal")).text
    assert "amel shut out the server bad.test" in journal
    assert f"amel subscribed to the list {URL}" in journal
    assert "Show the line that was left again" in (await desk.get(LISTS)).text


async def test_what_cannot_be_read_is_shown(desk: Town, fediverse: Fediverse) -> None:
    shelf = fediverse.network.apps["lists.test"] = Shelf()
    assert "it answers 404" in await subscribed(desk, "https://lists.test/other.csv")

    shelf.body = b"a.test\n" * 1_000_000
    assert "larger than 5000000 bytes" in await subscribed(desk)
    shelf.body = b"\xff\xfe"
    assert "this is not text" in await subscribed(desk)
    # Nobody is led into the house by an address that an admin was given.
    inside = await subscribed(desk, "https://127.0.0.1/list.csv")
    assert "127.0.0.1 is not a public address" in inside
    assert desk.change(list_rules) == []


async def test_a_wrong_address_stays_typed(desk: Town) -> None:
    answer = await send(desk, LISTS, deed="subscribe", url="lists.test")

    assert "This is not the address of a list." in answer.text
    assert 'value="lists.test"' in answer.text
    wrong = await send(desk, LISTS, deed="decide", list="x")
    assert wrong.headers["location"] == f"{LISTS}?said=wrong"
