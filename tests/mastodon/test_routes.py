"""Every operation is there, and each asks for the right to do it."""

import asyncio
import sys
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest

from microfed.operations.tokens import give_token
from tests.fediverse import Instance
from tests.mastodon.table import listed, scopes, served

# Mastodon's own business: proofs on other services, gone since 4.0.
LEFT_OUT = {("GET", "/api/v1/accounts/{}/identity_proofs")}
# Whoever holds a token is let in already: there is nothing left to confirm.
ALWAYS_REFUSED = {"/api/v1/emails/confirmations"}
SINGLE = sorted(
    {f"{kind}:{what}" for kind in ("read", "write") for what in ("statuses", "accounts", "lists")}
    | {"read:follows", "write:follows", "write:media", "push", "profile"}
)


async def test_the_operations_of_mastodon_are_served(
    here: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted, answered = listed(), served(here)

    with capsys.disabled():
        done = len(wanted & answered)
        sys.stdout.write(f"\n{done} of {len(wanted)} operations of the Mastodon API\n")

    assert wanted & answered
    areas = {path.split("/")[3] for _, path in answered if path.startswith("/api/v")}
    missing = {
        (method, path)
        for method, path in wanted - answered - LEFT_OUT
        if path.startswith("/api/v") and path.split("/")[3] in areas & WHOLE
    }
    assert missing == set()


# Areas of which nothing is missing.
WHOLE = {
    *(
        "statuses",
        "streaming",
        "polls",
        "scheduled_statuses",
        "bookmarks",
        "favourites",
        "follow_requests",
    ),
    *("notifications", "conversations", "markers", "lists", "filters", "tags", "followed_tags"),
    *("featured_tags", "mutes", "blocks", "domain_blocks", "push", "reports", "announcements"),
    *("suggestions", "trends", "collections", "timelines", "accounts", "media"),
    *("search", "instance", "preferences", "profile", "directory", "custom_emojis", "endorsements"),
}


async def test_every_operation_has_a_row_in_the_table_of_scopes(here: Instance) -> None:
    api = {row for row in served(here) if row[1].startswith("/api/")}

    assert api - set(scopes()) == set()
    assert set(scopes()) - api == set()


async def test_each_operation_asks_for_its_scope(here: Instance) -> None:
    ana = here.add("ana", role="admin")
    tokens = {}
    for scope in {*SINGLE, *(kept.removeprefix("open:") for kept in scopes().values())}:
        if ":" in scope or scope in SINGLE:
            with here.house.db.writing() as tx:
                tokens[scope] = give_token(tx, member_id=ana.id, scopes=[scope])
    wrong = []

    for (method, path), wanted in scopes().items():
        address = path.replace("{}", "1")
        status = await ask(here, method, address, None)
        needs_token = not wanted.startswith("open")
        if (status == 401) != needs_token:
            wrong.append((method, path, "no token", status))
        if wanted in ("open", "app") or path in ALWAYS_REFUSED:
            continue
        needed = wanted.removeprefix("open:")
        for scope, token in tokens.items():
            status = await ask(here, method, address, token)
            may = (
                needed == scope
                or needed.startswith(f"{scope}:")
                or (needed == "read:accounts" and may_read_me(path, scope))
            )
            if (status == 403) == may and (may or status != 403):
                wrong.append((method, path, scope, status))
            if status >= 500 and not path.endswith("/translate"):
                wrong.append((method, path, scope, status))

    assert wrong == []


def may_read_me(path: str, scope: str) -> bool:
    return scope == "profile" and path.endswith(("/verify_credentials", "/profile"))


async def test_only_admins_come_in_where_the_place_is_looked_after(here: Instance) -> None:
    scopes_of_admins = "read write admin:read admin:write"
    helper = here.add("bea", role="organiser", scopes=scopes_of_admins)
    member = here.add("cem", scopes=scopes_of_admins)

    for method, path in scopes():
        if "/admin/" in path:
            for somebody in (helper, member):
                answer = await ask(here, method, path.replace("{}", "1"), somebody.token)
                assert answer == 403, (method, path)


async def ask(here: Instance, method: str, address: str, token: str | None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if "/streaming" in address:  # it answers for as long as somebody listens
        return await begin(here, address, headers)
    return (await here.client.request(method, address, headers=headers)).status_code


async def begin(here: Instance, address: str, headers: dict[str, str]) -> int:
    """Ask, and hang up as soon as the answer begins."""
    asked = httpx.Request("GET", f"https://{here.host}{address}", headers=headers)
    scope = {
        "type": "http",
        "method": "GET",
        "path": address,
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in asked.headers.raw],
        "client": ("127.0.0.1", 1),
    }
    began: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def receive() -> dict[str, Any]:
        await began
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            began.set_result(message["status"])

    await here.app(scope, receive, send)
    return began.result()
