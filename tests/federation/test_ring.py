"""What is said in the ring: it reaches allies and nobody else, and fails closed.

Belleville is allied with Ménil, and Ménil with Jourdain; Belleville and Jourdain are not allied.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from microfed.operations.posts import edit_post, write_post
from microfed.operations.saying import Draft
from microfed.operations.taking_back import delete_post
from microfed.queries.people import find_actor, keys_of
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import find_post, need_visible_post
from microfed.remote.signatures import Signer
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.federation.stranger import PUBLIC, Stranger, make_stranger
from tests.federation.test_alliances import ends, proposes
from tests.fediverse import AS2, Fediverse, Instance, Neighbour
from tests.mastodon.conftest import Phone

pytestmark = pytest.mark.anyio
T = TypeVar("T")
RING = "https://belleville.test/ring"


@dataclass
class Quarter:
    """Amel and Ana live in Belleville, Marc in Ménil, Jo in Jourdain, Eve on a big server.

    Marc, Jo and Eve follow Amel.
    """

    fediverse: Fediverse
    belleville: Instance
    menil: Instance
    jourdain: Instance
    amel: Neighbour
    ana: Neighbour
    marc: Neighbour
    jo: Neighbour
    eve: Stranger

    async def settle(self) -> None:
        await self.fediverse.settle()

    def places_that_got(self, text: str) -> set[str]:
        """Return to which places words were brought, whatever they answered."""
        return {
            sent.url.split("/")[2]
            for sent in self.fediverse.network.sent
            if sent.method == "POST" and text.encode() in sent.body
        }


def do(place: Instance, work: Callable[[Tx], T]) -> T:
    with place.house.db.writing() as tx:
        return work(tx)


def actor(tx: Tx, uri: str) -> Actor:
    found = find_actor(tx, uri)
    assert found is not None
    return found


def post_at(tx: Tx, uri: str) -> Post:
    found = find_post(tx, uri)
    assert found is not None
    return found


def says(place: Instance, who: Neighbour, text: str, **more: Any) -> str:
    answers = more.pop("answers", None)

    def work(tx: Tx) -> str:
        parent = None if answers is None else post_at(tx, answers)
        draft = Draft(source=text, in_reply_to=parent, **more)
        return write_post(tx, author=actor(tx, who.uri), draft=draft).uri

    return do(place, work)


def knows(place: Instance, uri: str) -> bool:
    return do(place, lambda tx: find_post(tx, uri) is not None)


def may_read(place: Instance, uri: str, who: str | None) -> bool:
    """Say whether somebody may read a post where they, or whoever asks for them, ask for it."""

    def work(tx: Tx) -> bool:
        viewer = None
        if who is not None:
            person = actor(tx, who)
            viewer = Viewer(person.id, is_local=person.is_local)
        post = find_post(tx, uri)
        try:
            need_visible_post(tx, viewer, id_=0 if post is None else post.id)
        except Exception:  # whatever it is: no
            return False
        return True

    return do(place, work)


async def asks(place: Instance, who: str, uri: str) -> int:
    """Ask for a document, signed by somebody of `place`; return the status."""

    def work(tx: Tx) -> Signer:
        id_ = actor(tx, who).id
        key = next(key for key in keys_of(tx, id_) if key.algorithm == "rsa")
        assert key.private is not None
        return Signer(key.uri, key.private)

    signer = do(place, work)
    answer = await place.house.web.get(uri, accept=AS2, sign=signer)
    return answer.status


@pytest.fixture
async def quarter(fediverse: Fediverse) -> Quarter:
    b, m, j = [
        await fediverse.instance(f"{name}.test") for name in ("belleville", "menil", "jourdain")
    ]
    eve = make_stranger(fediverse, "eve@big.test")
    there = Quarter(
        fediverse, b, m, j, b.add("amel"), b.add("ana"), m.add("marc"), j.add("jo"), eve
    )
    for one, other in ((b, m), (m, b), (m, j), (j, m)):
        await proposes(one, other)
    for follower in (there.marc, there.jo):
        await follower.does({"type": "Follow", "object": there.amel.uri})
    await eve.sends(b, eve.activity("Follow", "f", there.amel.uri))
    await there.settle()
    fediverse.network.sent.clear()
    return there


async def test_a_post_in_the_ring_reaches_allies_and_nobody_else(quarter: Quarter) -> None:
    q = quarter
    uri = says(q.belleville, q.amel, "Fuite rue Piat @eve@big.test", audience=Audience.RING)
    await q.settle()

    # Only the ally was told, at its one door for all
    assert q.places_that_got("Fuite") == {"menil.test"}
    [sent] = [s for s in q.fediverse.network.sent if b"Fuite" in s.body]
    assert sent.url == "https://menil.test/inbox"
    said = json.loads(sent.body)
    assert said["to"] == said["object"]["to"] == [RING, "https://menil.test/actor"]
    assert said["cc"] == said["object"]["cc"] == []
    assert PUBLIC not in json.dumps([said["to"], said["cc"]])
    assert said["object"]["interactionPolicy"]["canAnnounce"] == {"automaticApproval": []}
    assert "proof" not in said
    # Everybody there and here reads it, and nobody else
    assert may_read(q.belleville, uri, q.ana.uri)
    assert may_read(q.menil, uri, q.marc.uri)
    assert not may_read(q.belleville, uri, None)
    assert not may_read(q.menil, uri, None)
    assert not knows(q.jourdain, uri)
    # A name in it opens it to nobody outside
    assert (await q.belleville.get(uri)).status_code == 404
    assert await asks(q.jourdain, q.jo.uri, uri) == 404
    assert await asks(q.menil, q.marc.uri, uri) == 200
    assert await asks(q.menil, "https://menil.test/actor", uri) == 200
    assert not may_read(q.belleville, uri, q.eve.uri)


async def test_answers_stay_in_the_ring_of_whoever_began(quarter: Quarter) -> None:
    q = quarter
    root = says(q.menil, q.marc, "Une salle pour répéter ?", audience=Audience.RING)
    await q.settle()
    assert q.places_that_got("salle") == {"belleville.test", "jourdain.test"}

    # When somebody of Belleville answers, loudly even
    answer = says(
        q.belleville, q.amel, "La mienne, passage Plantin", answers=root, audience=Audience.PUBLIC
    )
    await q.settle()

    # Then Ménil, whose ring it is, tells its other ally, which does not know Belleville
    assert do(q.belleville, lambda tx: post_at(tx, answer).audience) == Audience.RING
    assert may_read(q.menil, answer, q.marc.uri)
    assert may_read(q.jourdain, answer, q.jo.uri)
    carriers = [s.url for s in q.fediverse.network.sent if b"Plantin" in s.body]
    assert sorted(carriers) == ["https://jourdain.test/inbox", "https://menil.test/inbox"]
    assert do(q.jourdain, lambda tx: post_at(tx, answer).in_reply_to_uri) == root
    # And it is read where it lives by Ménil alone
    assert await asks(q.menil, "https://menil.test/actor", answer) == 200
    assert await asks(q.jourdain, "https://jourdain.test/actor", answer) == 404
    # And an answer to the answer goes the same way
    more = says(q.jourdain, q.jo, "Merci d'avance", answers=answer)
    await q.settle()
    assert may_read(q.belleville, more, q.amel.uri)
    assert "big.test" not in q.places_that_got("avance")


async def test_what_was_said_in_the_ring_is_corrected_and_taken_back_there(
    quarter: Quarter,
) -> None:
    q = quarter
    root = says(q.menil, q.marc, "Une salle ?", audience=Audience.RING)
    await q.settle()
    answer = says(q.belleville, q.amel, "La mienne", answers=root)
    await q.settle()

    do(
        q.belleville,
        lambda tx: edit_post(
            tx,
            author=actor(tx, q.amel.uri),
            post=post_at(tx, answer),
            draft=Draft(source="La mienne, au fond"),
        ),
    )
    await q.settle()
    assert "au fond" in do(q.jourdain, lambda tx: post_at(tx, answer).content)
    do(
        q.belleville,
        lambda tx: delete_post(tx, author=actor(tx, q.amel.uri), post=post_at(tx, answer)),
    )
    await q.settle()

    for place in (q.belleville, q.menil, q.jourdain):
        assert not knows(place, answer)
    assert "big.test" not in {s.url.split("/")[2] for s in q.fediverse.network.sent}


@pytest.mark.parametrize("who", ["belleville", "menil"])
async def test_after_the_end_of_an_alliance_nothing_flows_and_nothing_is_read(
    quarter: Quarter, who: str
) -> None:
    q = quarter
    before = says(q.belleville, q.amel, "Avant la fin", audience=Audience.RING)
    await q.settle()
    waits = says(q.belleville, q.amel, "En route encore", audience=Audience.RING)

    if who == "belleville":
        await ends(q.belleville, q.menil)
    else:
        await ends(q.menil, q.belleville)
    await q.settle()
    after = says(q.belleville, q.amel, "Après la fin", audience=Audience.RING)
    await q.settle()

    assert q.places_that_got("Après la fin") == set()
    assert not knows(q.menil, after)
    if who == "belleville":
        assert not knows(q.menil, waits)
    assert await asks(q.menil, q.marc.uri, before) == 404
    assert await asks(q.menil, "https://menil.test/actor", before) == 404
    activity = f"{before}/activity"
    assert await asks(q.menil, "https://menil.test/actor", activity) == 404
    # What was read stays readable to those who read it
    assert may_read(q.menil, before, q.marc.uri)


async def test_nobody_passes_on_what_was_said_in_the_ring(quarter: Quarter) -> None:
    q = quarter
    uri = says(q.belleville, q.amel, "Entre nous", audience=Audience.RING)
    await q.settle()

    await q.marc.does({"type": "Announce", "object": uri}, expects=403)
    assert q.places_that_got('"type":"Announce"') == set()
    assert do(q.belleville, lambda tx: post_at(tx, uri).boosts_count) == 0


async def test_a_hostile_ally_opens_nothing(quarter: Quarter) -> None:
    q = quarter
    # Given a place that is an ally of Belleville, and means no good
    place = make_stranger(q.fediverse, "place@evil.test", type="Application")
    mallory = make_stranger(q.fediverse, "mallory@evil.test")
    place.board.documents["https://evil.test/.well-known/nodeinfo"] = {
        "links": [{"rel": "https://www.w3.org/ns/activitystreams#Application", "href": place.uri}]
    }

    # When it follows without being asked, and speaks as an ally would
    await place.sends(q.belleville, place.activity("Follow", 1, "https://belleville.test/actor"))
    root = says(q.belleville, q.amel, "Dans l'anneau", audience=Audience.RING)
    await q.settle()
    assert "evil.test" not in q.places_that_got("anneau")

    forged = [
        mallory.note(1, "<p>je suis des vôtres</p>", to=["https://evil.test/ring"], cc=[]),
        mallory.note(2, "<p>je suis des vôtres</p>", to=[RING], cc=[]),
        mallory.note(3, "<p>je suis des vôtres</p>", to=[RING], cc=[], inReplyTo=root),
        mallory.note(4, "<p>des vôtres</p>", to=["https://menil.test/ring"], cc=[]),
        mallory.note(5, "<p>des vôtres</p>", to=[], cc=[f"{RING}"], inReplyTo=root),
    ]
    for number, note in enumerate(forged):
        await mallory.sends(q.belleville, mallory.activity("Create", f"c{number}", note))
        await mallory.sends(q.menil, mallory.activity("Create", f"m{number}", note))
    announce = mallory.activity("Announce", "a", root, to=[PUBLIC])
    await mallory.sends(q.belleville, announce)
    await q.settle()

    # Then nothing of it is anywhere
    for note in forged:
        assert not knows(q.belleville, note["id"])
        assert not knows(q.menil, note["id"])
    assert do(q.belleville, lambda tx: post_at(tx, root).boosts_count) == 0
    assert not may_read(q.belleville, root, mallory.uri)


async def test_an_ally_cannot_speak_for_others_in_our_ring_nor_bring_what_is_not_its_own(
    quarter: Quarter,
) -> None:
    q = quarter
    root = says(q.menil, q.marc, "Notre fête", audience=Audience.RING)
    await q.settle()

    # When Eve, who is in no ring, answers in Ménil's, at Ménil and at Belleville
    note = q.eve.note(
        9, "<p>et moi ?</p>", to=["https://menil.test/ring"], cc=[q.marc.uri], inReplyTo=root
    )
    for place in (q.menil, q.belleville):
        await q.eve.sends(place, q.eve.activity("Create", "e9", note))
    await q.settle()

    assert not knows(q.menil, note["id"])
    assert not knows(q.belleville, note["id"])
    assert q.places_that_got("et moi ?") == set()


@pytest.mark.parametrize(
    ("to", "audience", "reaches"),
    [
        (["https://belleville.test/ring"], "ring", {"menil.test"}),
        (["https://belleville.test/neighbours"], "local", set()),
        (["https://belleville.test/ring", "https://belleville.test/neighbours"], "local", set()),
        (["https://belleville.test/ring", PUBLIC], "public", {"menil.test"}),
    ],
)
async def test_programs_speak_in_the_ring_by_its_name(
    quarter: Quarter, to: list[str], audience: str, reaches: set[str]
) -> None:
    q = quarter

    said = await q.amel.does({"type": "Note", "content": "Par le nom", "to": to, "cc": []})
    await q.settle()

    uri = said["object"]["id"]
    assert do(q.belleville, lambda tx: post_at(tx, uri).audience) == audience
    assert q.places_that_got("Par le nom") & {"menil.test"} == reaches - {"jourdain.test"}


async def test_the_ring_by_its_name_lists_the_allied_places_to_anyone(quarter: Quarter) -> None:
    listed = (await quarter.menil.get("/ring")).json()

    assert listed["orderedItems"] == [
        "https://belleville.test/actor",
        "https://jourdain.test/actor",
    ]
    page = await quarter.menil.client.get("/ring", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (302, "https://menil.test/allies")


async def test_the_timeline_of_the_ring_has_both_places_in_order(quarter: Quarter) -> None:
    q = quarter
    first = says(q.belleville, q.amel, "un", audience=Audience.RING)
    second = says(q.menil, q.marc, "deux", audience=Audience.RING)
    third = says(q.menil, q.marc, "trois", audience=Audience.PUBLIC)
    fourth = says(q.belleville, q.ana, "quatre", audience=Audience.PUBLIC)
    here = says(q.belleville, q.ana, "ici", audience=Audience.LOCAL)
    says(q.belleville, q.ana, "suivez", audience=Audience.FOLLOWERS)
    says(q.jourdain, q.jo, "cinq", audience=Audience.PUBLIC)
    says(q.jourdain, q.jo, "six", audience=Audience.RING)
    await q.settle()
    ana = Phone(q.belleville.client, q.ana.token)

    shown = await ana.get("/api/v1/timelines/bubble")

    found = {one["uri"]: (one["visibility"], one["microfed"]["audience"]) for one in shown}
    assert found == {
        here: ("private", "local"),
        fourth: ("public", "public"),
        third: ("public", "public"),
        second: ("private", "ring"),
        first: ("private", "ring"),
    }
    said_at = [one["created_at"] for one in shown]  # peers tell the full second alone
    assert said_at == sorted(said_at, reverse=True)
    await Phone(q.belleville.client, None).get("/api/v1/timelines/bubble", expects=401)


async def test_what_stays_here_is_not_opened_by_a_name_in_it(quarter: Quarter) -> None:
    q = quarter
    uri = says(q.belleville, q.amel, "entre voisins @marc@menil.test", audience=Audience.LOCAL)
    await q.settle()

    assert q.places_that_got("entre voisins") == set()
    assert await asks(q.menil, q.marc.uri, uri) == 404
    assert may_read(q.belleville, uri, q.ana.uri)
