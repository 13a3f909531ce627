"""Streams as apps open them: over real sockets, to the real server."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from microfed.operations.tokens import revoke_token
from microfed.store.database import Database
from tests.components.server import MicrofedServer
from tests.migrated import HERE as ADDRESS

# More than a stream is given to end in (security.md), and then some: the machine may be busy.
SOON = 10.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MicrofedServer]:
    """One server for all tests of this file; each lets people of its own move in."""
    server = MicrofedServer(tmp_path_factory.mktemp("streaming"))
    server.start()
    yield server
    server.stop()


@dataclass
class App:
    """Someone's app."""

    server: MicrofedServer
    name: str
    token: str
    id: str

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        async with httpx.AsyncClient(base_url=self.server.url) as client:
            headers = {"Authorization": f"Bearer {self.token}"}
            answer = await client.request(method, path, headers=headers, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def says(self, words: str, **more: Any) -> dict[str, Any]:
        said: dict[str, Any] = await self.ask(
            "POST", "/api/v1/statuses", json={"status": words, **more}
        )
        return said

    @contextlib.asynccontextmanager
    async def socket(self, query: str = "", **more: Any) -> AsyncIterator[ClientConnection]:
        address = self.server.url.replace("http", "ws", 1) + "/api/v1/streaming"
        headers = {"Authorization": f"Bearer {self.token}"}
        async with connect(address + query, additional_headers=headers, **more) as socket:
            yield socket

    @contextlib.asynccontextmanager
    async def listens(self, path: str) -> AsyncIterator["Heard"]:
        async with httpx.AsyncClient(base_url=self.server.url, timeout=SOON) as client:
            headers = {"Authorization": f"Bearer {self.token}"}
            async with client.stream("GET", path, headers=headers) as answer:
                yield Heard(answer)


class Heard:
    """The frames of a stream of server-sent events."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.lines = answer.aiter_lines()

    async def begins(self) -> None:
        assert await anext(self.lines) == ":thump"

    async def next(self) -> tuple[str, str]:
        name = ""
        async for line in self.lines:
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            if line.startswith("data: "):
                return name, line.removeprefix("data: ")
        raise AssertionError("the stream has ended")


NUMBER = iter(range(1000))


def move_in(server: MicrofedServer, name: str, scopes: str = "read write follow") -> App:
    name = f"{name}{next(NUMBER)}"
    it = server.add_member(name, scopes=scopes)
    return App(server, name, it["token"], str(it["id"]))


@pytest.fixture
def ana(server: MicrofedServer) -> App:
    return move_in(server, "ana")


@pytest.fixture
def bea(server: MicrofedServer) -> App:
    return move_in(server, "bea")


async def told(socket: ClientConnection) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), SOON))
    return said


async def subscribe(socket: ClientConnection, stream: str, **more: str) -> None:
    await socket.send(json.dumps({"type": "subscribe", "stream": stream, **more}))
    # What is sent on one socket is read in order: an answer means the subscription stands.
    await socket.send(json.dumps({"type": "subscribe", "stream": "nothing"}))
    assert await told(socket) == {"error": "Unknown stream type", "status": 400}


async def test_a_socket_tells_what_it_is_subscribed_to(ana: App, bea: App) -> None:
    await bea.ask("POST", f"/api/v1/accounts/{ana.id}/follow")
    async with bea.socket() as socket:
        await subscribe(socket, "user")
        await subscribe(socket, "hashtag", tag="Lyon")

        post = await ana.says("Bonjour #lyon")
        updates = {tuple(f["stream"]): f for f in [await told(socket), await told(socket)]}
        assert set(updates) == {("user",), ("hashtag", "Lyon")}
        for frame in updates.values():
            assert frame["event"] == "update"
            assert isinstance(frame["payload"], str)
            shown = json.loads(frame["payload"])
            assert shown["id"] == post["id"]
            assert shown["favourited"] is False
            assert "pinned" not in shown

        await socket.send(json.dumps({"type": "unsubscribe", "stream": "hashtag", "tag": "Lyon"}))
        await ana.ask("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Bonsoir #lyon"})
        edited = await told(socket)
        assert (edited["stream"], edited["event"]) == (["user"], "status.update")
        assert "Bonsoir" in json.loads(edited["payload"])["content"]

        await ana.ask("DELETE", f"/api/v1/statuses/{post['id']}")
        assert await told(socket) == {
            "stream": ["user"],
            "event": "delete",
            "payload": post["id"],
        }


async def test_a_token_is_shown_by_header_by_query_or_as_subprotocol(ana: App) -> None:
    address = ana.server.url.replace("http", "ws", 1) + "/api/v1/streaming"
    as_subprotocol = [Subprotocol(ana.token)]
    async with (
        connect(f"{address}?stream=public:local&access_token={ana.token}") as by_query,
        connect(f"{address}/?stream=public", subprotocols=as_subprotocol) as by_subprotocol,
    ):
        assert by_subprotocol.subprotocol == ana.token
        post = await ana.says("to all")
        for socket, stream in ((by_query, "public:local"), (by_subprotocol, "public")):
            frame = await told(socket)
            assert frame["stream"] == [stream]
            assert json.loads(frame["payload"])["id"] == post["id"]
    assert ana.token not in ana.server.log.read_text()


async def test_whoever_may_not_listen_is_refused_at_the_door(
    server: MicrofedServer, ana: App
) -> None:
    address = server.url.replace("http", "ws", 1) + "/api/v1/streaming"
    writer = move_in(server, "wim", scopes="write")
    for token, query, status in (
        ("nonsense", "", 401),
        (writer.token, "&stream=user", 403),
        (ana.token, "&stream=nothing", 400),
    ):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"{address}?access_token={token}{query}"):
                pass
        assert refused.value.response.status_code == status
        assert "error" in json.loads(refused.value.response.body or b"{}")
    with pytest.raises(InvalidStatus):
        async with connect(address):
            pass


async def test_a_notification_and_a_private_talk_are_told_on_a_socket(ana: App, bea: App) -> None:
    async with ana.socket() as socket:
        await subscribe(socket, "user:notification")
        await subscribe(socket, "direct")

        await bea.says(f"@{ana.name} entre nous", visibility="direct")
        frames = {tuple(f["stream"]): f for f in [await told(socket), await told(socket)]}

        note, talk = frames[("user:notification",)], frames[("direct",)]
        assert (note["event"], talk["event"]) == ("notification", "conversation")
        assert json.loads(note["payload"])["type"] == "mention"
        assert "entre nous" in json.loads(talk["payload"])["last_status"]["content"]


async def test_a_socket_survives_nonsense(ana: App) -> None:
    async with ana.socket() as socket:
        for nonsense in ("", "[]", "{}", '{"type":"subscribe"}', '{"stream":"user"}'):
            await socket.send(nonsense)
            assert (await told(socket))["status"] == 400
        await socket.send('{"type":"subscribe","stream":"hashtag"}')
        assert await told(socket) == {"error": "No tag for stream provided", "status": 400}
        await subscribe(socket, "public")
        post = await ana.says("still here")
        assert json.loads((await told(socket))["payload"])["id"] == post["id"]


async def test_one_stream_comes_as_server_sent_events(ana: App, bea: App) -> None:
    async with (
        bea.listens("/api/v1/streaming/public/local") as public,
        bea.listens("/api/v1/streaming/hashtag?tag=VELO") as tag,
        bea.listens("/api/v1/streaming/public?only_media=true") as media,
    ):
        assert public.answer.headers["content-type"].startswith("text/event-stream")
        for heard in (public, tag, media):
            await heard.begins()

        post = await ana.says("En #velo\net à pied")
        name, data = await public.next()
        assert name == "update"
        assert json.loads(data)["id"] == post["id"]
        assert (await tag.next())[0] == "update"
        await ana.ask("DELETE", f"/api/v1/statuses/{post['id']}")
        for heard in (public, media):
            assert await heard.next() == ("delete", post["id"])


async def test_what_cannot_be_listened_to_is_said_in_words(
    server: MicrofedServer, ana: App
) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        headers = {"Authorization": f"Bearer {ana.token}"}
        healthy = await client.get("/api/v1/streaming/health")
        unknown = await client.get("/api/v1/streaming?stream=x", headers=headers)
        untagged = await client.get("/api/v1/streaming/hashtag", headers=headers)
        nobody = await client.get("/api/v1/streaming/user")

    assert (healthy.status_code, healthy.text) == (200, "OK")
    assert (unknown.status_code, unknown.json()) == (
        400,
        {"error": "Unknown channel requested"},
    )
    assert untagged.json() == {"error": "No tag for stream provided"}
    assert nobody.status_code == 401


async def test_a_post_for_followers_is_heard_by_followers_alone(ana: App, bea: App) -> None:
    cid = move_in(ana.server, "cid")
    await bea.ask("POST", f"/api/v1/accounts/{ana.id}/follow")
    async with bea.socket("?stream=user") as hers, cid.socket("?stream=user") as his:
        await subscribe(his, "public")
        secret = await ana.says("entre nous", visibility="private")
        shown = await ana.says("à tous")

        assert [json.loads((await told(hers))["payload"])["id"] for _ in range(2)] == [
            secret["id"],
            shown["id"],
        ]
        assert json.loads((await told(his))["payload"])["id"] == shown["id"]


async def test_a_revoked_token_ends_its_streams(ana: App) -> None:
    second = ana.server.cli("token", ana.name, "--scopes", "read", "--json")["token"]
    other = App(ana.server, ana.name, second, ana.id)
    async with (
        other.socket("?stream=user") as socket,
        other.listens("/api/v1/streaming/user") as heard,
    ):
        await heard.begins()
        # A command beside the server: no other process tells this one what it wrote.
        beside = Database(f"sqlite:///{ana.server.data}/microfed.db", ADDRESS)
        with beside.writing() as tx:
            revoke_token(tx, second)
        beside.close()

        with pytest.raises(ConnectionClosed):
            await told(socket)
        with pytest.raises(AssertionError, match="ended"):
            await heard.next()


async def test_one_person_cannot_open_sockets_without_end(ana: App) -> None:
    async with contextlib.AsyncExitStack() as several:
        for _ in range(5):
            await several.enter_async_context(ana.socket("?stream=user"))
        with pytest.raises(InvalidStatus) as refused:
            await several.enter_async_context(ana.socket("?stream=user"))
        assert refused.value.response.status_code == 429


async def test_the_server_stops_at_once_while_people_listen(
    make_microfed_server: Any,
) -> None:
    server = make_microfed_server()
    ana = move_in(server, "ana")
    async with (
        ana.socket("?stream=user") as socket,
        ana.listens("/api/v1/streaming/user") as heard,
    ):
        await heard.begins()
        stopped = asyncio.create_task(asyncio.to_thread(server.stop))
        with pytest.raises(ConnectionClosed):
            await told(socket)
        with pytest.raises(AssertionError, match="ended"):
            await heard.next()
        assert await stopped == 0
    assert '"level":"error"' not in server.log.read_text()
