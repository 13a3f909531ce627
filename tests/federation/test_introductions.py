"""Introductions between servers: by a private word with links, and by an Offer."""

import json
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from microfed.operations.clean_up import clean_up
from microfed.operations.introductions import answer, expire, propose, withdraw
from microfed.queries.introductions import asked_of, proposed_by
from microfed.store.database import Tx
from microfed.store.introductions import Introduction, IntroductionSide
from microfed.store.people import Actor
from microfed.store.queues import Activity
from tests.federation.world import World
from tests.fediverse import Fediverse, Instance, Neighbour

WHY = "Vous jouez tous les deux du violon."
BROWSER = {"Accept": "text/html", "Accept-Language": "en"}


def propose_by_name(place: Instance, by: str, one: str, other: str) -> int:
    with place.house.db.writing() as tx:
        people = {name: _named(tx, name) for name in (by, one, other)}
        made = propose(tx, proposer=people[by], one=people[one], other=people[other], reason=WHY)
        return made.id


def _named(tx: Tx, name: str) -> Actor:
    return tx.session.scalars(select(Actor).where(Actor.name_key == name)).one()


def says(place: Instance, name: str, id_: int, what: str) -> None:
    with place.house.db.writing() as tx:
        answer(tx, who=_named(tx, name), id_=id_, says=what)


def outcome(place: Instance, name: str) -> list[str]:
    with place.house.db.writing() as tx:
        return [one.state for one in proposed_by(tx, _named(tx, name).id)]


def sent_to(world: World, name: str) -> list[dict[str, Any]]:
    """Return what came to somebody's own inbox at the other server."""
    return [said for inbox, said in world.south.taken if inbox.endswith(f"/{name}/inbox")]


def links_in(activity: dict[str, Any]) -> list[str]:
    return re.findall(r'href="https://north\.test(/meet/[^"]+)"', activity["object"]["content"])


async def push(world: World, link: str, what: str) -> httpx.Response:
    """Press a button on the page of a link, without an account."""
    headers = {**BROWSER, "Origin": "https://north.test"}
    path = link.partition("?")[0]
    return await world.north.client.post(path, data={"answer": what}, headers=headers)


async def test_somebody_with_a_mastodon_like_server_answers_by_a_link(world: World) -> None:
    id_ = propose_by_name(world.north, "ada", "bea", "bob")
    await world.fediverse.settle()

    # Then Bob is sent a private word: to him alone, and of Bea it says nothing
    (asked,) = sent_to(world, "bob")
    note = asked["object"]
    assert (asked["type"], note["type"]) == ("Create", "Note")
    assert (note["to"], note["cc"]) == ([world.bob.uri], [])
    assert WHY in note["content"] and "bea" not in json.dumps(asked)
    assert note["tag"] == [{"type": "Mention", "href": world.bob.uri, "name": "@bob@south.test"}]
    yes, no = links_in(asked)
    assert yes.endswith("?answer=yes") and no.endswith("?answer=no")

    # When he looks, nothing is used up; when he says yes, nothing more can be said
    for _ in range(2):
        page = await world.north.client.get(yes, headers=BROWSER)
        assert page.status_code == 200 and WHY in page.text and "bea" not in page.text
    assert (await push(world, yes, "perhaps")).status_code == 400
    assert "Thank you" in (await push(world, yes, "yes")).text
    assert (await push(world, no, "no")).status_code == 410
    assert (await world.north.client.get(yes, headers=BROWSER)).status_code == 410
    await world.fediverse.settle()
    assert len(sent_to(world, "bob")) == 1 and outcome(world.north, "ada") == ["open"]

    # And once Bea says yes too, a conversation of the three begins
    says(world.north, "bea", id_, "yes")
    await world.fediverse.settle()
    met = sent_to(world, "bob")[-1]["object"]
    assert sorted(met["to"]) == sorted([world.bea.uri, world.bob.uri])
    assert {tag["name"] for tag in met["tag"]} == {"@bea@north.test", "@bob@south.test"}
    assert WHY in met["content"] and outcome(world.north, "ada") == ["met"]
    assert not [said for _, said in world.south.taken if said["type"] == "Offer"]


async def test_whoever_proposes_cannot_read_the_link_and_it_is_not_kept(world: World) -> None:
    propose_by_name(world.north, "ada", "bea", "bob")
    await world.fediverse.settle()
    (asked,) = sent_to(world, "bob")
    token = links_in(asked)[0].removeprefix("/meet/").partition("?")[0]
    headers = {"Authorization": f"Bearer {world.ada.token}"}

    id_ = asked["object"]["id"].rpartition("/")[2]
    for path in (
        "/api/v1/conversations",
        f"/api/v1/statuses/{id_}",
        f"/api/v1/statuses/{id_}/source",
        f"{asked['object']['id']}",
        f"{asked['id']}",
        f"{world.ada.uri}/outbox?page=true",
        f"/api/v1/accounts/{world.ada.id}/statuses",
    ):
        accept = "application/activity+json" if "users" in path else "application/json"
        seen = await world.north.client.get(path, headers={**headers, "Accept": accept})
        assert seen.status_code == 200, path
        assert token not in seen.text and "/meet/" not in seen.text, path

    def at_rest(tx: Tx) -> tuple[list[str | None], bool]:
        clean_up(tx)
        hashes = tx.connection.scalars(select(IntroductionSide.token_hash)).all()
        bodies = tx.connection.scalars(select(Activity.body)).all()
        return list(hashes), any(token.encode() in bytes(body) for body in bodies)

    hashes, is_kept = world.do(at_rest)
    assert not is_kept and len([one for one in hashes if one]) == 1 and token not in hashes


