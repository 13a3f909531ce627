"""Events between servers: each answers in the dialect it speaks, and gets an answer in it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from microfed.operations.event_answers import answer_event
from microfed.operations.event_rows import Plan
from microfed.operations.event_times import Repeat
from microfed.operations.events import cancel_event, publish_event
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.store.queues import Job, Notification
from microfed.vocab.audience import Audience
from microfed.words import all_words
from tests.federation.world import World
from tests.strangers import Stranger

pytestmark = pytest.mark.anyio
STARTS = "2027-06-11T19:00:00+02:00"


def party(world: World, audience: Audience = Audience.PUBLIC, **more: Any) -> str:
    """Ada plans something; return the id of the event."""

    def work(tx: Tx) -> str:
        starts = tx.now.replace(microsecond=0) + timedelta(days=3)
        plan = Plan("Fête", starts, zone="Europe/Paris", place="Cour", **more)
        ada = world.actor(tx, world.ada.uri)
        return publish_event(tx, author=ada, plan=plan, audience=audience).uri

    return world.do(work)


def answers(world: World) -> dict[str, str]:
    """Who answered, and how it stands."""

    def work(tx: Tx) -> dict[str, str]:
        rows = tx.connection.execute(
            select(Actor.username, EventAnswer.state).join(Actor, Actor.id == EventAnswer.actor_id)
        )
        return {row.username: row.state for row in rows}

    return world.do(work)


def told(stranger: Stranger, kind: str) -> list[dict[str, Any]]:
    """What reached somebody elsewhere."""
    own = f"{stranger.uri}/inbox"
    return [said for to, said in stranger.server.taken if to == own and said["type"] == kind]


async def test_mobilizon_joins_waits_and_leaves(world: World) -> None:
    event = party(world, capacity=1)

    join = world.bob.does("Join", event, participationMessage="Avec un gâteau")
    await world.take(world.bob, join)
    await world.take(world.carol, world.carol.does("Join", event, participationMessage=None))
    assert answers(world) == {"bob": "going", "carol": "waiting"}
    yes = told(world.bob, "Accept")[0]
    assert yes["object"] == {
        "id": join["id"],
        "type": "Join",
        "actor": world.bob.uri,
        "object": event,
    }
    assert (yes["actor"], told(world.carol, "Accept")) == (world.ada.uri, [])
    document = (await world.north.get(event)).json()
    assert (document["participantCount"], document["remainingAttendeeCapacity"]) == (1, 0)

    await world.take(world.bob, world.bob.does("Leave", event))
    assert answers(world) == {"carol": "going"}
    assert len(told(world.carol, "Accept")) == 1

    again = {**join, "id": f"{world.bob.uri}/joins/again"}
    await world.take(world.bob, again)
    assert answers(world) == {"carol": "going", "bob": "waiting"}


async def test_friendica_says_yes_perhaps_no_and_takes_it_back(world: World) -> None:
    event = party(world)

    yes = world.bob.does("Accept", event)
    await world.take(world.bob, yes)
    assert answers(world) == {"bob": "going"}
    await world.take(world.bob, world.bob.does("TentativeAccept", event))
    assert answers(world) == {"bob": "maybe"}
    no = world.bob.does("Reject", event)
    await world.take(world.bob, no)
    assert answers(world) == {"bob": "declined"}
    await world.take(world.bob, world.bob.does("Undo", no["id"]))
    assert answers(world) == {}
    await world.take(world.carol, world.carol.does("Accept", event))
    inside = {"type": "Accept", "actor": world.carol.uri, "object": event}
    await world.take(world.carol, world.carol.does("Undo", inside))
    assert answers(world) == {}


async def test_mastodon_is_asked_by_a_private_poll_and_its_vote_is_the_answer(
    world: World,
) -> None:
    event = party(world)
    words = f'<p><a href="{world.ada.uri}">@ada</a> Je viens !</p>'
    tag = [{"type": "Mention", "href": world.ada.uri, "name": "@ada@north.test"}]
    wish = world.bob.note(words, inReplyTo=event, tag=tag)

    await world.take(world.bob, world.bob.creates(wish))
    question = told(world.bob, "Create")[-1]["object"]
    assert (question["type"], question["to"], question["cc"]) == ("Question", [world.bob.uri], [])
    assert [option["name"] for option in question["oneOf"]] == ["Oui", "Peut-être", "Non"]
    again = world.bob.note(words, inReplyTo=event, tag=tag)
    await world.take(world.bob, world.bob.creates(again))
    assert len(told(world.bob, "Create")) == 1  # asked once, until they have answered

    vote = {
        "id": f"{world.bob.uri}#votes/1",
        "type": "Note",
        "name": "Oui",
        "attributedTo": world.bob.uri,
        "inReplyTo": question["id"],
        "to": world.ada.uri,
    }
    await world.take(world.bob, world.bob.does("Create", vote, to=[world.ada.uri]))

    assert answers(world) == {"bob": "going"}
    assert "vous venez" in told(world.bob, "Create")[-1]["object"]["content"]
    stranger = world.carol.note("<p>Quel beau temps</p>", inReplyTo=event, tag=tag)
    await world.take(world.carol, world.carol.creates(stranger))
    assert told(world.carol, "Create") == []  # who only talks is not asked


async def test_a_private_answer_is_asked_whatever_it_says(world: World) -> None:
    event = party(world)
    tag = [{"type": "Mention", "href": world.ada.uri, "name": "@ada@north.test"}]
    note = world.carol.note(
        "<p>@ada Il reste de la place ?</p>", inReplyTo=event, tag=tag, to=[world.ada.uri], cc=[]
    )

    await world.take(world.carol, world.carol.creates(note))

    assert told(world.carol, "Create")[-1]["object"]["type"] == "Question"


async def test_who_may_not_see_an_event_cannot_answer_it(world: World) -> None:
    for audience in (Audience.LOCAL, Audience.FOLLOWERS, Audience.RING):
        event = party(world, audience)
        for kind in ("Join", "Accept", "TentativeAccept", "Reject"):
            await world.take(world.mallory, world.mallory.does(kind, event))
        assert (await world.north.get(event)).status_code == 404
    assert answers(world) == {}


async def test_the_place_of_who_leaves_for_good_is_the_next_ones(world: World) -> None:
    event = party(world, capacity=1)
    for who in (world.bob, world.carol):
        await world.take(who, who.does("Join", event))

    gone = {**world.bob.does("Delete", world.bob.uri), "to": ["as:Public"]}
    await world.take(world.bob, gone)

    assert answers(world) == {"carol": "going"}
    assert len(told(world.carol, "Accept")) == 1


async def test_a_stolen_join_id_and_an_answer_to_what_is_over_change_nothing(
    world: World,
) -> None:
    event = party(world)
    join = world.bob.does("Join", event)
    await world.take(world.bob, join)
    await world.take(world.mallory, world.mallory.does("Undo", join["id"]))
    await world.take(world.mallory, world.mallory.does("Leave", event))
    assert answers(world) == {"bob": "going"}

    def off(tx: Tx) -> None:
        post = find_post(tx, event)
        assert post is not None
        cancel_event(tx, author=world.actor(tx, world.ada.uri), post=post)

    world.do(off)
    await world.fediverse.settle()
    off_there = [s for _, s in world.south.taken if s["type"] == "Update"]
    assert off_there[-1]["object"]["status"] == "CANCELLED"
    await world.take(world.carol, world.carol.does("Join", event))
    assert answers(world) == {"bob": "going"}
    assert [said["type"] for said in told(world.carol, "Reject")] == ["Reject"]


async def test_hours_without_a_named_clock_are_shown_as_they_were_written(world: World) -> None:
    await kept(world, world.bob, timezone=None, endTime="2027-06-11T23:00:00+02:00")

    def said(tx: Tx) -> str:
        event = tx.session.scalars(select(Event)).one()
        return all_words()["en"].span(event.starts_at, event.ends_at, event.zone)

    assert world.do(said) == "Friday 11 June 2027, 19:00–23:00 (UTC+2)"


async def test_what_is_due_is_done_reminders_the_next_date_and_how_many_come(
    world: World,
) -> None:
    weekly = Repeat("week", times=2)

    def work(tx: Tx) -> str:
        plan = Plan("Chorale", tx.now.replace(microsecond=0) + timedelta(days=3))
        ada = world.actor(tx, world.ada.uri)
        post = publish_event(tx, author=ada, plan=plan, audience=Audience.PUBLIC, repeat=weekly)
        bea = world.actor(tx, world.bea.uri)
        answer_event(tx, actor=bea, post=post, wish="going")
        return post.uri

    event = world.do(work)
    await world.take(world.bob, world.bob.does("Join", event))
    jobs = ("remind_event", "next_date", "tell_event")
    due = update(Job).where(Job.kind.in_(jobs)).values(due_at=Job.id * 0)
    world.do(lambda tx: tx.connection.execute(due))
    await world.fediverse.settle()

    told_bea = select(Notification.kind).where(Notification.owner_id == world.bea.id)
    assert world.do(lambda tx: list(tx.connection.scalars(told_bea))) == ["reminder"]
    count = select(func.count()).select_from(Event)
    assert world.do(lambda tx: tx.connection.scalar(count)) == 2
    told_there = [d["object"] for _, d in world.south.taken if d["type"] == "Update"]
    assert [one["participantCount"] for one in told_there] == [2]


async def kept(world: World, stranger: Stranger, **more: Any) -> int:
    """Somebody elsewhere plans something, and Ada, who follows them, has it in her agenda."""
    world.follows(stranger)
    document = stranger.note(
        "<p>On danse.</p>",
        **{"type": "Event", "name": "Bal", "startTime": STARTS, "timezone": "Europe/Paris", **more},
    )
    await world.take(stranger, stranger.creates(document))
    return world.do(lambda tx: int(tx.connection.scalar(select(Event.id)) or 0))


def ask(world: World, id_: int, wish: str) -> str:
    """Ada answers."""
    return world.do(
        lambda tx: (
            answer_event(
                tx,
                actor=world.actor(tx, world.ada.uri),
                post=tx.session.get_one(Post, id_),
                wish=wish,
            ).state
        )
    )


async def test_our_answer_to_mobilizon_is_asked_then_confirmed_then_taken_back(
    world: World,
) -> None:
    id_ = await kept(world, world.bob, joinMode="free")

    assert ask(world, id_, "going") == "asked"
    await world.fediverse.settle()
    join = told(world.bob, "Join")[0]
    assert join["actor"] == world.ada.uri
    inside = {"type": "Join", "id": join["id"], "actor": world.ada.uri}
    forged = world.mallory.does("Accept", inside)
    await world.take(world.mallory, forged)
    assert answers(world) == {"ada": "asked"}
    await world.take(world.bob, world.bob.does("Accept", inside))
    assert answers(world) == {"ada": "going"}
    kinds = select(Notification.kind).where(Notification.owner_id == world.ada.id)
    assert "event" in world.do(lambda tx: list(tx.connection.scalars(kinds)))

    assert ask(world, id_, "declined") == "declined"
    await world.fediverse.settle()
    assert len(told(world.bob, "Leave")) == 1


async def test_mobilizon_may_say_no(world: World) -> None:
    id_ = await kept(world, world.bob, joinMode="restricted")
    ask(world, id_, "going")
    await world.fediverse.settle()

    join = told(world.bob, "Join")[0]["id"]
    await world.take(world.bob, world.bob.does("Reject", join))

    assert answers(world) == {"ada": "refused"}


async def test_friendica_hears_accept_and_its_changes_are_news_to_who_comes(
    world: World,
) -> None:
    id_ = await kept(world, world.bob)

    for wish, kind in (("going", "Accept"), ("maybe", "TentativeAccept"), ("declined", "Reject")):
        assert ask(world, id_, wish) == wish
        await world.fediverse.settle()
        assert told(world.bob, kind)[-1]["object"] == f"{world.bob.uri}/posts/1"
    ask(world, id_, "going")
    changed = world.bob.note(
        id=f"{world.bob.uri}/posts/1",
        type="Event",
        name="Bal",
        startTime="2027-06-12T19:00:00+02:00",
        status="CANCELLED",
        updated="2026-11-02T10:00:00Z",
    )
    await world.take(world.bob, world.bob.does("Update", changed, to=changed["to"]))

    def stands(tx: Tx) -> tuple[str, int, bool]:
        event = tx.session.get_one(Event, id_)
        told_of = select(Notification.id).where(Notification.kind == "event")
        return event.state, event.starts_at.day, tx.connection.scalar(told_of) is not None

    assert world.do(stands) == ("cancelled", 12, True)


ODDITIES: tuple[dict[str, Any], ...] = (
    {"name": None},
    {"startTime": "soon"},
    {"startTime": None},
    {"maximumAttendeeCapacity": 2**62, "participantCount": -5},
    {"timezone": "../../etc/passwd", "joinMode": ["free"]},
    {"timezone": "Mars/Base"},
    {"location": [7, {"type": "Place", "name": {"a": 1}}]},
    {"endTime": "2001-01-01T00:00:00Z"},
    {"startTime": "0001-01-01T00:00:00+14:00"},
    {"startTime": "9999-12-31T23:59:59Z"},
    {"endTime": "9999-12-31T23:59:59-12:00"},
    {"externalParticipationUrl": "javascript:alert(1)", "joinMode": "external"},
)


async def test_an_odd_event_costs_itself_at_most_never_the_post(world: World) -> None:
    world.follows(world.bob)
    documents = [
        world.bob.note(
            "<p>On danse.</p>", **{"type": "Event", "name": "Bal", "startTime": STARTS, **oddity}
        )
        for oddity in ODDITIES
    ]

    for document in documents:
        await world.take(world.bob, world.bob.creates(document))

    assert all(world.post(document["id"]) for document in documents)
    rows = world.do(lambda tx: [(e.zone, e.page) for e in tx.session.scalars(select(Event))])
    assert len(rows) < len(ODDITIES)  # some have no name, some no beginning that clocks can tell
    assert set(rows) == {("Etc/GMT-2", None)}
