"""What is Ana's is not there for Cid: every address that names something, with another's token."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fediverse import Fediverse, Instance, Neighbour
from tests.mastodon.conftest import Phone
from tests.mastodon.lives import live
from tests.mastodon.table import served

HERE = Path(__file__).parent
ADMIN = ("/api/v1/admin/", "/api/v2/admin/")
# A post without a link has none, whoever asks.
CARD = "/api/v1/statuses/{}/card"
# What a well-made request holds, so that nothing but the owner is wrong with it.
BODY: dict[str, Any] = {
    "status": "à moi",
    "choices": [0],
    "title": "à moi",
    "phrase": "à moi",
    "keyword": "à moi",
    "context": ["home"],
    "description": "à moi",
    "quote_approval_policy": "public",
}


def owners() -> dict[str, str]:
    lines = (HERE / "ownership.txt").read_text().splitlines()
    rows = (line.rsplit(None, 1) for line in lines if line and not line.startswith("#"))
    return {" ".join(named.split()): thing for named, thing in rows}


def naming(here: Instance) -> set[tuple[str, str]]:
    """Return the operations whose address names something."""
    return {
        (method, path)
        for method, path in served(here)
        if path.startswith("/api/") and "{}" in path and not path.startswith(ADMIN)
    }


async def test_every_address_that_names_something_has_a_row(here: Instance) -> None:
    assert {path for _, path in naming(here)} - set(owners()) == set()


async def test_what_is_anas_is_not_there_for_another(
    fediverse: Fediverse,
    here: Instance,
    ana: Phone,
    bea: Phone,
    phone: Callable[[Neighbour], Phone],
) -> None:
    ids = await live(fediverse, here, ana, bea)
    asked = {"options": ["a", "b"], "expires_in": 600}
    secret = await ana.says("entre nous ?", visibility="private", poll=asked)
    ids["secret_poll"] = secret["id"]
    cid = phone(here.add("cid", scopes="read write follow push"))
    wrong = []

    for method, path in sorted(naming(here)):
        thing = owners().get(f"{method} {path}") or owners()[path]
        if thing == "-":
            continue
        first, *others = path.split("{}")
        address = first + ids[thing] + "1".join(others)
        body = BODY | {"account_ids": [bea.id], "status_id": ids["post"], "id": bea.id}
        expected = [(cid, 404)] + ([(ana, 200)] if method == "GET" and path != CARD else [])
        for who, status in expected:
            answer = await who.client.request(
                method, address, headers={"Authorization": f"Bearer {who.token}"}, json=body
            )
            if answer.status_code != status:
                wrong.append(f"{method} {address} ({thing}, {who.acct}): {answer.status_code}")

    assert "\n".join(wrong) == ""
