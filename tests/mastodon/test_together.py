"""What neighbours do together, in an app that knows nothing of it: seen, answered, voted on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.event_rows import Plan
from microfed.operations.events import cancel_event, publish_event
from microfed.queries.aid_agreements import answerers
from microfed.queries.events import answer_by
from microfed.store.consultations import Ballot, Elector
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.federation.world import World
from tests.mastodon.conftest import Phone
from tests.operations.voting import voted_on

pytestmark = pytest.mark.anyio


def phone(who: Any) -> Phone:
    return Phone(who.instance.client, who.token, str(who.id), who.name)


def in_north(world: World, work: Callable[[Tx, Actor], int]) -> int:
    """Do something in Ada's name; return the id of the post."""
    return world.do(lambda tx: work(tx, world.actor(tx, world.ada.uri)))


def planned(tx: Tx, ada: Actor, capacity: int | None = None) -> int:
    starts = tx.now + timedelta(days=3)
    plan = Plan("Repair café", starts, zone="Europe/Paris", place="Maison", capacity=capacity)
    return publish_event(tx, author=ada, plan=plan, audience=Audience.PUBLIC).id


def offered(tx: Tx, ada: Actor) -> int:
    terms = Terms("offer", "loan", "Perceuse", "Avec ses mèches.", "Belleville")
    return publish_aid(tx, author=ada, terms=terms, audience=Audience.LOCAL).id


def stands(world: World, id_: int) -> str:
    return world.do(lambda tx: answer_by(tx, id_, world.bea.id))


async def questions(app: Phone) -> list[dict[str, Any]]:
    """Return the questions that were put to somebody, the newest first."""
    told = await app.get("/api/v1/notifications", **{"types[]": "mention"})
    return [one["status"] for one in told if one["status"]["poll"]]


async def test_an_offer_and_an_event_have_words_a_link_and_a_card(world: World) -> None:
    app = phone(world.bea)
    for work, page, title in (
        (offered, "entraide", "Perceuse"),
        (planned, "agenda", "Repair café"),
    ):
        id_ = in_north(world, work)

        status = await app.get(f"/api/v1/statuses/{id_}")

        link = f"https://north.test/{page}/{id_}"
        assert title in status["content"] and link in status["content"]
        card = status["card"]
        assert (card["url"], card["title"], card["type"]) == (link, title, "link")
        assert {"Belleville", "Maison"} & set(card["description"].split(" · "))
        for path, flag in (("favourite", "favourited"), ("bookmark", "bookmarked")):
            assert (await app.post(f"/api/v1/statuses/{id_}/{path}"))[flag] is True
    passed = await app.post(f"/api/v1/statuses/{id_}/reblog")
    assert passed["reblog"]["card"] == card  # the event is for everyone, the offer for the place
    (kept, _) = await app.get("/api/v1/bookmarks")
    assert kept["id"] == str(id_)


async def test_a_private_answer_to_an_offer_is_one_on_its_page(world: World) -> None:
    id_ = in_north(world, offered)

    said = await phone(world.bea).says(
        "@ada Samedi ?", in_reply_to_id=str(id_), visibility="direct"
    )
    back = await phone(world.ada).says("@bea Oui !", in_reply_to_id=said["id"], visibility="direct")

    assert back["in_reply_to_id"] == said["id"]
    post = world.do(
        lambda tx: [one.person.id for one in answerers(tx, tx.session.get_one(Post, id_))]
    )
    assert post == [world.bea.id]


@pytest.mark.parametrize(("choice", "state"), [(0, "going"), (1, "maybe"), (2, "declined")])
async def test_who_writes_that_they_come_is_asked_and_their_vote_is_the_answer(
    world: World, choice: int, state: str
) -> None:
    id_, app = in_north(world, planned), phone(world.bea)

    await app.says("@ada Je viens !", in_reply_to_id=str(id_), visibility="direct")
    await app.says("@ada Je viens !", in_reply_to_id=str(id_), visibility="direct")

    (question,) = await questions(app)  # once, until it is answered
    assert question["visibility"] == "direct"
    assert [one["title"] for one in question["poll"]["options"]] == ["Oui", "Peut-être", "Non"]
    poll = question["poll"]["id"]
    voted = await app.post(f"/api/v1/polls/{poll}/votes", choices=[choice])
    assert (voted["own_votes"], stands(world, id_)) == ([choice], state)
    told = await app.get("/api/v1/notifications", **{"types[]": "mention"})
    assert "C’est noté" in told[0]["status"]["content"]
    await app.post(f"/api/v1/polls/{poll}/votes", choices=[0], expects=422)
    assert stands(world, id_) == state


async def test_who_comes_too_late_waits_and_reads_so(world: World) -> None:
    id_ = in_north(world, lambda tx, ada: planned(tx, ada, capacity=1))
    cy = world.north.add("cy")
    for app, state in ((phone(cy), "going"), (phone(world.bea), "waiting")):
        await app.says("@ada inscription", in_reply_to_id=str(id_))  # in public by its words
        (question,) = await questions(app)
        await app.post(f"/api/v1/polls/{question['poll']['id']}/votes", choices=[0])
        assert world.do(lambda tx, app=app: answer_by(tx, id_, int(app.id))) == state
    told = await app.get("/api/v1/notifications", **{"types[]": "mention"})
    assert "liste d’attente" in told[0]["status"]["content"]


async def test_who_only_talks_organises_or_has_answered_is_not_asked(world: World) -> None:
    id_, bea, ada = in_north(world, planned), phone(world.bea), phone(world.ada)

    await bea.says("@ada Quel beau temps", in_reply_to_id=str(id_))
    await ada.says("Je viens aussi", in_reply_to_id=str(id_), visibility="direct")
    await world.bea.does({"type": "Join", "object": f"{world.ada.uri}/posts/{id_}"})
    await bea.says("@ada je viens", in_reply_to_id=str(id_), visibility="direct")

    assert await questions(bea) == await questions(ada) == []


async def test_a_vote_that_one_comes_to_what_was_called_off_is_refused(world: World) -> None:
    id_, app = in_north(world, planned), phone(world.bea)
    await app.says("@ada je viens", in_reply_to_id=str(id_), visibility="direct")
    (question,) = await questions(app)
    world.do(
        lambda tx: cancel_event(
            tx, author=world.actor(tx, world.ada.uri), post=tx.session.get_one(Post, id_)
        )
    )

    path = f"/api/v1/polls/{question['poll']['id']}/votes"
    refused = await app.post(path, choices=[0], expects=422)

    assert "this is over" in refused["error"].lower() and stands(world, id_) == ""


async def test_a_vote_of_the_place_is_a_ballot_and_refused_to_who_came_later(world: World) -> None:
    cy = world.north.add("cy", role="organiser")

    def opened(tx: Tx) -> int:
        opener = tx.session.get_one(Actor, cy.id)
        return voted_on(tx, by=opener, opener=opener).vote_post_id or 0

    poll = world.do(opened)
    late = world.north.add("late")
    path = f"/api/v1/polls/{poll}/votes"

    voted = await phone(world.bea).post(path, choices=[1])
    refused = await phone(late).post(path, choices=[1], expects=403)

    assert (voted["voted"], voted["own_votes"]) == (True, [])  # a ballot is told to nobody
    assert "lived here when the vote was opened" in refused["error"]
    assert world.do(lambda tx: tx.session.query(Ballot).count()) == 1
    assert world.do(
        lambda tx: tx.session.query(Elector).filter_by(member_id=world.bea.id).one().has_voted
    )
