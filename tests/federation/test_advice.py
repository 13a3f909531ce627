"""Advice between allies: what one does about a server is shown to the other, and does nothing."""

from typing import Any

import pytest

from microfed.operations.advice import advice_came, ask_for_advice, choose_sharing
from microfed.operations.domains import list_rules, rule_domain
from microfed.queries.advice import advice_of_allies, suggestions
from microfed.store.database import Tx
from tests.federation.test_alliances import ends, proposes
from tests.federation.test_ring import asks, do
from tests.fediverse import AS2, Fediverse, Instance

pytestmark = pytest.mark.anyio
ADVICE = "https://belleville.test/ring/advice"


@pytest.fixture
async def places(fediverse: Fediverse) -> tuple[Instance, Instance, Instance]:
    """Belleville is allied with Ménil, and Jourdain with nobody; Belleville has rules."""
    b, m, j = [
        await fediverse.instance(f"{name}.test") for name in ("belleville", "menil", "jourdain")
    ]
    await proposes(b, m)
    await proposes(m, b)
    await proposes(j, b)  # Jourdain asked; nobody said yes
    await fediverse.settle()

    def rules(tx: Tx) -> None:
        said: dict[str, Any] = {"public_comment": "spam", "private_comment": "secret"}
        rule_domain(tx, domain="bad.test", action="block", **said)
        rule_domain(tx, domain="loud.test", action="limit")
        rule_domain(tx, domain="friend.test", action="allow")
        rule_domain(tx, domain="noted.test", action="note", private_comment="secret")
        rule_domain(tx, domain="hidden.test", action="block", is_obfuscated=True)

    do(b, rules)
    return b, m, j


async def test_what_an_admin_shares_is_seen_by_allies_and_holds_for_nobody(
    fediverse: Fediverse, places: tuple[Instance, Instance, Instance]
) -> None:
    b, m, j = places
    marc, jo, amel = m.add("marc"), j.add("jo"), b.add("amel")

    # Unless the admin shares it, it is there for nobody
    assert await asks(m, "https://menil.test/actor", ADVICE) == 404
    do(b, lambda tx: choose_sharing(tx, by=None, is_shared=True))

    # Then allies read it, and nobody else does
    assert await asks(m, "https://menil.test/actor", ADVICE) == 200
    assert await asks(m, marc.uri, ADVICE) == 200
    assert await asks(j, "https://jourdain.test/actor", ADVICE) == 404
    assert await asks(j, jo.uri, ADVICE) == 404
    assert (await b.get("/ring/advice")).status_code == 404
    headers = {"Authorization": f"Bearer {amel.token}", "Accept": AS2}
    assert (await b.client.get("/ring/advice", headers=headers)).status_code == 404

    # And Ménil's admin is shown it; no rule was made
    do(m, lambda tx: ask_for_advice(tx, "belleville.test"))
    await fediverse.settle()
    shown = [(one.host, one.action, one.reason) for one in do(m, suggestions)]
    assert shown == [("bad.test", "block", "spam"), ("loud.test", "limit", "")]
    assert do(m, list_rules) == []
    assert b"secret" not in b"".join(sent.body for sent in fediverse.network.sent)

    # When they do the same, or are stricter, nothing is suggested any more
    do(m, lambda tx: rule_domain(tx, domain="bad.test", action="block", public_comment="spam"))
    do(m, lambda tx: rule_domain(tx, domain="loud.test", action="block"))
    assert do(m, suggestions) == []

    # And with the alliance the advice is gone on both sides, whoever ends it
    await ends(b, m)
    await fediverse.settle()
    assert await asks(m, "https://menil.test/actor", ADVICE) == 404
    assert do(m, advice_of_allies) == {}
    assert do(m, lambda tx: advice_came(tx, host="belleville.test", items=[BAD])) == 0


BAD = {"name": "bad.test", "action": "block", "summary": "spam"}


async def test_advice_that_makes_no_sense_is_left_out(
    places: tuple[Instance, Instance, Instance],
) -> None:
    _, m, _ = places
    items: list[dict[str, Any]] = [
        {"name": "menil.test", "action": "block"},
        {"name": "belleville.test", "action": "block"},
        {"name": "not a name", "action": "block"},
        {"name": 7, "action": "block"},
        {"name": "free.test", "action": "allow"},
        {"name": "mine.test", "action": ["block"][0], "summary": ["no", "words"]},
        {"name": "long.test", "action": "block", "summary": "<b>a</b>\0" + "x" * 5_000},
        {},
        *({"name": f"n{number}.test", "action": "limit"} for number in range(2_000)),
    ]

    kept = do(m, lambda tx: advice_came(tx, host="belleville.test", items=items))

    assert kept == 1_000
    found = {one.host: one.reason for one in do(m, suggestions)}
    assert {"menil.test", "belleville.test", "free.test"}.isdisjoint(found)
    assert found["mine.test"] == "" and len(found["long.test"]) == 300
    assert do(m, list_rules) == []
