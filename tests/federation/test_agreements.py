"""Agreeing on an offer between two places; and what a place that lies cannot bring about."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from microfed.errors import Invalid
from microfed.operations.agreeing import agree, decline, say_done, step_back
from microfed.operations.aid import answer_aid, publish_aid, put_off, set_state
from microfed.operations.aid_rows import Terms
from microfed.operations.taking_back import delete_post
from microfed.store.aid import Aid, AidAgreement
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.store.queues import Notification, Received
from microfed.vocab.agreements import agreement_document
from microfed.vocab.audience import Audience
from tests.federation.stranger import Stranger, make_stranger
from tests.fediverse import Fediverse, Instance, Neighbour

pytestmark = pytest.mark.anyio


@dataclass
class Two:
    """Léo offers a drill at Belleville; Amel, at Ménilmontant, follows him."""

    fediverse: Fediverse
    here: Instance
    there: Instance
    leo: Neighbour
    amel: Neighbour
    uri: str

    def does(self, who: Neighbour, deed: Any, **more: Any) -> None:
        """One of the two does something about the offer, where they live."""
        with who.instance.house.db.writing() as tx:
            me = tx.session.get_one(Actor, who.id)
            post = tx.session.scalars(select(Post).where(Post.uri == self.uri)).one()
            names = {answer_aid: "author", step_back: "person", say_done: "person"}
            deed(tx, **{names.get(deed, "author"): me}, post=post, **more)

    def id_at(self, place: Instance, uri: str) -> int:
        with place.house.db.reading() as tx:
            return tx.session.scalars(select(Actor.id).where(Actor.uri == uri)).one()

    def stands(self, place: Instance) -> tuple[str, list[str]]:
        """Return the state of the offer there, and of its agreements."""
        with place.house.db.reading() as tx:
            aid = tx.session.scalars(select(Aid.state)).one()
            bonds = select(AidAgreement.state).order_by(AidAgreement.id)
            return aid, list(tx.session.scalars(bonds))

    def both(self) -> list[tuple[str, list[str]]]:
        return [self.stands(self.here), self.stands(self.there)]

    def refusals(self, place: Instance) -> list[str]:
        with place.house.db.reading() as tx:
            return [why or "" for why in tx.session.scalars(select(Received.error))]

    def offer(self) -> dict[str, str]:
        """Return how Amel's Offer is called, and what its agreement is."""
        with self.there.house.db.reading() as tx:
            row = tx.session.scalars(select(AidAgreement)).one()
            return {"offer": row.offer_uri or "", "agreement": row.uri or ""}

    async def answer(self) -> None:
        self.does(self.amel, answer_aid, words="Samedi ?")
        await self.fediverse.settle()

    async def agree(self) -> None:
        self.does(self.leo, agree, person_id=self.id_at(self.here, self.amel.uri))
        await self.fediverse.settle()


@pytest.fixture
async def two(fediverse: Fediverse) -> Two:
    here = await fediverse.instance("belleville.test")
    there = await fediverse.instance("menil.test")
    leo, amel = here.add("leo"), there.add("amel")
    await amel.does({"type": "Follow", "object": leo.uri})
    await fediverse.settle()
    with here.house.db.writing() as tx:
        post = publish_aid(
            tx,
            author=tx.session.get_one(Actor, leo.id),
            terms=Terms("offer", "loan", "Perceuse"),
            audience=Audience.PUBLIC,
        )
        uri = post.uri
    await fediverse.settle()
    return Two(fediverse, here, there, leo, amel, uri)


