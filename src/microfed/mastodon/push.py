"""An app asks to be woken by Web Push; one subscription for each token."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import Asker, bearer_of, need_asker
from microfed.house import house_of
from microfed.mastodon.answers import empty, json_answer
from microfed.mastodon.params import Params, read_params
from microfed.mastodon.present_notifications import KINDS, TYPES
from microfed.operations.pushing import (
    change_alerts,
    need_subscription,
    subscribe,
    unsubscribe,
)
from microfed.operations.secrets import vapid_keys
from microfed.store.database import Tx
from microfed.store.push import PushSubscription


async def make(request: Request) -> Response:
    """Be woken."""
    asker, token = await _asker(request)
    params = await read_params(request)
    wish, data = params.inside("subscription"), params.inside("data")
    keys = wish.inside("keys")

    def work(tx: Tx) -> dict[str, Any]:
        made = subscribe(
            tx,
            owner_id=asker.actor_id,
            token=token,
            endpoint=wish.need("endpoint"),
            p256dh=keys.need("p256dh"),
            auth=keys.need("auth"),
            is_standard=wish.boolean("standard"),
            alerts=_alerts(data),
            policy=data.text("policy") or "all",
        )
        return _entity(tx, made)

    return json_answer(await house_of(request).db.write(work))


async def show(request: Request) -> Response:
    """Show what this app asked for."""
    _, token = await _asker(request)

    # In a write: the keys of the place are made when they are first needed.
    def work(tx: Tx) -> dict[str, Any]:
        return _entity(tx, need_subscription(tx, token=token))

    return json_answer(await house_of(request).db.write(work))


async def change(request: Request) -> Response:
    """Be woken for other things."""
    _, token = await _asker(request)
    params = await read_params(request)
    data = params.inside("data")
    policy = data.text("policy") or params.text("policy")

    def work(tx: Tx) -> dict[str, Any]:
        return _entity(tx, change_alerts(tx, token=token, alerts=_alerts(data), policy=policy))

    return json_answer(await house_of(request).db.write(work))


async def drop(request: Request) -> Response:
    """Sleep."""
    _, token = await _asker(request)
    await house_of(request).db.write(lambda tx: unsubscribe(tx, token=token))
    return empty()


async def _asker(request: Request) -> tuple[Asker, str]:
    return await need_asker(request, "push"), bearer_of(request) or ""


def _alerts(data: Params) -> Mapping[str, bool]:
    said = data.inside("alerts")
    return {kind: said.boolean(type_) for kind, type_ in TYPES.items()}


def _entity(tx: Tx, found: PushSubscription) -> dict[str, Any]:
    return {
        "id": str(found.id),
        "endpoint": found.endpoint,
        "standard": found.is_standard,
        "alerts": {
            type_: any(found.alerts.get(kind) for kind in kinds) for type_, kinds in KINDS.items()
        },
        "policy": found.policy,
        "server_key": vapid_keys(tx).public,
    }


_ONE = "/api/v1/push/subscription"
routes = [
    Route(_ONE, show, methods=["GET"]),
    Route(_ONE, make, methods=["POST"]),
    Route(_ONE, change, methods=["PUT"]),
    Route(_ONE, drop, methods=["DELETE"]),
]
