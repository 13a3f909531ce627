"""Joins the parts into one application. Nothing is made at import time, and nowhere else."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from cachetools import LRUCache, TTLCache
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from microfed.asking import Askers
from microfed.barring import Barring
from microfed.c2s.routes import routes as c2s_routes
from microfed.errors import Missing, Refused, TryLater
from microfed.federation.answers import wants_activity
from microfed.federation.documents import Documents, get_actor, get_post
from microfed.federation.letters import get_letter
from microfed.federation.routes import routes as federation_routes
from microfed.federation.verify import Verifier
from microfed.files.routes import routes as file_routes
from microfed.gate import Gate
from microfed.here import Here
from microfed.house import House
from microfed.limits import Limited, Limiter
from microfed.mastodon.routes import routes as mastodon_routes
from microfed.media.workshop import Workshop
from microfed.metrics import Metrics, health, metrics_page
from microfed.oauth.routes import routes as oauth_routes
from microfed.operations.deliveries import signing_key
from microfed.operations.members import found_place
from microfed.placing import Placing
from microfed.queries.people import instance_actor
from microfed.refusing import Refusing
from microfed.remote.fetcher import Fetcher
from microfed.remote.http import Transport, Web
from microfed.remote.signatures import Signer
from microfed.settings import Settings
from microfed.storage import open_storage
from microfed.store.database import Database, Tx
from microfed.store.sizes import learn_sizes
from microfed.streams import Streams
from microfed.viewing import Views
from microfed.watching import Seen, Watching
from microfed.web.refused import error_page
from microfed.web.routes import routes as web_routes
from microfed.web.routes import shared
from microfed.workers.crew import Crew

# How soon a command run beside this server is noticed.
LISTEN_EVERY = 0.25
Endpoint = Callable[[Request], Awaitable[Response]]
# Whoever pastes the address of a page into another server's search means what it shows.
DOCUMENTS: dict[str, Endpoint] = {
    "/@{name}": get_actor,
    "/@{name}/{id}": get_post,
    "/lettre/{week}": get_letter,
}
EXPOSED = [
    "Link",
    "Location",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-Id",
]


def open_house(settings: Settings, *, transport: Transport | None = None) -> House:
    """Return the parts that doors and workers share; `transport` replaces the network in tests."""
    here = Here(
        settings.url,
        settings.handle_host,
        settings.federation,
        settings.media_url,
        settings.registration,
    )
    db = Database(settings.database, here)
    web = Web(
        url=settings.url,
        insecure_peers=settings.insecure_peers,
        ca_file=settings.ca_file,
        transport=transport,
    )

    async def instance_signer() -> Signer:
        return await db.read(_instance_signer)

    return House(
        settings,
        db,
        web,
        Fetcher(web, instance_signer),
        open_storage(settings.storage),
        Workshop(),
        Streams(db),
    )


def create_app(house: House, *, has_workers: bool = True) -> Starlette:
    """Return the application. Its database must have been migrated."""
    crew = Crew(house)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await house.db.write(lambda tx: found_place(tx, title=house.settings.title))
        await house.db.write(learn_sizes)
        house.db.news.listen_to_others()
        listening = asyncio.create_task(_listen(house.db))
        if has_workers:
            await crew.start()
        yield
        listening.cancel()
        await crew.stop()
        await house.workshop.close()
        await house.web.close()
        house.db.close()

    refusing = Refusing(error_page)
    handlers: dict[Any, Any] = {
        Refused: refusing.refused,
        TryLater: refusing.later,
        Missing: refusing.later,
        OSError: refusing.broken,
        HTTPException: refusing.unrouted,
        Exception: refusing.fault,
    }
    app = _Watched(
        routes=[
            *mastodon_routes,
            *federation_routes,
            *c2s_routes,
            *file_routes,
            *oauth_routes,
            Route("/health", health),
            Route("/metrics", metrics_page),
            *web_routes,
            *(Route(path, _either(DOCUMENTS[path], page)) for path, page in shared.items()),
        ],
        middleware=[
            Middleware(Gate, here=house.db.here),
            Middleware(Barring, house=house),
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["*"],
                allow_headers=["*"],
                expose_headers=EXPOSED,
            ),
            Middleware(Limited),
            Middleware(Placing, house=house),
        ],
        exception_handlers=handlers,
        lifespan=lifespan,
    )
    app.state.house = house
    app.state.metrics = Metrics(app, app.seen)
    app.state.crew = crew
    app.state.verifier = Verifier(house)
    app.state.documents = Documents(house)
    app.state.taken_in = LRUCache(20_000)
    app.state.compared = TTLCache(10_000, ttl=600, timer=time.monotonic)
    app.state.askers = Askers(house)
    app.state.views = Views(house)
    app.state.limiter = Limiter(is_on=house.settings.rate_limits == "on")
    return app


class _Watched(Starlette):
    """An application whose every answer is seen: what is refused, and what breaks, too."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.seen = Seen()

    def build_middleware_stack(self) -> ASGIApp:
        """Return all that a request passes, in order."""
        return Watching(super().build_middleware_stack(), self.seen, self.routes)


def _either(document: Endpoint, page: Endpoint) -> Endpoint:
    """Return an endpoint that gives servers the document and people the page."""

    async def endpoint(request: Request) -> Response:
        return await (document if wants_activity(request) else page)(request)

    return endpoint


def _instance_signer(tx: Tx) -> Signer:
    key = signing_key(tx, instance_actor(tx).id)
    if key is None:
        raise TryLater("this place has no key yet")
    return Signer(*key)


async def _listen(db: Database) -> None:
    """Begin an empty transaction now and then: it notices what other processes wrote."""
    while True:
        await asyncio.sleep(LISTEN_EVERY)
        with contextlib.suppress(TryLater):
            await db.write(lambda _tx: None)
