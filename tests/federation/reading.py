"""What somebody reads at each door of the place where they live (the doors of things.txt)."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from microfed.queries.people import find_actor
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from tests.federation.square import ROLES, TAG, Square, Thing
from tests.federation.test_ring import do
from tests.fediverse import AS2
from tests.web.conftest import BROWSER, Town, sign_in

LISTS = {"offer": "/entraide", "date": "/agenda", "question": "/consultations"}
LISTS["vote"] = LISTS["question"]
FEEDS = (
    *("/entraide.atom", "/agenda.ics", "/latest.atom", "/lettre.atom"),
    *("/@amel.atom", "/@pia.atom", f"/tags/{TAG}.atom", "/tags/entraide.atom"),
)
TIMELINES = {
    "home": ("/api/v1/timelines/home?limit=40",),
    "timeline": (
        *("/api/v1/timelines/public?limit=40", "/api/v1/timelines/public?limit=40&local=true"),
        *(f"/api/v1/timelines/tag/{TAG}?limit=40", "/api/v1/timelines/bubble?limit=40"),
    ),
    "trends": (
        *("/api/v1/trends/statuses", "/api/v1/trends/links", "/api/v1/trends/tags"),
        *("/api/v1/timelines/link?url=https://belleville.test", "/api/v1/announcements"),
    ),
    "talks": ("/api/v1/conversations?limit=40",),
    "news": ("/api/v1/notifications?limit=80", "/api/v2/notifications?limit=80"),
}
DESK = (
    *("/desk", "/desk/journal", "/desk/mails", "/desk/groups", "/desk/reports"),
    *("/desk/people/{amel}", "/api/v1/admin/accounts/{amel}", "/api/v1/admin/trends/statuses"),
)
LAST_WORD = "dernier-mot"
STREAMS = ("user", "public", "public/local", "hashtag", "direct")


class Reader:
    """Somebody at the doors of their own place: with a browser, an app and a program."""

    def __init__(self, square: Square, name: str | None, bell: asyncio.Event) -> None:
        self.square, self.name, self.bell = square, name, bell
        self.place = square.home_of(name)
        self.is_here = self.place is square.belleville
        self.heard: dict[str, bytearray] = {}
        self._tasks: list[asyncio.Task[Any]] = []
        transport = httpx.ASGITransport(self.place.app, raise_app_exceptions=False)
        url = f"https://{self.place.host}"
        more = {"transport": transport, "base_url": url}
        self.browser = httpx.AsyncClient(headers=BROWSER, **more)  # type: ignore[arg-type]
        self.bearer = {}
        if name is not None:
            self.bearer["Authorization"] = f"Bearer {square.people[name].token}"
        self.app = httpx.AsyncClient(  # type: ignore[arg-type]
            headers={"Accept": "application/json", **self.bearer}, **more
        )
        self.program = httpx.AsyncClient(headers={"Accept": AS2, **self.bearer}, **more)  # type: ignore[arg-type]

    async def sign_in(self) -> None:
        """They come in with their browser."""
        if self.name is not None:
            people = {name: one.id for name, one in self.place.neighbours.items()}
            await sign_in(Town(self.place, self.browser, people), self.name)
        self.browser.follow_redirects = True

    def number_of(self, uri: str) -> int:
        """Return under which number somebody or something is known where they live; or 0."""

        def work(tx: Tx) -> int:
            found = find_post(tx, uri) or find_actor(tx, uri)
            return 0 if found is None else found.id

        return do(self.place, work)

    async def close(self) -> None:
        """They go home."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for client in (self.browser, self.app, self.program):
            await client.aclose()

    async def listen(self) -> None:
        """Open every stream there is, as an app and as a program of one's own."""
        paths = [f"/api/v1/streaming/{name}" for name in STREAMS]
        if self.name is not None:
            paths += [f"/users/{self.name}/inbox/stream"]
        for path in paths:
            self.heard[path] = heard = bytearray()
            self._tasks.append(asyncio.create_task(self._hear(path, heard)))
        await until(self.bell, lambda: all(self.heard.values()))

    async def at_once(self) -> dict[str, str]:
        """Return what all that is asked once says, by door; of lists with the kind."""
        amel, is_known = self.square.quarter.amel, self.name is not None
        number = str(self.number_of(amel.uri))
        front = await self.page("/home" if is_known else "/")
        texts = {"start": front.partition('id="soon"')[2].partition("</section>")[0]}
        for kind, path in LISTS.items():
            texts[f"list {kind}"] = await self.page(path)
            found = await self.app.get(f"/api/v2/search?q={kind}zz&type=statuses&limit=40")
            texts[f"search {kind}"] = found.text
        texts["talks"] = await self.page("/talks") if is_known else ""
        for door, paths in TIMELINES.items():
            texts[door] = "".join([await self.say(path) for path in paths])
        reads = self.square.lists.get(self.name or "")
        texts["home"] += await self.say(f"/api/v1/timelines/list/{reads}") if reads else ""
        texts["news"] += await self.page("/news") if is_known else ""
        said = f"/api/v1/accounts/{number}/statuses?limit=40"
        texts["profile"] = await self.say(said)
        texts["profile"] += await self.leaves("/@amel" if self.is_here else f"/people/{number}")
        texts["tag"] = await self.page(f"/tags/{TAG}")
        texts["latest"] = "".join([await self.page(path) for path in ("/latest", "/around")])
        texts["inbox"] = (
            await self.pages_of(f"/users/{self.name}/inbox?page=true") if is_known else ""
        )
        texts["desk"] = "".join([await self.page(p.format(amel=number)) for p in DESK])
        texts["desk"] += "".join([await self.say(p.format(amel=number)) for p in DESK])
        texts["stream"] = "".join(bytes(heard).decode() for heard in self.heard.values())
        texts["outbox"] = await self.pages_of(f"{amel.uri}/outbox?page=true")
        if self.is_here:
            texts["feed"] = "".join([await self.page(path) for path in FEEDS])
        return texts

    async def of(self, thing: Thing) -> dict[str, str]:
        """Return what is said of one thing, by door."""
        number = thing.post_id if self.is_here else self.number_of(thing.uri)
        answer = thing.answer
        texts = {"app": await self.say(f"/api/v1/statuses/{number}")}
        if not self.is_here:
            answer = self.number_of(thing.answer_uri)
            texts["program"] = await self.through_proxy(thing.uri)
        else:
            texts["program"] = await self.document(thing.uri)
            texts["program"] += await self.document(f"{thing.uri}/activity")
            texts["calendar"] = await self.page(f"{thing.page}.ics") if thing.kind == "date" else ""
        texts["context"] = await self.say(f"/api/v1/statuses/{answer}/context")
        pages = [f"/posts/{number}", *([thing.page] if self.is_here else [])]
        texts["page"] = "".join([await self.page(path) for path in pages])
        return texts

    async def page(self, path: str) -> str:
        """Return what a browser shows."""
        return (await self.browser.get(path)).text

    async def leaves(self, path: str) -> str:
        """Return what a browser shows, as one goes on to what is older."""
        text = last = await self.page(path)
        while (older := re.search(r'href="[^"]*\?before=(\d+)"', last)) is not None:
            last = await self.page(f"{path}?before={older[1]}")
            text += last
        return text

    async def say(self, path: str) -> str:
        """Return what an app is told, page after page."""
        texts, url = "", path
        while url:
            answer = await self.app.get(url)
            texts, url = texts + answer.text, answer.links.get("next", {}).get("url", "")
        return texts

    async def document(self, path: str) -> str:
        """Return what a program of the member's own reads."""
        return (await self.program.get(path)).text

    async def through_proxy(self, uri: str) -> str:
        """Return what their program reads elsewhere, asked for in their name."""
        answer = await self.program.post(f"/users/{self.name}/proxy", data={"id": uri})
        return answer.text if answer.status_code == 200 else ""

    async def pages_of(self, uri: str) -> str:
        """Return all pages of a collection."""
        texts = ""
        while uri:
            is_ours = uri.startswith(("/", f"https://{self.place.host}/"))
            text = await (self.document(uri) if is_ours else self.through_proxy(uri))
            texts += text
            uri = json.loads(text).get("next", "") if text.startswith("{") else ""
        return texts

    async def _hear(self, path: str, heard: bytearray) -> None:
        """Open a stream at the door itself, and write down what it tells, until cancelled."""
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            heard.extend(message.get("body", b""))
            self.bell.set()

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": f"tag={TAG}".encode(),
            "headers": [
                (b"host", self.place.host.encode()),
                *((name.lower().encode(), value.encode()) for name, value in self.bearer.items()),
            ],
            "client": ("127.0.0.1", 1),
            "server": (self.place.host, 443),
        }
        await self.place.app(scope, receive, send)


