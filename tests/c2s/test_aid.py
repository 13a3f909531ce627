"""Mutual aid by clients alone: offering, changing, taking up, agreeing, and saying it is done.

What we write out we take in: the document of an offer, given back, changes nothing.
"""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from microfed.queries.aid import aid_of, state_of
from microfed.queries.aid_agreements import own_agreement
from microfed.store.aid import Aid, AidAgreement
from microfed.store.posts import Post
from tests.c2s.conftest import find
from tests.federation.world import World
from tests.fediverse import PUBLIC, Fediverse, Instance, Neighbour

pytestmark = pytest.mark.anyio


def offer(**more: Any) -> dict[str, Any]:
    proposal = {
        "type": "Proposal",
        "purpose": "offer",
        "name": "Perceuse",
        "content": "<p>Avec ses <b>mèches</b>.</p><p>Le soir</p>",
        "location": {"type": "Place", "name": "Belleville"},
        "publishes": {"type": "Intent", "action": "transfer", "resourceClassifiedAs": "loan"},
    }
    return {"type": "Note", "to": [PUBLIC], "proposal": {**proposal, **more}}


def aids(place: Instance) -> list[tuple[str, str, str, str, str, str]]:
    with place.house.db.reading() as tx:
        rows = tx.session.scalars(select(Aid).order_by(Aid.id)).all()
        return [(a.kind, a.category, a.title, a.words, a.place, state_of(a, tx.now)) for a in rows]


def standing(place: Instance, uri: str, who: Neighbour) -> tuple[str, str]:
    with place.house.db.reading() as tx:
        post = find(tx, uri)
        aid, bond = aid_of(tx, post.id), own_agreement(tx, post.id, who.id)
        assert aid is not None and bond is not None
        return aid.state, bond.state


async def inbox(who: Neighbour) -> list[dict[str, Any]]:
    right = {"Authorization": f"Bearer {who.token}"}
    page = await who.instance.get(f"{who.uri}/inbox?page=true", headers=right)
    found: list[dict[str, Any]] = page.json()["orderedItems"]
    return found


async def test_an_offer_is_made_changed_and_given_back_as_it_was_written(world: World) -> None:
    ada, north = world.ada, world.north
    kept = ("offer", "loan", "Perceuse", "Avec ses mèches.\nLe soir", "Belleville")

    made = (await ada.does(offer()))["object"]

    assert aids(north) == [(*kept, "open")]
    assert "Entraide" in made["content"] and "Perceuse (prêt)" in made["content"]
    assert made["proposal"]["content"] == "<p>Avec ses mèches.<br>Le soir</p>"
    same = (await ada.does({"type": "Update", "object": made}))["object"]
    assert aids(north) == [(*kept, "open")]
    assert {**same, "updated": None} == {**made, "updated": None}

    changes = {"id": made["id"], "type": "Note", "proposal": {"type": "Proposal", "name": "Scie"}}
    await ada.does({"type": "Update", "object": changes})
    assert aids(north) == [("offer", "loan", "Scie", kept[3], kept[4], "open")]
    words = {"id": made["id"], "type": "Note", "content": "<p>Neuve</p>"}
    said = (await ada.does({"type": "Update", "object": words}))["object"]
    assert aids(north) == [("offer", "loan", "Scie", "Neuve", kept[4], "open")]
    assert "Scie" in said["content"] and "mèches" not in said["content"]


async def test_it_is_said_to_be_under_way_done_and_open_again(world: World) -> None:
    made = (await world.ada.does(offer(purpose="request")))["object"]

    for state in ("under_way", "done", "open"):
        proposal = {"type": "Proposal", "aidState": state}
        update = {"id": made["id"], "type": "Note", "proposal": proposal}
        said = (await world.ada.does({"type": "Update", "object": update}))["object"]

        assert said["proposal"]["aidState"] == state
        assert said["proposal"]["publishes"]["finished"] is (state == "done")
        assert aids(world.north)[0][5] == state
    assert aids(world.north)[0][0] == "need"


