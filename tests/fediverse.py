"""Two or more real instances in one process, joined by a transport that routes by host name."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from microfed.app import create_app, open_house
from microfed.house import House
from microfed.operations.members import add_member, found_place
from microfed.operations.tokens import give_token
from microfed.queries.figures import queue_figures
from microfed.settings import Settings
from microfed.store.migrate import migrate
from microfed.workers.do_jobs import DoJobs
from microfed.workers.handle_received import HandleReceived
from microfed.workers.running import Wake
from microfed.workers.send_deliveries import SendDeliveries
from microfed.workers.send_pushes import SendPushes
from tests.migrated import migrated_file
from tests.people import has_device

AS2 = "application/activity+json"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@dataclass
class Sent:
    """One request that went over the wire between instances."""

    method: str
    url: str
    status: int
    body: bytes


class RouteByHost(httpx.AsyncBaseTransport):
    """A network of named servers; `sent` keeps all that was said, `down` who does not answer."""

    def __init__(self) -> None:
        self.apps: dict[str, httpx.AsyncBaseTransport] = {}
        self.down: set[str] = set()
        self.sent: list[Sent] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.netloc.decode()
        body = await request.aread()
        if host in self.down or host not in self.apps:
            self.sent.append(Sent(request.method, str(request.url), 0, body))
            raise httpx.ConnectError(f"{host} does not answer", request=request)
        response = await self.apps[host].handle_async_request(request)
        content = await response.aread()
        self.sent.append(Sent(request.method, str(request.url), response.status_code, body))
        return httpx.Response(
            response.status_code, headers=response.headers, content=content, request=request
        )


@dataclass
class Neighbour:
    """A member of an instance, with a token for their apps."""

    name: str
    id: int
    uri: str
    token: str
    instance: "Instance"

    async def says(self, content: str, **more: Any) -> dict[str, Any]:
        """Post through the client's door; public unless `to` says otherwise."""
        document = {"type": "Note", "content": content, **more}
        document.setdefault("to", [PUBLIC])
        document.setdefault("cc", [f"{self.uri}/followers"])
        return await self.does(document)

    async def does(self, document: dict[str, Any], *, expects: int = 201) -> dict[str, Any]:
        """Post an activity to the own outbox."""
        response = await self.instance.client.post(
            f"{self.uri}/outbox",
            json=document,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": AS2},
        )
        assert response.status_code == expects, response.text
        answer: dict[str, Any] = response.json()
        return answer


@dataclass
class Instance:
    """One server: its house, its application, and a client that talks to it directly."""

    host: str
    house: House
    app: Starlette
    client: httpx.AsyncClient
    deliveries: SendDeliveries
    received: HandleReceived
    jobs: DoJobs
    pushes: SendPushes
    neighbours: dict[str, Neighbour] = field(default_factory=dict)

    def add(self, name: str, *, scopes: str = "read write follow", **more: Any) -> Neighbour:
        """Someone moves in."""
        with self.house.db.writing() as tx:
            actor = add_member(tx, name=name, **more)
            if more.get("role") == "admin":
                has_device(tx, actor.id)
            token = give_token(tx, member_id=actor.id, scopes=scopes.split())
            neighbour = Neighbour(name, actor.id, actor.uri, token, self)
        self.neighbours[name] = neighbour
        return neighbour

    async def get(self, url: str, **more: Any) -> httpx.Response:
        """Ask for an ActivityPub document."""
        headers = {"Accept": AS2, **more.pop("headers", {})}
        return await self.client.get(url, headers=headers, **more)

    async def work(self) -> bool:
        """Do one round of what is due; return whether there was anything."""
        handled = await self.received.handle_due()
        done = await self.jobs.do_due()
        sent = await self.deliveries.start_due()
        await self.deliveries.sent()
        if sent:
            await self.deliveries.record()
        woken = await self.pushes.send_due()
        return bool(handled or sent or done or woken)

    async def close(self) -> None:
        """Let go of everything."""
        await self.client.aclose()
        await self.house.web.close()
        self.house.db.close()


class Fediverse:
    """The world of a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.network = RouteByHost()
        self.instances: list[Instance] = []

    async def instance(self, host: str, *, scheme: str = "https", **settings: Any) -> Instance:
        """Found a server called `host`; a browser in front of it speaks plain `http`."""
        data = self.folder / host.replace(":", "-")
        data.mkdir(exist_ok=True)
        wanted = Settings(url=f"{scheme}://{host}", data=data, rate_limits="off", **settings)
        if wanted.database_url:
            migrate(wanted.database)
        else:
            migrated_file(data.resolve() / "microfed.db")
        house = open_house(wanted, transport=self.network)
        with house.db.writing() as tx:
            found_place(tx, title=wanted.title)
        app = create_app(house, has_workers=False)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.network.apps[host] = transport
        instance = Instance(
            host,
            house,
            app,
            httpx.AsyncClient(transport=transport, base_url=wanted.url),
            SendDeliveries(house, Wake(house.db, "deliveries")),
            HandleReceived(house, Wake(house.db, "received")),
            DoJobs(house, Wake(house.db, "jobs")),
            SendPushes(house, Wake(house.db, "pushes")),
        )
        self.instances.append(instance)
        return instance

    async def settle(self) -> None:
        """Let every worker work until nobody has anything left that is due."""
        while any([await instance.work() for instance in self.instances]):
            pass

    def waiting(self, instance: Instance) -> dict[str, int]:
        """Return what still waits somewhere."""
        with instance.house.db.reading() as tx:
            figures = queue_figures(tx)
        return {"received": figures.received, "deliveries": figures.deliveries}

    async def close(self) -> None:
        """End the world."""
        for instance in self.instances:
            await instance.close()
