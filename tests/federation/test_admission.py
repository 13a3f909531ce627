"""Whom we speak with, and who may look: the modes of a place, and signed questions."""

import pytest

from microfed.operations.domains import rule_domain
from microfed.store.access import Setting
from tests.fediverse import PUBLIC, Fediverse
from tests.strangers import strange_server


async def test_signed_questions_are_answered_and_unsigned_ones_are_not(
    fediverse: Fediverse,
) -> None:
    # Given a place that wants every question signed
    north = await fediverse.instance("north.test", authorized_fetch=True)
    south = await fediverse.instance("south.test")
    ada, bea = north.add("ada"), south.add("bea")
    said = (await ada.says("<p>hello</p>"))["object"]["id"]

    # When somebody asks without a signature
    answers = {
        path: await north.get(path)
        for path in (said, f"{said}/activity", f"{said}/replies", f"{ada.uri}/outbox")
    }

    # Then there is nothing but who could be asked for a key
    assert {answer.status_code for answer in answers.values()} == {401}
    little = await north.get(ada.uri)
    assert little.status_code == 200
    assert set(little.json()) == {
        *("@context", "id", "type", "preferredUsername", "inbox", "outbox", "endpoints"),
        *("publicKey", "assertionMethod"),
    }
    assert (await north.get("https://north.test/actor")).json()["type"] == "Application"

    # And whoever signs gets it all, kept for nobody else
    await bea.does({"type": "Follow", "object": ada.uri})
    await fediverse.settle()
    whole = (await south.house.fetcher.document(ada.uri)).data
    assert whole["followers"] == f"{ada.uri}/followers"
    assert (await south.house.fetcher.document(said)).data["content"] == "<p>hello</p>"
    assert (await north.get(said)).status_code == 401
    assert "summary" not in (await north.get(ada.uri)).json()


async def test_two_places_that_both_want_signatures_reach_each_other(fediverse: Fediverse) -> None:
    north = await fediverse.instance("north.test", authorized_fetch=True)
    south = await fediverse.instance("south.test", authorized_fetch=True)
    ada, bea = north.add("ada"), south.add("bea")

    await ada.does({"type": "Follow", "object": bea.uri})
    await fediverse.settle()

    followers = await north.house.fetcher.document(f"{bea.uri}/followers")
    assert followers.data["totalItems"] == 1


@pytest.mark.parametrize("mode", ["closed", "allowlist", "ring"])
async def test_a_place_that_keeps_to_itself_neither_speaks_nor_listens(
    fediverse: Fediverse, mode: str
) -> None:
    # Given a place that speaks with no server, or with listed ones alone
    north = await fediverse.instance("north.test", federation=mode)
    ada = north.add("ada")
    server = strange_server(fediverse, "south.test")
    bob = server.person("bob")

    # When Bob knocks and Ada follows him
    knocked = await bob.sends(north, bob.does("Follow", ada.uri))
    await ada.does({"type": "Follow", "object": bob.uri}, expects=404)
    await fediverse.settle()

    # Then nothing is taken, asked or sent
    assert knocked.status_code == 403
    assert (server.asked, server.taken) == ([], [])

    # But a listed server is heard, unless the place is closed
    with north.house.db.writing() as tx:
        rule_domain(tx, domain="south.test", action="allow")
    knocked = await bob.sends(north, bob.does("Follow", ada.uri))
    assert knocked.status_code == (403 if mode == "closed" else 202)


async def test_the_admin_closes_a_place_that_runs_and_nothing_goes_out_any_more(
    fediverse: Fediverse,
) -> None:
    north = await fediverse.instance("north.test")
    ada = north.add("ada")
    server = strange_server(fediverse, "south.test")
    bob = server.person("bob")
    await bob.sends(north, bob.does("Follow", ada.uri))
    await fediverse.settle()
    taken = len(server.taken)

    with north.house.db.writing() as tx:
        tx.session.add(Setting(name="federation", value="closed"))
        tx.tell("domain", "")
    await ada.says("<p>among us</p>", to=[PUBLIC])
    await fediverse.settle()

    assert len(server.taken) == taken
    assert fediverse.waiting(north)["deliveries"] == 0
    assert (await bob.sends(north, bob.does("Like", ada.uri))).status_code == 403
