"""Two servers and nothing but ActivityPub clients; then an app of Mastodon's reads the same."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from mastodon import Mastodon

from tests.c2s.client import PUBLIC, Client
from tests.components.server import MicrofedServer

TRIES, PAUSE = 300, 0.1


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, MicrofedServer]]:
    """Ada's server and Bea's and Cy's."""
    servers = {}
    for name in ("north", "south"):
        folder: Path = tmp_path_factory.mktemp(name)
        servers[name] = MicrofedServer(folder)
        servers[name].start()
    yield servers
    for server in servers.values():
        server.stop()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=20) as client:
        yield client


async def moves_in(http: httpx.AsyncClient, server: MicrofedServer, name: str) -> Client:
    """Someone has a client with a token."""
    member = server.add_member(name)
    client = Client(http, tokens={"access_token": member["token"]})
    client.actor = await client.get(member["actor"])
    return client


async def comes_true(ask: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the other server knows."""
    for _ in range(TRIES):
        if await ask():
            return
        await asyncio.sleep(PAUSE)
    raise AssertionError("it never came true")


async def ids(who: Client, uri: str) -> list[str]:
    """Return the ids on the first page, while things may be on their way."""
    page = await who.get((await who.get(uri))["first"])
    items = page["orderedItems"] if "orderedItems" in page else page["items"]
    return [one if isinstance(one, str) else one["id"] for one in items]


def app_of(server: MicrofedServer, who: Client) -> tuple[Mastodon, requests.Session]:
    session = requests.Session()
    token = who.tokens["access_token"]
    return Mastodon(access_token=token, api_base_url=server.url, session=session), session


async def test_what_clients_did_is_what_apps_read(
    http: httpx.AsyncClient, places: dict[str, MicrofedServer]
) -> None:
    north, south = places["north"], places["south"]
    ada = await moves_in(http, north, "ada")
    bea, cy = [await moves_in(http, south, name) for name in ("bea", "cy")]
    me, her, him = (who.actor["id"] for who in (ada, bea, cy))

    # Bea looks at who asks; Ada asks, and is let in
    await bea.post({"type": "Update", "object": {"id": her, "manuallyApprovesFollowers": True}})
    asked = await ada.post({"type": "Follow", "object": her, "to": [her]})

    async def waits() -> bool:
        return await ids(bea, bea.actor["pendingFollowers"]) == [asked["id"]]

    await comes_true(waits)
    assert await ids(ada, ada.actor["pendingFollowing"]) == [asked["id"]]
    (follow,) = await bea.walk(bea.actor["pendingFollowers"])
    await bea.post({"type": "Accept", "object": follow, "to": [me]})

    async def follows() -> bool:
        return await ids(ada, ada.actor["following"]) == [her]

    await comes_true(follows)
    # Bea says something to those who follow her; Ada answers
    said = await bea.post(
        {"type": "Note", "content": "<p>who has a ladder?</p>", "to": [bea.actor["followers"]]}
    )
    note = said["object"]["id"]

    async def arrived() -> bool:
        return said["id"] in await ids(ada, ada.actor["inbox"])

    await comes_true(arrived)
    answer = await ada.post(
        {"type": "Note", "content": "<p>I have</p>", "inReplyTo": note, "to": [her, PUBLIC]}
    )

    async def answered() -> bool:
        return answer["object"]["id"] in await ids(bea, f"{note}/replies")

    await comes_true(answered)
    # Ada likes it and thinks better of it; she asks Cy and thinks better of that too
    liked = await ada.post({"type": "Like", "object": note, "to": [her]})
    followed = await ada.post({"type": "Follow", "object": him, "to": [him]})

    async def known() -> bool:
        likes = await ids(bea, f"{note}/likes")
        return likes == [liked["id"]] and me in await ids(cy, cy.actor["followers"])

    await comes_true(known)
    for done in (liked, followed):
        await ada.post({"type": "Undo", "object": done["id"], "to": [her, him]})

    async def undone() -> bool:
        likes = await ids(bea, f"{note}/likes")
        return likes == [] and await ids(cy, cy.actor["followers"]) == []

    await comes_true(undone)

    await asyncio.to_thread(read_by_apps, north, south, ada, bea, cy, said, answer)


def read_by_apps(
    north: MicrofedServer,
    south: MicrofedServer,
    ada: Client,
    bea: Client,
    cy: Client,
    said: dict[str, Any],
    answer: dict[str, Any],
) -> None:
    """Mastodon.py sees on both servers what the clients did, under the same ids."""
    app, session = app_of(north, ada)
    with session:
        mine = app.me()
        assert [person.uri for person in app.account_following(mine.id)] == [bea.actor["id"]]
        home = {status.uri: status for status in app.timeline_home()}
        assert set(home) == {said["object"]["id"], answer["object"]["id"]}
        theirs = home[said["object"]["id"]]
        assert (theirs.visibility, theirs.favourited) == ("private", False)
        below = app.status_context(theirs.id).descendants
        assert [status.uri for status in below] == [answer["object"]["id"]]
        assert app.favourites() == []
        # Here the number in the address is the id that apps know
        own = home[answer["object"]["id"]]
        assert answer["object"]["id"].endswith(f"/posts/{own.id}")
        assert own.in_reply_to_id == theirs.id
    app, session = app_of(south, bea)
    with session:
        hers = app.me()
        assert hers.locked
        assert [person.uri for person in app.account_followers(hers.id)] == [ada.actor["id"]]
        assert app.follow_requests() == []
        status = app.status(said["object"]["id"].rpartition("/")[2])
        assert (status.replies_count, status.favourites_count) == (1, 0)
        (below,) = app.status_context(status.id).descendants
        assert below.uri == answer["object"]["id"]
        kinds = {one.type for one in app.notifications()}
        assert "mention" in kinds
        assert "favourite" not in kinds
    app, session = app_of(south, cy)
    with session:
        assert app.account_followers(app.me().id) == []