async def until(bell: asyncio.Event, holds: Callable[[], bool]) -> None:
    """Wait until what was heard is enough; the bell rings whenever something was."""
    async with asyncio.timeout(60):
        while not holds():
            bell.clear()
            await bell.wait()


async def all_is_told(square: Square, everybody: Sequence[Reader]) -> None:
    """Wait until every stream has told what came before now: a last word goes to each of them."""
    for name in ("ana", "marc", "jo"):
        await square.people[name].says(f"{LAST_WORD} #{TAG}")
    await square.quarter.settle()
    await until(
        everybody[0].bell,
        lambda: all(
            LAST_WORD.encode() in heard
            for one in everybody
            for path, heard in one.heard.items()
            if path.endswith("/public") and one.name not in (None, *ROLES["suspended"])
        ),
    )
    for _ in range(20):  # what a stream was handed before the last word, it writes in its turn
        await asyncio.sleep(0)


@asynccontextmanager
async def readers(square: Square, *, listen: bool = True) -> AsyncIterator[list[Reader]]:
    """Everybody, signed in, with their streams open."""
    bell = asyncio.Event()
    everybody = [Reader(square, name, bell) for name in (None, *square.people)]
    try:
        for one in everybody:
            await one.sign_in()
            if listen:
                await one.listen()
        yield everybody
    finally:
        for one in everybody:
            await one.close()
