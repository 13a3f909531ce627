"""Lists and circles alike at their addresses: names of a member's own, and who is in them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import empty, json_answer
from microfed.mastodon.paging import ACCOUNTS, read_page
from microfed.mastodon.params import query_params, read_params
from microfed.mastodon.people_page import people_page
from microfed.queries.pages import Page
from microfed.store.database import Tx

READ, WRITE = "read:lists", "write:lists"


class _Row(Protocol):
    id: Any


Kept = TypeVar("Kept", bound=_Row)


@dataclass(frozen=True, slots=True)
class OwnPeople(Generic[Kept]):
    """One sort of thing that people are put into, by what is done with it."""

    all_of: Callable[..., list[Kept]]  # (tx, owner_id, with_actor_id=None)
    need: Callable[[Tx, int, int], Kept]  # (tx, owner_id, id)
    inside: Callable[[Tx, int, Page | None], Sequence[Any]]  # (place, actor) of those in it
    entity: Callable[[Kept], dict[str, Any]]
    drop: Callable[[Tx, Kept], None]
    put: Callable[[Tx, Kept, Collection[int]], None]
    take: Callable[[Tx, Kept, Collection[int]], None]

    async def list_mine(self, request: Request) -> Response:
        """List mine."""
        asker = await need_asker(request, READ)
        return await self._list(request, lambda tx: self.all_of(tx, asker.actor_id))

    async def list_with(self, request: Request) -> Response:
        """List those of mine that someone is in."""
        asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])
        return await self._list(
            request, lambda tx: self.all_of(tx, asker.actor_id, with_actor_id=id_)
        )

    async def show_one(self, request: Request) -> Response:
        """Show one."""
        asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])
        return json_answer(
            await house_of(request).db.read(
                lambda tx: self.entity(self.need(tx, asker.actor_id, id_))
            )
        )

    async def drop_one(self, request: Request) -> Response:
        """Let one go."""
        await self.change(request, self.drop)
        return empty()

    async def people(self, request: Request) -> Response:
        """List who is in one; `limit=0` means everybody."""
        asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])
        params = query_params(request)
        page = None if params.text("limit") == "0" else read_page(params, ACCOUNTS)

        return await people_page(
            request,
            lambda tx: self.inside(tx, self.need(tx, asker.actor_id, id_).id, page),
            is_all=page is None,
        )

    async def add(self, request: Request) -> Response:
        """Put people in."""
        ids = (await read_params(request)).ids("account_ids")
        await self.change(request, lambda tx, found: self.put(tx, found, ids))
        return empty()

    async def remove(self, request: Request) -> Response:
        """Take people out."""
        ids = (await read_params(request)).ids("account_ids")
        await self.change(request, lambda tx, found: self.take(tx, found, ids))
        return empty()

    async def change(self, request: Request, deed: Callable[[Tx, Kept], Any]) -> Any:
        """Do `deed` to the one that the address names; return what it returns."""
        asker, id_ = await need_asker(request, WRITE), parse_id(request.path_params["id"])
        return await house_of(request).db.write(
            lambda tx: deed(tx, self.need(tx, asker.actor_id, id_))
        )

    def routes(self, all_: str, one: str, with_someone: str) -> list[Route]:
        """Return the routes that both sorts have; making and changing are told by each."""
        return [
            Route(all_, self.list_mine, methods=["GET"]),
            Route(one, self.show_one, methods=["GET"]),
            Route(one, self.drop_one, methods=["DELETE"]),
            Route(f"{one}/accounts", self.people, methods=["GET"]),
            Route(f"{one}/accounts", self.add, methods=["POST"]),
            Route(f"{one}/accounts", self.remove, methods=["DELETE"]),
            Route(with_someone, self.list_with),
        ]

    async def _list(self, request: Request, which: Callable[[Tx], list[Kept]]) -> Response:
        return json_answer(
            await house_of(request).db.read(lambda tx: [self.entity(one) for one in which(tx)])
        )
