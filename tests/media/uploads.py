"""Sending files as apps and clients do."""

from typing import Any

import httpx

from tests.fediverse import Neighbour


async def send(
    who: Neighbour, body: bytes, *, name: str = "file.bin", version: int = 1, **more: Any
) -> httpx.Response:
    """Upload through the apps' door."""
    return await who.instance.client.post(
        f"/api/v{version}/media",
        files={"file": (name, body, "application/octet-stream")},
        data=more,
        headers={"Authorization": f"Bearer {who.token}"},
    )


async def sent(who: Neighbour, body: bytes, **more: Any) -> dict[str, Any]:
    """Upload, and return what the app gets; it must be ready."""
    response = await send(who, body, **more)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def posts(who: Neighbour, **said: Any) -> httpx.Response:
    """Post a status."""
    return await who.instance.client.post(
        "/api/v1/statuses", json=said, headers={"Authorization": f"Bearer {who.token}"}
    )


async def fetched(who: Neighbour, url: str, **headers: str) -> httpx.Response:
    """Look at an address of the own instance as a browser does, with no token."""
    return await who.instance.client.get(url, headers=headers)