async def test_a_proposal_alone_is_an_offer_too(world: World) -> None:
    alone = {"to": [PUBLIC], **offer()["proposal"]}
    made = (await world.ada.does({"type": "Create", "object": alone}))["object"]

    assert (made["type"], made["proposal"]["name"]) == ("Note", "Perceuse")
    assert len(aids(world.north)) == 1


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"purpose": "gift"}, "purpose"),
        ({"purpose": None}, "purpose"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": {"a": 1}}, "name"),
        ({"publishes": {"type": "Intent", "resourceClassifiedAs": "magic"}}, "Classified"),
        ({"publishes": 7}, "Classified"),
        ({"location": {"type": "Place", "name": "x" * 121}}, "location"),
        ({"content": "x" * 4001}, "content"),
        ({"endTime": "soon"}, "endTime"),
        ({"endTime": "2001-01-01T00:00:00Z"}, "endTime"),
        ({"aidState": "burnt"}, "aidState"),
        ({"aidState": "expired"}, "aidState"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_its_property(
    world: World, wrong: dict[str, Any], at: str
) -> None:
    refused = await world.ada.does(offer(**wrong), expects=422)
    assert [name for name in refused["details"] if at in name]
    assert aids(world.north) == [] and world.post("x") is None

    made = (await world.ada.does(offer()))["object"]["id"]
    change = {"id": made, "type": "Note", "proposal": {"type": "Proposal", **wrong}}
    await world.ada.does({"type": "Update", "object": change}, expects=422)
    assert [one[2] for one in aids(world.north)] == ["Perceuse"]


async def test_others_change_nothing_and_an_offer_is_not_made_a_note(world: World) -> None:
    made = (await world.ada.does(offer()))["object"]["id"]
    change = {"id": made, "type": "Note", "proposal": {"type": "Proposal", "aidState": "done"}}

    await world.bea.does({"type": "Update", "object": change}, expects=403)
    await world.ada.does({"type": "Update", "object": {**change, "proposal": None}}, expects=422)
    await world.ada.does({"type": "Update", "object": {"id": made, "type": "Note"}}, expects=422)

    assert aids(world.north)[0][5] == "open"


def taken_up(uri: str, **more: Any) -> dict[str, Any]:
    about = {"type": "Commitment", "satisfies": f"{uri}#primary"}
    return {"type": "Offer", "object": {"type": "Agreement", "stipulates": about}, **more}


async def test_two_neighbours_agree_and_are_done_by_their_clients_alone(world: World) -> None:
    ada, bea, north = world.ada, world.bea, world.north
    uri = (await ada.does(offer()))["object"]["id"]

    asked = await bea.does(taken_up(uri, content="<p>Samedi ?</p>"))
    assert (asked["type"], asked["to"]) == ("Offer", [ada.uri])
    items = await inbox(ada)
    assert asked["id"] in [one["id"] for one in items]
    (words,) = [one["object"] for one in items if one["type"] == "Create"]
    assert "Samedi ?" in words["content"] and words["inReplyTo"] == uri
    assert standing(north, uri, bea) == ("open", "proposed")

    await bea.does({"type": "Accept", "object": asked["id"]}, expects=403)  # not hers to agree
    yes = await ada.does({"type": "Accept", "object": asked["id"]})
    agreement = yes["result"]["id"]
    assert standing(north, uri, bea) == ("under_way", "accepted")
    assert yes["id"] in [one["id"] for one in await inbox(bea)]
    again = await ada.does({"type": "Accept", "object": asked["id"]})
    assert again["id"] == yes["id"]  # twice is harmless
    assert (await bea.does(taken_up(uri), expects=409))["detail"].startswith("you have agreed")

    receipt = {"type": "Document", "name": "Receipt", "context": agreement}
    done = await bea.does({"type": "Create", "object": receipt})
    assert done["object"]["context"] == agreement
    await ada.does({"type": "Create", "object": receipt})
    assert standing(north, uri, bea) == ("done", "done")


async def test_a_no_and_a_step_back_leave_it_open(world: World) -> None:
    ada, bea, north = world.ada, world.bea, world.north
    uri = (await ada.does(offer()))["object"]["id"]

    asked = await bea.does(taken_up(uri))
    no = await ada.does({"type": "Reject", "object": asked["id"]})
    assert (no["type"], standing(north, uri, bea)) == ("Reject", ("open", "refused"))
    asked = await bea.does(taken_up(uri))
    await ada.does({"type": "Accept", "object": {"type": "Offer", "id": asked["id"]}})
    undo = await bea.does({"type": "Undo", "object": asked["id"]})
    assert (undo["type"], standing(north, uri, bea)) == ("Undo", ("open", "withdrawn"))
    late = await ada.does({"type": "Accept", "object": asked["id"]}, expects=422)
    assert late["detail"] == "they stepped back"
    await bea.does({"type": "Undo", "object": asked["id"]}, expects=404)


async def test_who_only_wrote_in_private_is_agreed_with_by_their_words(world: World) -> None:
    ada, bob, north = world.ada, world.bob, world.north
    uri = (await ada.does(offer()))["object"]["id"]
    note = bob.note("<p>Samedi ?</p>", inReplyTo=uri, to=[ada.uri], cc=[])
    await world.take(bob, bob.creates(note))
    open_note = bob.note("<p>Joli</p>", inReplyTo=uri)
    await world.take(bob, bob.creates(open_note))

    await world.bea.does({"type": "Accept", "object": note["id"]}, expects=404)
    yes = await ada.does({"type": "Accept", "object": note["id"]})

    assert (yes["type"], yes["object"]) == ("Accept", note["id"])
    with north.house.db.reading() as tx:
        (row,) = tx.session.scalars(select(AidAgreement)).all()
        assert row.state == "accepted"
    await ada.does({"type": "Reject", "object": note["id"]})
    assert aids(north)[0][5] == "open"


async def test_nobody_takes_up_what_is_their_own_over_hidden_or_no_offer(world: World) -> None:
    ada, bea = world.ada, world.bea
    uri = (await ada.does(offer()))["object"]["id"]
    hidden = (await ada.does({**offer(), "to": [ada.uri]}))["object"]["id"]
    note = (await ada.says("<p>no offer</p>"))["object"]["id"]

    await ada.does(taken_up(uri), expects=422)
    await bea.does(taken_up(hidden), expects=404)
    await bea.does(taken_up(note), expects=404)
    await bea.does({"type": "Offer", "object": {"type": "Agreement"}}, expects=422)
    await bea.does({"type": "Offer"}, expects=422)
    with world.north.house.db.writing() as tx:
        tx.session.get_one(Aid, find(tx, uri).id).expires_at = tx.now - timedelta(days=1)
    assert (await bea.does(taken_up(uri), expects=422))["detail"] == "this is over"

    with world.north.house.db.reading() as tx:
        assert tx.session.scalars(select(AidAgreement)).all() == []
        assert tx.session.scalars(select(Post).where(Post.actor_id == bea.id)).all() == []


async def test_two_places_agree_by_clients_alone(
    fediverse: Fediverse, ada: Neighbour, dan: Neighbour
) -> None:
    await ada.does({"type": "Follow", "object": dan.uri})
    await fediverse.settle()
    uri = (await dan.does(offer()))["object"]["id"]
    await fediverse.settle()

    asked = await ada.does(taken_up(uri))
    await fediverse.settle()
    (came,) = [one for one in await inbox(dan) if one["type"] == "Offer"]
    assert came["id"] == asked["id"]
    await dan.does({"type": "Accept", "object": came})
    await fediverse.settle()
    assert standing(ada.instance, uri, ada) == ("under_way", "accepted")
    (yes,) = [one for one in await inbox(ada) if "result" in one]
    receipt = {"type": "Document", "context": yes["result"]["id"]}
    await ada.does({"type": "Create", "object": receipt})
    await fediverse.settle()
    update = {"id": uri, "type": "Note", "proposal": {"type": "Proposal", "aidState": "done"}}
    await dan.does({"type": "Update", "object": update})
    await fediverse.settle()

    assert standing(ada.instance, uri, ada) == ("done", "done")
