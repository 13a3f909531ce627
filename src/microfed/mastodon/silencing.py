"""Whom I do not want to read: people muted or blocked, servers shut out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.house import house_of
from microfed.mastodon.answers import array, empty, json_bytes, stamp
from microfed.mastodon.following import towards
from microfed.mastodon.paging import ACCOUNTS, Usual, link_header, read_page
from microfed.mastodon.params import Params, query_params, read_params
from microfed.mastodon.present_accounts import accounts
from microfed.operations.blocks import block as block_person
from microfed.operations.blocks import unblock as unblock_person
from microfed.operations.silencing import hear_host_again, silence_host
from microfed.operations.silencing import mute as mute_person
from microfed.operations.silencing import unmute as unmute_person
from microfed.queries.people import need_actor_by_id
from microfed.queries.silence import blocked_by, hosts_silenced_by, muted_by
from microfed.store.database import Tx
from microfed.store.people import Actor

HOSTS = Usual(100, 200)


def block(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Have nothing more to do with someone."""
    block_person(tx, blocker=me, blocked=them)


def unblock(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Take a block back."""
    unblock_person(tx, blocker=me, blocked=them)


def mute(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Read someone no more, for `duration` seconds or until it is taken back."""
    seconds = params.whole("duration", 0) or 0
    mute_person(
        tx,
        muter=me,
        muted=them,
        hides_notifications=params.boolean("notifications", default=True),
        lasts=timedelta(seconds=seconds) if seconds else None,
    )


def unmute(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Read someone again."""
    unmute_person(tx, muter=me, muted=them)


async def blocks(request: Request) -> Response:
    """List whom I block."""
    asker = await need_asker(request, "read:blocks")
    page = read_page(query_params(request), ACCOUNTS)

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        rows = blocked_by(tx, asker.actor_id, page)
        return array(accounts(tx, [row[1] for row in rows])), [row[0] for row in rows]

    return await _listed(request, work)


async def mutes(request: Request) -> Response:
    """List whom I mute, and until when."""
    asker = await need_asker(request, "read:mutes")
    page = read_page(query_params(request), ACCOUNTS)

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        rows = muted_by(tx, asker.actor_id, page)
        until = {row[1]: row[2] for row in rows}
        shown = [orjson.loads(one) for one in accounts(tx, list(until))]
        for one in shown:
            one["mute_expires_at"] = stamp(until[int(one["id"])])
        return orjson.dumps(shown), [row[0] for row in rows]

    return await _listed(request, work)


async def hosts(request: Request) -> Response:
    """List the servers I shut out."""
    asker = await need_asker(request, "read:blocks")
    page = read_page(query_params(request), HOSTS)

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        rows = hosts_silenced_by(tx, asker.actor_id, page)
        return orjson.dumps([row[1] for row in rows]), [row[0] for row in rows]

    return await _listed(request, work)


async def change_hosts(request: Request) -> Response:
    """Shut a server out, or let it be heard again."""
    asker = await need_asker(request, "write:blocks")
    host = (await read_params(request)).need("domain")
    deed: Callable[..., Any] = silence_host if request.method == "POST" else hear_host_again

    def work(tx: Tx) -> None:
        deed(tx, member=need_actor_by_id(tx, asker.actor_id), host=host)

    await house_of(request).db.write(work)
    return empty()


async def _listed(request: Request, work: Callable[[Tx], tuple[bytes, list[int]]]) -> Response:
    house = house_of(request)
    body, keys = await house.db.read(work)
    return json_bytes(body, headers=link_header(request, keys, house.settings.url))


_ONE = "/api/v1/accounts/{id}"
routes = [
    Route(f"{_ONE}/block", towards(block, "write:blocks", "Block someone."), methods=["POST"]),
    Route(f"{_ONE}/unblock", towards(unblock, "write:blocks", "Unblock."), methods=["POST"]),
    Route(f"{_ONE}/mute", towards(mute, "write:mutes", "Mute someone."), methods=["POST"]),
    Route(f"{_ONE}/unmute", towards(unmute, "write:mutes", "Unmute."), methods=["POST"]),
    Route("/api/v1/blocks", blocks),
    Route("/api/v1/mutes", mutes),
    Route("/api/v1/domain_blocks", hosts, methods=["GET"]),
    Route("/api/v1/domain_blocks", change_hosts, methods=["POST", "DELETE"]),
]