async def test_two_places_know_with_whom_it_is_under_way_and_that_both_call_it_done(
    two: Two,
) -> None:
    await two.answer()
    assert two.both() == [("open", ["proposed"])] * 2

    await two.agree()
    assert two.both() == [("under_way", ["accepted"])] * 2

    two.does(two.amel, say_done)
    await two.fediverse.settle()
    assert two.both() == [("under_way", ["accepted"])] * 2
    two.does(two.leo, set_state, state="done")
    await two.fediverse.settle()

    assert two.both() == [("done", ["done"])] * 2
    told = select(Notification.kind).where(Notification.kind.like("aid%"))
    for place, kinds in ((two.here, ["aid_done"]), (two.there, ["aid_agreed"])):
        with place.house.db.reading() as tx:
            assert list(tx.session.scalars(told)) == kinds
    assert two.refusals(two.here) == two.refusals(two.there) == []


async def test_stepping_back_and_a_no_reach_the_other_place(two: Two) -> None:
    await two.answer()
    await two.agree()
    two.does(two.amel, step_back)
    await two.fediverse.settle()
    assert two.both() == [("open", ["withdrawn"])] * 2

    await two.answer()
    await two.agree()
    two.does(two.leo, decline, person_id=two.id_at(two.here, two.amel.uri))
    await two.fediverse.settle()

    assert two.both() == [("open", ["refused"])] * 2


async def test_what_is_put_off_changed_or_taken_back_is_so_on_the_other_board(two: Two) -> None:
    def until() -> Any:
        with two.there.house.db.reading() as tx:
            return tx.session.scalars(select(Aid.expires_at)).one()

    with two.here.house.db.writing() as tx:
        aid = tx.session.scalars(select(Aid)).one()
        aid.until = aid.expires_at
    two.does(two.leo, put_off)
    await two.fediverse.settle()
    with two.here.house.db.reading() as tx:
        later = tx.session.scalars(select(Aid.expires_at)).one()
    assert abs((until() - later).total_seconds()) < 1

    two.does(two.leo, delete_post)
    await two.fediverse.settle()
    for place in (two.here, two.there):
        with place.house.db.reading() as tx:
            assert tx.session.scalars(select(Aid)).all() == []


async def test_a_post_that_stops_being_an_offer_leaves_the_board(fediverse: Fediverse) -> None:
    here = await fediverse.instance("belleville.test")
    ada, eve = here.add("ada"), make_stranger(fediverse, "eve@elsewhere.test")
    await ada.does({"type": "Follow", "object": eve.uri})
    await fediverse.settle()
    follow = eve.board.inbox[-1]
    await eve.sends(here, eve.activity("Accept", 1, follow))
    proposal = {"type": "Proposal", "purpose": "offer", "name": "Vélo"}
    note = eve.note(1, proposal=proposal)
    await eve.sends(here, eve.activity("Create", 2, note))
    await fediverse.settle()
    with here.house.db.reading() as tx:
        assert tx.session.scalars(select(Aid.title)).all() == ["Vélo"]

    plain = {key: note[key] for key in note if key != "proposal"}
    await eve.sends(here, eve.activity("Update", 3, plain))
    await fediverse.settle()

    with here.house.db.reading() as tx:
        assert tx.session.scalars(select(Aid.title)).all() == []


def lies(two: Two, eve: Stranger) -> dict[str, dict[str, Any]]:
    """What Eve, of a third place, says in turn."""
    said = two.offer()
    result = agreement_document(f"{two.uri}#primary", id_=f"{eve.uri}/a/1", by=eve.uri)
    receipt = {
        "type": "Document",
        "id": f"{eve.uri}/receipts/1",
        "attributedTo": eve.uri,
        "context": said["agreement"],
    }
    offer = {"type": "Offer", "id": said["offer"], "actor": two.amel.uri}
    return {
        "agrees for Léo": eve.activity("Accept", "l1", said["offer"], result=result),
        "agrees for Léo, barely": eve.activity("Accept", "l2", offer),
        "says no for Léo": eve.activity("Reject", "l3", said["offer"]),
        "steps back for Amel": eve.activity("Undo", "l4", offer),
        "says that it is done": eve.activity("Create", "l5", receipt),
        "takes Amel's words": {
            **eve.activity("Offer", "l6", agreement_document(f"{two.uri}#primary")),
            "id": said["offer"],
        },
        "calls itself Amel": {
            **eve.activity("Offer", "l7", agreement_document(f"{two.uri}#primary")),
            "actor": two.amel.uri,
        },
    }


