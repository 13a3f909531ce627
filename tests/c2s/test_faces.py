"""A member's face and banner, by Update of the own actor."""

import json
from typing import Any

import httpx

from tests.fediverse import AS2, Neighbour
from tests.media.pictures import noise


async def upload(who: Neighbour, name: str) -> dict[str, Any]:
    answer = await who.instance.client.post(
        f"{who.uri}/upload",
        headers={"Authorization": f"Bearer {who.token}"},
        files={
            "file": ("a.png", noise((64, 64), "PNG"), "image/png"),
            "object": ("o.jsonld", json.dumps({"type": "Image", "name": name}), AS2),
        },
    )
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def actor_of(who: Neighbour) -> dict[str, Any]:
    document: dict[str, Any] = (await who.instance.get(who.uri)).json()
    return document


async def test_an_upload_becomes_the_face_and_goes_again(ada: Neighbour, bea: Neighbour) -> None:
    face = await upload(ada, "Ada in a garden")
    said = await ada.does({"type": "Update", "object": {"id": ada.uri, "icon": face}})

    shown = (await actor_of(ada))["icon"]
    assert shown == said["object"]["icon"]
    assert (shown["type"], shown["name"]) == ("Image", "Ada in a garden")
    async with httpx.AsyncClient(transport=ada.instance.client._transport) as client:
        assert (await client.get(shown["url"])).status_code == 200
    # A whole actor with one word changed leaves the face as it is
    whole = {**await actor_of(ada), "name": "Ada L."}
    await ada.does({"type": "Update", "object": whole})
    assert (await actor_of(ada))["icon"] == shown
    # Somebody else's picture is nobody's face
    theirs = await upload(bea, "Bea")
    for icon in (theirs, "https://elsewhere.test/a.png", "https://north.test/media/x.png"):
        update = {"type": "Update", "object": {"id": ada.uri, "icon": icon}}
        await ada.does(update, expects=422)
    await ada.does({"type": "Update", "object": {"id": ada.uri, "icon": None}})
    assert "icon" not in await actor_of(ada)
