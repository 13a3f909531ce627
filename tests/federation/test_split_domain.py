"""Handles on one domain, the server on another: both are us, and the handle is the shorter one."""

from typing import Any

import httpx

from microfed.queries.people import find_by_handle
from tests.fediverse import Fediverse


class Doorplate(httpx.AsyncBaseTransport):
    """The account domain's own web server, which sends questions on to where the people live."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url).replace("https://quarter.test/", "https://social.quarter.test/")
        return httpx.Response(301, headers={"Location": url}, request=request)


async def test_a_neighbour_is_found_by_the_short_handle(fediverse: Fediverse) -> None:
    north = await fediverse.instance("social.quarter.test", account_domain="quarter.test")
    south = await fediverse.instance("south.test")
    fediverse.network.apps["quarter.test"] = Doorplate()
    ada, bea = north.add("ada"), south.add("bea")

    said: dict[str, Any] = await bea.says("<p>hello</p>", to=[ada.uri], cc=[])
    await fediverse.settle()

    assert said["object"]["to"] == [ada.uri]
    with south.house.db.reading() as tx:
        found = find_by_handle(tx, "ada@quarter.test")
    assert found is not None
    assert found.uri == ada.uri
    for host in ("quarter.test", "social.quarter.test"):
        answer = (await north.get(f"/.well-known/webfinger?resource=acct:ada@{host}")).json()
        assert answer["subject"] == "acct:ada@quarter.test"
