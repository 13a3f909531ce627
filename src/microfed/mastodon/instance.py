"""The place as apps read it: what it is, what it allows, whom it knows."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.errors import NotFound
from microfed.house import house_of
from microfed.mastodon.answers import json_answer
from microfed.mastodon.present_instance import LANGUAGES, emojis, newer, older, rules_of_the_place
from microfed.queries.place import (
    known_servers,
    shut_out,
    weeks,
    words_of_the_place,
)
from microfed.store.database import Tx


async def v2(request: Request) -> Response:
    """Tell about the place."""
    house = house_of(request)
    return json_answer(await house.db.read(lambda tx: newer(tx, house.settings)))


async def v1(request: Request) -> Response:
    """Tell about the place, in the older shape."""
    house = house_of(request)
    return json_answer(await house.db.read(lambda tx: older(tx, house.settings)))


async def peers(request: Request) -> Response:
    """List the servers we know."""
    return json_answer(await house_of(request).db.read_slowly(known_servers))


async def activity(request: Request) -> Response:
    """Tell how much was said in the last weeks."""

    def work(tx: Tx) -> list[dict[str, str]]:
        return [
            {
                "week": str(int(begin.timestamp())),
                "statuses": str(posts),
                "logins": str(people),
                "registrations": str(came),
            }
            for begin, posts, people, came in weeks(tx)
        ]

    return json_answer(await house_of(request).db.read_slowly(work))


async def rules(request: Request) -> Response:
    """List the rules of the place."""
    return json_answer(
        await house_of(request).db.read(lambda tx: rules_of_the_place(words_of_the_place(tx)))
    )


async def domain_blocks(request: Request) -> Response:
    """List the servers that are shut out, and why."""

    def work(tx: Tx) -> list[dict[str, str]]:
        return [
            {
                "domain": host,
                "digest": hashlib.sha256(host.encode()).hexdigest(),
                "severity": "suspend" if action == "block" else "silence",
                "comment": comment,
            }
            for host, action, comment in shut_out(tx)
        ]

    return json_answer(await house_of(request).db.read(work))


async def extended_description(request: Request) -> Response:
    """Tell more about the place."""
    return await _page(request, "extended_description", default="")


async def privacy_policy(request: Request) -> Response:
    """Tell what is kept about people."""
    return await _page(request, "privacy_policy", default="")


async def terms_of_service(request: Request) -> Response:
    """Tell the terms of the place, where there are any."""
    date = request.path_params.get("date")
    said = (await house_of(request).db.read(words_of_the_place)).get("terms_of_service")
    if not isinstance(said, dict) or (date is not None and said.get("effective_date") != date):
        raise NotFound("there are no terms of service")
    return json_answer(
        {
            "effective_date": said.get("effective_date"),
            "effective": True,
            "content": said.get("content", ""),
            "succeeded_by": None,
        }
    )


async def translation_languages(request: Request) -> Response:
    """Tell that nothing is translated here."""
    return json_answer({})


async def languages(request: Request) -> Response:
    """List the languages of the place."""
    return json_answer([{"code": code, "name": name} for code, name in LANGUAGES.items()])


async def custom_emojis(request: Request) -> Response:
    """List the pictures the place has for words."""
    return json_answer(await house_of(request).db.read(emojis))


async def _page(request: Request, name: str, *, default: str) -> Response:
    said = (await house_of(request).db.read(words_of_the_place)).get(name)
    if isinstance(said, str):
        said = {"content": said}
    kept = said if isinstance(said, dict) else {}
    updated = kept.get("updated_at") or "2026-01-01T00:00:00.000Z"
    return json_answer({"updated_at": updated, "content": kept.get("content", default)})


_AREA = "/api/v1/instance"
routes = [
    Route("/api/v2/instance", v2),
    Route(_AREA, v1),
    Route(f"{_AREA}/peers", peers),
    Route(f"{_AREA}/activity", activity),
    Route(f"{_AREA}/rules", rules),
    Route(f"{_AREA}/domain_blocks", domain_blocks),
    Route(f"{_AREA}/extended_description", extended_description),
    Route(f"{_AREA}/privacy_policy", privacy_policy),
    Route(f"{_AREA}/terms_of_service", terms_of_service),
    Route(_AREA + "/terms_of_service/{date}", terms_of_service),
    Route(f"{_AREA}/translation_languages", translation_languages),
    Route(f"{_AREA}/languages", languages),
    Route("/api/v1/custom_emojis", custom_emojis),
]
