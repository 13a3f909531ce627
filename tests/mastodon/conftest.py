"""An app in the hands of a neighbour: it asks as Tusky or Ivory would."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.fediverse import Fediverse, Instance, Neighbour


@dataclass
class Phone:
    """One member's app. Each call must be answered with `expects`."""

    client: httpx.AsyncClient
    token: str | None
    id: str = ""
    acct: str = ""

    async def ask(
        self, method: str, path: str, *, expects: int = 200, **more: Any
    ) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        answer = await self.client.request(method, path, headers=headers, **more)
        assert answer.status_code == expects, (method, path, answer.status_code, answer.text)
        return answer

    async def get(self, path: str, *, expects: int = 200, **params: Any) -> Any:
        return (await self.ask("GET", path, expects=expects, params=params)).json()

    async def post(self, path: str, *, expects: int = 200, **body: Any) -> Any:
        return (await self.ask("POST", path, expects=expects, json=body)).json()

    async def put(self, path: str, *, expects: int = 200, **body: Any) -> Any:
        return (await self.ask("PUT", path, expects=expects, json=body)).json()

    async def patch(self, path: str, *, expects: int = 200, **body: Any) -> Any:
        return (await self.ask("PATCH", path, expects=expects, json=body)).json()

    async def delete(self, path: str, *, expects: int = 200) -> Any:
        return (await self.ask("DELETE", path, expects=expects)).json()

    async def says(self, status: str, **more: Any) -> dict[str, Any]:
        said: dict[str, Any] = await self.post("/api/v1/statuses", status=status, **more)
        return said


@pytest.fixture
async def here(fediverse: Fediverse) -> Instance:
    """One server."""
    return await fediverse.instance("here.test", registration="closed")


@pytest.fixture
def phone() -> Callable[[Neighbour], Phone]:
    """Give someone a phone."""

    def make(neighbour: Neighbour) -> Phone:
        return Phone(neighbour.instance.client, neighbour.token, str(neighbour.id), neighbour.name)

    return make


@pytest.fixture
async def ana(here: Instance, phone: Callable[[Neighbour], Phone]) -> Phone:
    """Ana, who lives here."""
    return phone(here.add("ana", scopes="read write follow push profile"))


@pytest.fixture
async def bea(here: Instance, phone: Callable[[Neighbour], Phone]) -> Phone:
    """Bea, her neighbour."""
    return phone(here.add("bea", scopes="read write follow push profile"))


@pytest.fixture
async def anyone(here: Instance) -> Phone:
    """Someone with no account."""
    return Phone(here.client, None)
