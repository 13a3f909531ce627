"""What is said in a circle: it reaches those in it and nobody else, and names them to nobody.

Amel's circle is Ana, who lives in Belleville as she does, Marc of Ménil and Jo of Jourdain. Ali,
Mia, who lives in Ménil as Marc does, and Eve of a big server follow her as well.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from microfed.operations.circles import make_circle, put_in_circle, take_out_of_circle
from microfed.operations.posts import edit_post
from microfed.operations.saying import Draft
from microfed.operations.taking_back import delete_post
from microfed.queries.circles import circles_of, need_circle
from microfed.vocab.audience import Audience, circle_begun_by
from tests.federation.stranger import PUBLIC, Stranger, make_stranger
from tests.federation.test_ring import actor, asks, do, knows, may_read, post_at, says
from tests.fediverse import Fediverse, Instance, Neighbour
from tests.mastodon.conftest import Phone

pytestmark = pytest.mark.anyio
AMEL = "https://belleville.test/users/amel"


@dataclass
class Quarter:
    """Three places and a big server."""

    fediverse: Fediverse
    belleville: Instance
    menil: Instance
    jourdain: Instance
    amel: Neighbour
    ana: Neighbour
    ali: Neighbour
    marc: Neighbour
    mia: Neighbour
    jo: Neighbour
    eve: Stranger
    circle: int

    async def settle(self) -> None:
        await self.fediverse.settle()

    def brought(self, text: str) -> set[str]:
        """Return to which inboxes words were brought."""
        return {
            sent.url.partition("://")[2]
            for sent in self.fediverse.network.sent
            if sent.method == "POST" and text.encode() in sent.body
        }

    def readers(self, uri: str) -> set[str]:
        """Return who may read a post where they live."""
        people = (self.amel, self.ana, self.ali, self.marc, self.mia, self.jo)
        places = (self.belleville, self.menil, self.jourdain)
        return {one.name for one in people if may_read(one.instance, uri, one.uri)} | {
            place.host for place in places if may_read(place, uri, None)
        }

    def begins(self, text: str, **more: Any) -> str:
        """Amel says something in her circle."""
        circles = {"audience": Audience.CIRCLE, "circles": (self.circle,)}
        return says(self.belleville, self.amel, text, **{**circles, **more})


CIRCLE = {"amel", "ana", "marc", "jo"}


@pytest.fixture
async def quarter(fediverse: Fediverse) -> Quarter:
    b, m, j = [
        await fediverse.instance(f"{name}.test") for name in ("belleville", "menil", "jourdain")
    ]
    eve = make_stranger(fediverse, "eve@big.test")
    people = [b.add("amel"), b.add("ana"), b.add("ali"), m.add("marc"), m.add("mia"), j.add("jo")]
    amel, ana, _, marc, _, jo = people
    for follower in people[1:]:
        await follower.does({"type": "Follow", "object": amel.uri})
    await eve.sends(b, eve.activity("Follow", "f", amel.uri))
    await fediverse.settle()

    def fill(tx: Any) -> int:
        made = make_circle(tx, owner=actor(tx, amel.uri), title="La chorale")
        put_in_circle(tx, made, [actor(tx, one.uri).id for one in (ana, marc, jo)])
        return made.id

    fediverse.network.sent.clear()
    return Quarter(fediverse, b, m, j, *people, eve, do(b, fill))


async def test_a_post_in_a_circle_reaches_those_in_it_and_names_them_to_nobody(
    quarter: Quarter,
) -> None:
    q = quarter
    uri = q.begins("On répète jeudi @eve@big.test @ali")
    await q.settle()

    assert q.brought("jeudi") == {"menil.test/users/marc/inbox", "jourdain.test/users/jo/inbox"}
    for sent in (s for s in q.fediverse.network.sent if b"jeudi" in s.body):
        said = json.loads(sent.body)
        assert said["to"] == said["object"]["to"] == [circle_begun_by(uri)]
        assert said["cc"] == said["object"]["cc"] == said["object"]["tag"] == []
        assert "proof" not in said and "bto" not in said
        for other in (q.ana, q.marc, q.jo):
            assert other.uri not in sent.body.decode()
    assert q.readers(uri) == CIRCLE
    # Where it lives, those in the circle may ask for it; for all others it does not exist
    assert await asks(q.menil, q.marc.uri, uri) == 200
    assert await asks(q.menil, q.mia.uri, uri) == 404
    assert await asks(q.menil, "https://menil.test/actor", uri) == 404
    assert (await q.belleville.get(uri)).status_code == 404
    assert not may_read(q.belleville, uri, q.eve.uri)
    # It stands at home with those alone
    for who, place, is_there in (
        (q.ana, q.belleville, True),
        (q.ali, q.belleville, False),
        (q.marc, q.menil, True),
        (q.mia, q.menil, False),
    ):
        home = await Phone(place.client, who.token).get("/api/v1/timelines/home")
        assert (uri in [one["uri"] for one in home]) == is_there, who.name
    [shown] = await Phone(q.menil.client, q.marc.token).get("/api/v1/timelines/home")
    assert (shown["visibility"], shown["microfed"]["audience"]) == ("private", "circle")
    assert shown["mentions"] == []


async def test_an_answer_stays_in_the_circle_wherever_it_is_given(quarter: Quarter) -> None:
    q = quarter
    root = q.begins("Qui apporte le thé ?")
    await q.settle()

    # When Marc answers, loudly even, and names his neighbour
    answer = says(q.menil, q.marc, "Moi, avec @mia", answers=root, audience=Audience.PUBLIC)
    await q.settle()

    # Then it goes to Amel, whose place brings it to Jo, and to nobody else
    carried = {"belleville.test/users/amel/inbox", "jourdain.test/users/jo/inbox"}
    assert q.brought("Moi, avec") == carried
    assert q.readers(answer) == CIRCLE
    # And an answer to the answer goes the same way
    more = says(q.jourdain, q.jo, "Et du miel", answers=answer)
    await q.settle()
    assert q.readers(more) == CIRCLE
    assert "menil.test/users/marc/inbox" in q.brought("Et du miel")
    # And one by somebody who lives where it began
    last = says(q.belleville, q.ana, "J'ai les tasses", answers=more)
    await q.settle()
    assert q.readers(last) == CIRCLE
    assert "big.test" not in {s.url.split("/")[2] for s in q.fediverse.network.sent}
    # And what Jo says in answer, whoever was taken out reads along to its end
    do(
        q.belleville,
        lambda tx: take_out_of_circle(
            tx, need_circle(tx, q.amel.id, q.circle), [actor(tx, q.jo.uri).id]
        ),
    )
    assert q.readers(q.begins("Sans Jo")) == {"amel", "ana"}  # before anything was brought
    await q.settle()
    assert q.brought("Sans Jo") == {"menil.test/users/marc/inbox"}
    assert q.readers(says(q.belleville, q.amel, "fin", answers=root)) == {"amel", "ana"}


async def test_what_was_said_is_corrected_and_taken_back_for_the_same_people(
    quarter: Quarter,
) -> None:
    q = quarter
    root = q.begins("Jeudi @ana")
    await q.settle()
    answer = says(q.menil, q.marc, "à midi", answers=root)
    await q.settle()

    for place, who, uri, text in (
        (q.belleville, q.amel, root, "Vendredi @ali"),
        (q.menil, q.marc, answer, "le soir @mia"),
    ):
        do(
            place,
            lambda tx, who=who, uri=uri, text=text: edit_post(  # type: ignore[misc]
                tx, author=actor(tx, who.uri), post=post_at(tx, uri), draft=Draft(source=text)
            ),
        )
    await q.settle()

    assert "Vendredi" in do(q.jourdain, lambda tx: post_at(tx, root).content)
    assert "le soir" in do(q.jourdain, lambda tx: post_at(tx, answer).content)
    assert q.readers(root) == q.readers(answer) == CIRCLE
    do(
        q.menil,
        lambda tx: delete_post(tx, author=actor(tx, q.marc.uri), post=post_at(tx, answer)),
    )
    do(
        q.belleville,
        lambda tx: delete_post(tx, author=actor(tx, q.amel.uri), post=post_at(tx, root)),
    )
    await q.settle()
    for place in (q.belleville, q.menil, q.jourdain):
        assert not knows(place, root) and not knows(place, answer)
    doors = {s.url.partition("://")[2] for s in q.fediverse.network.sent if s.method == "POST"}
    assert doors == {
        "menil.test/users/marc/inbox",
        "jourdain.test/users/jo/inbox",
        "belleville.test/users/amel/inbox",
    }


async def test_nobody_passes_on_what_was_said_in_a_circle(quarter: Quarter) -> None:
    q = quarter
    uri = q.begins("Entre nous")
    await q.settle()

    await q.marc.does({"type": "Announce", "object": uri}, expects=403)
    announce = q.eve.activity("Announce", "a", uri, to=[PUBLIC])
    await q.eve.sends(q.belleville, announce)
    await q.eve.sends(q.menil, {**announce, "id": f"{announce['id']}m"})
    await q.settle()

    assert q.brought('"type":"Announce"') == set()
    for place in (q.belleville, q.menil):
        assert do(place, lambda tx: post_at(tx, uri).boosts_count) == 0
    assert not may_read(q.belleville, uri, q.eve.uri)


async def test_who_is_not_in_a_circle_cannot_speak_in_it(quarter: Quarter) -> None:
    q = quarter
    root = q.begins("Entre nous")
    await q.settle()

    # When Eve guesses what the conversation is called
    address = circle_begun_by(root)
    notes = [
        q.eve.note(1, "<p>coucou</p>", to=[address], cc=[], inReplyTo=root),
        q.eve.note(2, "<p>coucou</p>", to=[q.amel.uri], cc=[address], inReplyTo=root),
        q.eve.note(3, "<p>coucou</p>", to=[address], cc=[]),
    ]
    for note in notes:
        for place, who in ((q.belleville, "amel"), (q.menil, "marc"), (q.jourdain, "jo")):
            create = q.eve.activity("Create", f"c{note['id'][-1]}{who}", note)
            await q.eve.sends(place, create, path=f"/users/{who}/inbox")
    await q.settle()

    for note in notes:
        assert not any(knows(place, note["id"]) for place in (q.belleville, q.menil, q.jourdain))
    assert q.brought("coucou") == set()


async def test_a_program_speaks_in_a_circle_by_the_id_that_its_owner_alone_reads(
    quarter: Quarter,
) -> None:
    q = quarter
    circle = f"{q.amel.uri}/circles/{q.circle}"

    said = await q.amel.does({"type": "Note", "content": "Par le nom", "bto": [circle]})
    await q.settle()

    assert q.readers(said["object"]["id"]) == CIRCLE
    assert circle not in json.dumps(said)
    # Nobody else learns of it, nor speaks in it
    headers = {"Authorization": f"Bearer {q.amel.token}"}
    kept = (await q.belleville.client.get(circle, headers=headers)).json()
    assert set(kept["items"]) == {q.ana.uri, q.marc.uri, q.jo.uri}
    headers = {"Authorization": f"Bearer {q.ana.token}"}
    assert (await q.belleville.client.get(circle, headers=headers)).status_code == 403
    assert (await q.belleville.client.get(circle)).status_code == 401
    assert await asks(q.menil, q.marc.uri, circle) in (401, 404)
    said = await q.ana.does({"type": "Note", "content": "non", "to": [circle]})
    assert q.readers(said["object"]["id"]) == {"ana"}
    note = {"type": "Note", "content": "non", "to": [f"{q.ana.uri}/circles/{q.circle}"]}
    await q.ana.does(note, expects=422)


async def test_whoever_follows_no_more_is_in_no_circle(quarter: Quarter) -> None:
    q = quarter
    await q.marc.does({"type": "Undo", "object": {"type": "Follow", "object": q.amel.uri}})
    await q.settle()

    uri = q.begins("Sans Marc")
    await q.settle()

    assert q.brought("Sans Marc") == {"jourdain.test/users/jo/inbox"}
    assert q.readers(uri) == CIRCLE - {"marc"}
    marc = do(q.belleville, lambda tx: actor(tx, q.marc.uri).id)
    assert do(q.belleville, lambda tx: circles_of(tx, q.amel.id, with_actor_id=marc)) == []