async def test_a_made_up_link_opens_nothing_and_one_whose_time_is_over_neither(
    world: World,
) -> None:
    id_ = propose_by_name(world.north, "ada", "bea", "bob")
    await world.fediverse.settle()
    link = links_in(sent_to(world, "bob")[0])[0]
    token = link.removeprefix("/meet/").partition("?")[0]
    for wrong in ("x", token[:-1] + ("A" if token[-1] != "A" else "B"), token.partition(".")[0]):
        page = await world.north.client.get(f"/meet/{wrong}", headers=BROWSER)
        assert page.status_code == 410

    def run_out(tx: Tx) -> None:
        tx.session.get_one(Introduction, id_).expires_at = tx.now
        tx.flush()
        expire(tx, id_)

    world.do(run_out)

    assert (await push(world, link, "yes")).status_code == 410
    assert outcome(world.north, "ada") == ["over"]


async def two_places(fediverse: Fediverse) -> tuple[Instance, Instance, Neighbour]:
    """Amel and Bea live at the one place, Marc at the other; Amel knows who Marc is."""
    belleville = await fediverse.instance("belleville.test", language="fr")
    menil = await fediverse.instance("menil.test", language="fr")
    amel, _, marc = belleville.add("amel"), belleville.add("bea"), menil.add("marc")
    await amel.does({"type": "Follow", "object": marc.uri})
    await fediverse.settle()
    return belleville, menil, marc


def asked_there(menil: Instance, marc: Neighbour) -> list[tuple[int, str, str]]:
    with menil.house.db.writing() as tx:
        return [(one.id, one.reason, one.state) for one in asked_of(tx, marc.id)]


@pytest.mark.parametrize("says_there", ["yes", "no"])
async def test_a_place_like_ours_asks_on_its_own_pages(
    fediverse: Fediverse, says_there: str
) -> None:
    belleville, menil, marc = await two_places(fediverse)
    id_ = propose_by_name(belleville, "amel", "bea", "marc")
    await fediverse.settle()

    ((there, reason, state),) = asked_there(menil, marc)
    assert (reason, state) == (WHY, "waits")
    offer = next(json.loads(s.body) for s in fediverse.network.sent if b'"Offer"' in s.body)
    assert offer["to"] == [marc.uri] and "bea" not in json.dumps(offer)
    assert offer["object"] == {
        "type": "Relationship",
        "subject": marc.uri,
        "relationship": "http://purl.org/vocab/relationship/acquaintanceOf",
    }

    says(menil, "marc", there, says_there)
    await fediverse.settle()
    assert outcome(belleville, "amel") == ["open"]
    # What Marc said is read by nobody, not by Amel's own programs either
    amel = belleville.neighbours["amel"]
    headers = {"Authorization": f"Bearer {amel.token}"}
    inbox = await belleville.get(f"{amel.uri}/inbox?page=true", headers=headers)
    assert inbox.status_code == 200 and f'"{offer["id"]}"' not in inbox.text

    says(belleville, "bea", id_, "yes")
    await fediverse.settle()
    assert outcome(belleville, "amel") == ["met" if says_there == "yes" else "open"]
    headers = {"Authorization": f"Bearer {marc.token}"}
    talks = (await menil.client.get("/api/v1/conversations", headers=headers)).json()
    met = [talk for talk in talks if "belleville.test/@bea" in str(talk["last_status"])]
    assert len(met) == (1 if says_there == "yes" else 0)
    if met:  # and Marc's programs know whom to answer, though nobody here knew Bea before
        assert {one["username"] for one in met[0]["accounts"]} == {"amel", "bea"}
        names = [one["acct"] for one in met[0]["last_status"]["mentions"]]
        assert sorted(names) == ["bea@belleville.test", "marc"]


async def test_what_is_withdrawn_here_is_asked_no_more_there(fediverse: Fediverse) -> None:
    belleville, menil, marc = await two_places(fediverse)
    id_ = propose_by_name(belleville, "amel", "bea", "marc")
    await fediverse.settle()
    assert len(asked_there(menil, marc)) == 1

    with belleville.house.db.writing() as tx:
        withdraw(tx, proposer=_named(tx, "amel"), id_=id_)
    await fediverse.settle()

    assert asked_there(menil, marc) == []


async def test_nobody_answers_or_takes_back_in_the_name_of_another(world: World) -> None:
    world.bob.more["generator"] = {"type": "Application", "name": "microfed"}
    offer = world.bob.does(
        "Offer",
        {"type": "Relationship", "subject": world.ada.uri, "relationship": "x"},
        to=[world.ada.uri],
        content=f"<p>{WHY}</p>",
        endTime="2999-01-01T00:00:00Z",
    )
    await world.take(world.bob, offer)
    await world.take(world.bob, offer)

    def states(tx: Tx) -> list[tuple[str, str]]:
        return [(one.reason, one.state) for one in asked_of(tx, world.ada.id)]

    assert world.do(states) == [(WHY, "waits")]

    await world.take(world.mallory, world.mallory.does("Undo", offer))
    await world.take(world.mallory, world.mallory.does("Accept", offer))
    assert world.do(states) == [(WHY, "waits")]
    # And an Offer for somebody it is not addressed to, or to nobody, asks nobody
    for subject, to in ((world.bea.uri, world.ada.uri), (f"{world.ada.uri}x", f"{world.ada.uri}x")):
        inside = {"type": "Relationship", "subject": subject}
        await world.take(world.bob, world.bob.does("Offer", inside, to=[to], content="x"))
    assert world.do(states) == [(WHY, "waits")]
    assert world.do(lambda tx: asked_of(tx, world.bea.id)) == []

    await world.take(world.bob, world.bob.does("Undo", offer))
    assert world.do(states) == []