@pytest.mark.parametrize("is_agreed", [False, True])
async def test_a_third_place_agrees_for_nobody(two: Two, is_agreed: bool) -> None:
    eve = make_stranger(two.fediverse, "eve@evil.test")
    await two.answer()
    if is_agreed:
        await two.agree()
    before = two.both()

    for lie in lies(two, eve).values():
        for place in (two.here, two.there):
            await eve.sends(place, lie)
    await two.fediverse.settle()

    assert two.both() == before
    assert any("only its author" in why for why in two.refusals(two.there))


async def test_what_is_played_back_changes_nothing(two: Two) -> None:
    eve = make_stranger(two.fediverse, "eve@elsewhere.test")
    takes = agreement_document(f"{two.uri}#primary")
    offer = eve.activity("Offer", 1, takes)
    for said in (offer, offer, eve.activity("Offer", 2, takes)):
        await eve.sends(two.here, said)
    assert two.stands(two.here) == ("open", ["proposed"])

    two.does(two.leo, agree, person_id=two.id_at(two.here, eve.uri))
    await two.fediverse.settle()
    yes = [one for one in eve.board.inbox if one["type"] == "Accept"]
    assert [one["object"] for one in yes] == [f"https://{eve.host}/activities/2"]
    agreement = yes[0]["result"]
    assert agreement["stipulates"]["satisfies"] == f"{two.uri}#primary"
    await eve.sends(two.here, eve.activity("Offer", 3, takes))
    assert two.stands(two.here) == ("under_way", ["accepted"])

    paper = {"type": "Document", "id": f"{eve.uri}/r", "context": agreement["id"]}
    for number in (4, 4, 5):
        await eve.sends(two.here, eve.activity("Create", number, paper))
    two.does(two.leo, set_state, state="done")
    await eve.sends(two.here, eve.activity("Undo", 6, {"type": "Offer", "id": offer["id"]}))
    await eve.sends(two.here, eve.activity("Offer", 7, takes))

    assert two.stands(two.here) == ("done", ["done"])


async def test_nobody_takes_up_what_is_over_hidden_or_no_offer(two: Two) -> None:
    eve = make_stranger(two.fediverse, "eve@elsewhere.test")
    with two.here.house.db.writing() as tx:
        leo = tx.session.get_one(Actor, two.leo.id)
        secret = publish_aid(
            tx, author=leo, terms=Terms("need", "gift", "Chaise"), audience=Audience.LOCAL
        ).uri
        tx.session.scalars(select(Aid).where(Aid.title == "Perceuse")).one().expires_at = tx.now

    for number, uri in enumerate((f"{two.uri}#primary", two.uri, f"{secret}#primary", "urn:x")):
        said = eve.activity("Offer", number, agreement_document(uri))
        assert (await eve.sends(two.here, said)).status_code == 202

    why = two.refusals(two.here)
    assert len(why) == 4 and "this offer is over: nobody can take it up any more" in why
    with two.here.house.db.reading() as tx:
        assert tx.session.scalars(select(AidAgreement)).all() == []
    with pytest.raises(Invalid, match="over"):  # nor can it be answered by those who read it late
        two.does(two.leo, set_state, state="done")
        await two.fediverse.settle()
        two.does(two.amel, answer_aid, words="Trop tard ?")


async def test_a_yes_that_comes_after_the_end_is_refused_and_recorded(two: Two) -> None:
    await two.answer()
    with two.there.house.db.writing() as tx:
        tx.session.scalars(select(Aid)).one().expires_at = tx.now
    await two.agree()

    assert two.stands(two.there)[1] == ["proposed"]
    assert any("can agree on it any more" in why for why in two.refusals(two.there))
