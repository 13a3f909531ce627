"""Groups across several places like ours: an open one for anybody, a private one in the ring.

Belleville is allied with Ménil and with Jourdain, which do not know each other.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from microfed.errors import NotFound
from microfed.fetching import bring_handle
from microfed.operations.follows import request_follow, unfollow
from microfed.operations.group_care import show_out, take_out
from microfed.operations.groups import Terms, change_group, close_group, invite, make_group
from microfed.operations.posts import edit_post, write_post
from microfed.operations.saying import Draft
from microfed.operations.taking_back import delete_post
from microfed.outbound.deliver import deliver
from microfed.queries.groups import find_group, groups_elsewhere
from microfed.queries.people import find_actor
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import find_post, need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from tests.federation.test_alliances import ends, proposes
from tests.federation.test_ring import asks
from tests.fediverse import PUBLIC, Fediverse, Instance, Neighbour

pytestmark = pytest.mark.anyio
T = TypeVar("T")
GROUP = "https://belleville.test/users/chorale"


@dataclass
class Places:
    """Amel and Ana live in Belleville, Marc and Mia in Ménil, Jo in Jourdain."""

    fediverse: Fediverse
    belleville: Instance
    menil: Instance
    jourdain: Instance
    amel: Neighbour
    ana: Neighbour
    marc: Neighbour
    mia: Neighbour
    jo: Neighbour

    def makes(self, mode: str) -> None:
        """Amel makes a group."""

        def work(tx: Tx) -> None:
            terms = Terms("La chorale", "Le mardi", mode)
            make_group(tx, founder=actor(tx, self.amel.uri), name="chorale", terms=terms)

        do(self.belleville, work)

    async def joins(self, who: Neighbour) -> None:
        """Somebody joins, having been invited."""
        place = who.instance
        if place is not self.belleville:
            await bring_handle(self.belleville.house, f"{who.name}@{place.host}")

        def invites(tx: Tx) -> None:
            group, amel = actor(tx, GROUP), actor(tx, self.amel.uri)
            invite(tx, actor=group, by=amel, person=actor(tx, who.uri))

        do(self.belleville, invites)
        await self.fediverse.settle()
        do(
            place,
            lambda tx: request_follow(tx, follower=actor(tx, who.uri), target=actor(tx, GROUP)),
        )
        await self.fediverse.settle()

    async def says(self, who: Neighbour, text: str, **more: Any) -> str:
        """Somebody speaks in the group; return the id of it."""

        def work(tx: Tx) -> str:
            draft = Draft(text, group=actor(tx, GROUP), **more)
            return write_post(tx, author=actor(tx, who.uri), draft=draft).uri

        uri = do(who.instance, work)
        await self.fediverse.settle()
        return uri

    def reads(self, uri: str) -> set[str]:
        """Return who of all may read a post where they live."""
        people = (self.amel, self.ana, self.marc, self.mia, self.jo)
        return {who.name for who in people if _may_read(who, uri)}

    def brought(self, text: str) -> set[str]:
        """Return to which places words were brought."""
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
    assert found is not None, uri
    return found


def _may_read(who: Neighbour, uri: str) -> bool:
    def work(tx: Tx) -> bool:
        post = find_post(tx, uri)
        try:
            need_visible_post(tx, Viewer(who.id), id_=0 if post is None else post.id)
        except NotFound:
            return False
        return True

    return do(who.instance, work)


async def home(who: Neighbour) -> list[str]:
    headers = {"Authorization": f"Bearer {who.token}"}
    answer = await who.instance.client.get("/api/v1/timelines/home", headers=headers)
    assert answer.status_code == 200
    return [(one["reblog"] or one)["uri"] for one in answer.json()]


@pytest.fixture
async def places(fediverse: Fediverse) -> Places:
    b, m, j = [
        await fediverse.instance(f"{name}.test") for name in ("belleville", "menil", "jourdain")
    ]
    there = Places(
        fediverse, b, m, j, b.add("amel"), b.add("ana"), m.add("marc"), m.add("mia"), j.add("jo")
    )
    for one, other in ((b, m), (m, b), (b, j), (j, b)):
        await proposes(one, other)
        await fediverse.settle()
    return there


async def test_an_open_group_joins_people_of_places_that_do_not_know_each_other(
    places: Places,
) -> None:
    # Given Marc and Jo, who follow the group
    places.makes("open")
    for who in (places.marc, places.jo):
        await bring_handle(who.instance.house, "chorale@belleville.test")
        await who.does({"type": "Follow", "object": GROUP})
    await places.fediverse.settle()

    # When Marc names it to everyone, by a program
    mention = {"type": "Mention", "href": GROUP, "name": "@chorale@belleville.test"}
    note = {"type": "Note", "content": "<p>Qui chante ?</p>", "tag": [mention]}
    said = await places.marc.does({**note, "to": [PUBLIC], "cc": [GROUP]})
    uri = said["object"]["id"]
    await places.fediverse.settle()

    # Then it comes once to everybody's home
    for who in (places.amel, places.marc, places.jo):
        assert await home(who) == [uri], who.name

    # And an answer of Jo's comes to Marc's place, though nobody there follows Jo, and to no home
    def answers(tx: Tx) -> str:
        draft = Draft("Moi !", in_reply_to=find_post(tx, uri))
        return write_post(tx, author=actor(tx, places.jo.uri), draft=draft).uri

    answer = do(places.jourdain, answers)
    await places.fediverse.settle()
    assert places.reads(answer) == {"amel", "ana", "marc", "mia", "jo"}
    assert await home(places.amel) == [uri]

    # And what Marc takes back is gone everywhere
    await places.marc.does({"type": "Delete", "object": uri})
    await places.fediverse.settle()
    assert places.reads(uri) == set()
    for who in (places.amel, places.marc, places.jo):
        assert uri not in await home(who)


async def test_a_private_group_is_for_its_members_in_all_places(places: Places) -> None:
    # Given a private group of Amel, Marc and Jo
    places.makes("private")
    await places.joins(places.marc)
    await places.joins(places.jo)
    assert do(places.menil, lambda tx: len(groups_elsewhere(tx, places.marc.id))) == 1

    # When Amel speaks in it, and Marc, whose place Jourdain does not know
    hers = await places.says(places.amel, "Entre nous")
    his = await places.says(places.marc, "Bien reçu")

    # Then each reads both at home, once, and nobody else does
    for uri in (hers, his):
        assert places.reads(uri) == {"amel", "marc", "jo"}
    for who in (places.amel, places.marc, places.jo):
        assert sorted(await home(who)) == sorted([his, hers]), who.name
    assert await home(places.ana) == await home(places.mia) == []

    # And no other server heard of it, nor may anybody fetch it who is not in it
    assert places.brought("Bien reçu") == {"belleville.test", "jourdain.test"}
    assert await asks(places.menil, places.marc.uri, hers) == 200
    assert await asks(places.menil, places.mia.uri, hers) == 404
    assert (await places.belleville.get(hers)).status_code == 404
    assert (await places.belleville.get(GROUP)).status_code == 404

    # And what Marc corrects is corrected in Jourdain, what he takes back is gone there
    def corrects(tx: Tx) -> None:
        post = find_post(tx, his)
        assert post is not None
        edit_post(tx, author=actor(tx, places.marc.uri), post=post, draft=Draft("Bien entendu"))

    do(places.menil, corrects)
    await places.fediverse.settle()
    corrected = do(places.jourdain, lambda tx: find_post(tx, his))
    assert corrected is not None and "Bien entendu" in corrected.content

    def takes_back(tx: Tx) -> None:
        post = find_post(tx, his)
        assert post is not None
        delete_post(tx, author=actor(tx, places.marc.uri), post=post)

    do(places.menil, takes_back)
    await places.fediverse.settle()
    assert places.reads(his) == set()


async def test_whoever_is_out_of_a_private_group_reads_nothing_more(places: Places) -> None:
    places.makes("private")
    for who in (places.marc, places.mia, places.jo):
        await places.joins(who)
    said = await places.says(places.amel, "Entre nous")
    assert places.reads(said) == {"amel", "marc", "mia", "jo"}

    # Marc leaves, Mia is shown out, and Jourdain is no ally any more
    do(
        places.menil,
        lambda tx: unfollow(tx, follower=actor(tx, places.marc.uri), target=actor(tx, GROUP)),
    )
    do(
        places.belleville,
        lambda tx: show_out(
            tx,
            group=actor(tx, GROUP),
            by=actor(tx, places.amel.uri),
            who=actor(tx, places.mia.uri),
        ),
    )
    await places.fediverse.settle()
    await ends(places.belleville, places.jourdain)
    await places.fediverse.settle()
    after = await places.says(places.amel, "Sans eux")

    assert places.reads(after) == {"amel"}
    assert places.brought("Sans eux") == set()
    assert {"marc", "mia"}.isdisjoint(places.reads(said))
    assert await home(places.marc) == await home(places.mia) == []
    for place, who in ((places.menil, places.mia), (places.jourdain, places.jo)):
        assert await asks(place, who.uri, said) == 404


async def test_a_post_taken_out_of_a_private_group_is_its_authors_alone(places: Places) -> None:
    places.makes("private")
    for who in (places.marc, places.jo):
        await places.joins(who)
    said = await places.says(places.marc, "Hors sujet")
    assert places.reads(said) == {"amel", "marc", "jo"}

    def takes_out(tx: Tx) -> None:
        post = find_post(tx, said)
        assert post is not None
        take_out(tx, group=actor(tx, GROUP), by=actor(tx, places.amel.uri), post=post)

    do(places.belleville, takes_out)
    await places.fediverse.settle()

    assert places.reads(said) == {"marc"}


async def test_nobody_else_speaks_in_a_private_group(places: Places) -> None:
    # Given a private group, Mia who is not in it, and Zoe in a place that is no ally of its
    places.makes("private")
    for who in (places.marc, places.jo):
        await places.joins(who)
    paris = await places.fediverse.instance("paris.test")
    zoe = paris.add("zoe")

    # When they send words into it all the same, with proofs of who they are; and when Marc, who is
    # in it, goes round the group and whoever looks after it
    for number, (who, there) in enumerate(
        (
            (places.mia, "belleville"),
            (places.mia, "jourdain"),
            (zoe, "belleville"),
            (zoe, "menil"),
            (places.marc, "jourdain"),
        )
    ):
        _forges(who, number, f"https://{there}.test/inbox")
    await places.fediverse.settle()

    # Then nobody has a word of it
    arrived = [sent for sent in places.fediverse.network.sent if b"Faux" in sent.body]
    assert [sent.status for sent in arrived] == [202] * 5
    for place in (places.belleville, places.menil, places.jourdain):
        said = select(Post.uri).where(Post.content.contains("Faux"))
        assert do(place, lambda tx, said=said: list(tx.connection.scalars(said))) == []


def _forges(who: Neighbour, number: int, inbox: str) -> None:
    """Somebody sends words into the group by a server that lets them write what they want."""
    uri, to = f"{who.uri}/posts/{number}", [f"{GROUP}/followers", GROUP]
    note = {"id": uri, "type": "Note", "attributedTo": who.uri, "content": "<p>Faux</p>"}
    create = {
        "@context": ["https://www.w3.org/ns/activitystreams"],
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": who.uri,
        "to": to,
        "audience": GROUP,
        "object": {**note, "to": to, "audience": GROUP},
    }
    do(
        who.instance,
        lambda tx: deliver(tx, create, sender=actor(tx, who.uri), inboxes=[inbox]),
    )


async def test_a_private_group_that_changes_or_is_closed_tells_its_members_alone(
    places: Places,
) -> None:
    places.makes("private")
    await places.joins(places.marc)

    def changes(tx: Tx) -> None:
        group = find_group(tx, actor(tx, GROUP).id)
        assert group is not None
        terms = Terms("Sous le pont", mode="private")
        change_group(
            tx, group=group, actor=actor(tx, GROUP), by=actor(tx, places.amel.uri), terms=terms
        )

    do(places.belleville, changes)
    await places.fediverse.settle()
    assert places.brought("Sous le pont") == {"menil.test"}
    assert do(places.menil, lambda tx: actor(tx, GROUP).display_name) == "Sous le pont"
    for sent in places.fediverse.network.sent:
        if b'"actor":"' + GROUP.encode() in sent.body.replace(b" ", b""):
            told = json.loads(sent.body)["id"]
            assert (await places.belleville.get(told)).status_code == 404

    do(
        places.belleville,
        lambda tx: close_group(tx, actor=actor(tx, GROUP), by=actor(tx, places.amel.uri)),
    )
    await places.fediverse.settle()

    assert places.brought("#delete") == {"menil.test"}
    assert do(places.menil, lambda tx: find_actor(tx, GROUP)) is None
    assert (await places.belleville.get(GROUP)).status_code == 404
