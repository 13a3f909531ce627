"""A member's clients listen to the inbox and the outbox: over real sockets, to the real server."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.components.server import MicrofedServer

AS2 = "application/activity+json"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
SOON = 10.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MicrofedServer]:
    """One server for all tests of this file."""
    server = MicrofedServer(tmp_path_factory.mktemp("c2s_streaming"))
    server.start()
    yield server
    server.stop()


class Client:
    """Someone's client."""

    def __init__(self, server: MicrofedServer, name: str) -> None:
        member = server.add_member(name)
        self.uri, self.token = member["actor"], member["token"]
        self.headers = {"Authorization": f"Bearer {self.token}", "Accept": AS2}

    async def does(self, document: dict[str, Any]) -> dict[str, Any]:
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                f"{self.uri}/outbox", json=document, headers={**self.headers, "Content-Type": AS2}
            )
        assert answer.status_code == 201, answer.text
        done: dict[str, Any] = answer.json()
        return done

    async def stream_of(self, box: str) -> str:
        async with httpx.AsyncClient() as client:
            head = await client.get(f"{self.uri}/{box}", headers=self.headers)
        return str(head.json()["eventStream"])

    @contextlib.asynccontextmanager
    async def listens(self, box: str, *, by_query: bool = False) -> AsyncIterator["Heard"]:
        url = await self.stream_of(box)
        asked: dict[str, Any] = {"headers": {"Authorization": f"Bearer {self.token}"}}
        if by_query:  # EventSource cannot send a header
            asked = {"params": {"access_token": self.token}}
        async with (
            httpx.AsyncClient(timeout=SOON) as client,
            client.stream("GET", url, **asked) as answer,
        ):
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.aiter_lines()
            assert await anext(lines) == ":thump"
            yield Heard(lines)


class Heard:
    """The events of a stream."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self.lines = lines

    async def next(self) -> dict[str, Any]:
        """Return the next event."""
        async for line in self.lines:
            assert not line or line.startswith((":", "data: ")), line
            if line.startswith("data: "):
                event: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return event
        raise AssertionError("the stream ended")


async def test_an_inbox_tells_what_arrives_changes_and_goes(server: MicrofedServer) -> None:
    ada, bea = Client(server, "ada"), Client(server, "bea")
    followed = await ada.does({"type": "Follow", "object": bea.uri})

    async with ada.listens("inbox") as heard:
        # Something said at home
        said = await bea.does({"type": "Note", "content": "hello", "to": [PUBLIC]})
        event = await heard.next()
        assert (event["type"], event["target"]) == ("Add", f"{ada.uri}/inbox")
        assert (event["object"]["id"], event["object"]["type"]) == (said["id"], "Create")
        assert event["object"]["object"]["content"] == said["object"]["content"]
        # Corrected
        uri = said["object"]["id"]
        await bea.does({"type": "Update", "object": {"id": uri, "content": "<p>bye</p>"}})
        event = await heard.next()
        assert (event["type"], event["object"]["id"]) == ("Update", uri)
        assert event["object"]["content"] == "<p>bye</p>"
        # Deleted
        await bea.does({"type": "Delete", "object": uri})
        event = await heard.next()
        assert (event["type"], event["object"]) == ("Remove", said["id"])
        event = await heard.next()
        assert (event["type"], event["object"]) == ("Delete", uri)
        # Said to her alone, and done to her
        private = await bea.does({"type": "Note", "content": "psst", "to": [ada.uri]})
        event = await heard.next()
        assert event["object"]["id"] == private["id"]
        asked = await bea.does({"type": "Follow", "object": ada.uri})
        event = await heard.next()
        assert (event["type"], event["object"]["id"]) == ("Add", asked["id"])
    assert followed["type"] == "Follow"


async def test_an_outbox_tells_what_its_owner_does_with_another_client(
    server: MicrofedServer,
) -> None:
    cy, dee = Client(server, "cy"), Client(server, "dee")

    async with cy.listens("outbox", by_query=True) as heard:
        for document in (
            {"type": "Note", "content": "hello", "to": [PUBLIC]},
            {"type": "Follow", "object": dee.uri},
            {"type": "Arrive", "location": {"name": "Café"}, "to": [PUBLIC]},
        ):
            done = await cy.does(document)
            event = await heard.next()
            assert (event["type"], event["target"]) == ("Add", f"{cy.uri}/outbox")
            assert (event["object"]["id"], event["object"]["type"]) == (done["id"], done["type"])

    # The token that stood in the address is in no log
    assert cy.token not in server.log.read_text()


async def test_nobody_else_listens(server: MicrofedServer) -> None:
    eve, fay = Client(server, "eve"), Client(server, "fay")
    stream = await eve.stream_of("inbox")

    async with httpx.AsyncClient() as client:
        nobody = await client.get(stream)
        another = await client.get(stream, headers=fay.headers)
        wrong = await client.get(stream, params={"access_token": "wrong"})
    assert (nobody.status_code, another.status_code, wrong.status_code) == (401, 403, 401)
