"""Mobilizon next door: it follows the place and a group here and reads our events, its people come
to them, and what groups there plan stands in our agenda."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from microfed.operations.event_answers import answer_event
from microfed.operations.event_rows import Plan
from microfed.operations.events import cancel_event, edit_event, publish_event
from microfed.operations.follows import follow_was_accepted, request_follow
from microfed.operations.groups import Terms, make_group
from microfed.operations.people import remember_person
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.operations.taking_back import delete_post
from microfed.queries.events import agenda
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.events import EventAnswer
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from microfed.vocab.people import read_person
from tests.federation.world import World
from tests.fediverse import PUBLIC
from tests.strangers import Stranger, StrangeServer, strange_server

pytestmark = pytest.mark.anyio
HOME = "https://mobi.test"


@dataclass
class Mobilizer(Stranger):
    """Somebody of Mobilizon: a person or a group at `/@name`, or the server itself at `/relay`."""

    @property
    def uri(self) -> str:
        return f"{HOME}/relay" if self.name == "relay" else f"{HOME}/@{self.name}"

    @property
    def document(self) -> dict[str, Any]:
        """What their server says of them: no proofs, and collections of its own."""
        said = {**super().document, "manuallyApprovesFollowers": False, "discoverable": True}
        del said["assertionMethod"]
        for name in ("events", "posts", "discussions", "resources", "todos", "members"):
            said[name] = f"{self.uri}/{name}" if said["type"] == "Group" else None
        said["openness"] = "open" if said["type"] == "Group" else None
        return said

    def says(self, kind: str, number: int, object_: Any, **more: Any) -> dict[str, Any]:
        """An activity with an id as Mobilizon makes them."""
        where = {"Join": "join/event", "Leave": "leave/event"}.get(kind, kind.lower())
        return {**self.does(kind, object_, **more), "id": f"{HOME}/{where}/{number}"}


@dataclass
class Town:
    """A Mobilizon with one person, one group, and itself."""

    server: StrangeServer
    lea: Mobilizer
    choir: Mobilizer
    relay: Mobilizer

    def event(self, number: int = 1, **more: Any) -> dict[str, Any]:
        """Something that the choir plans, as Lea wrote it down."""
        uuid = str(UUID(int=number))
        return self.server.keep(
            {
                "@context": [
                    "https://www.w3.org/ns/activitystreams",
                    {"mz": "https://joinmobilizon.org/ns#"},
                ],
                "type": "Event",
                "id": f"{HOME}/events/{uuid}",
                "url": f"{HOME}/events/{uuid}",
                "uuid": uuid,
                "name": "Concert d'hiver",
                "content": "<p>Entrée libre.</p>",
                "mediaType": "text/html",
                "actor": self.lea.uri,
                "attributedTo": self.choir.uri,
                "contacts": [self.lea.uri],
                "startTime": "2027-01-15T20:00:00+01:00",
                "endTime": "2027-01-15T22:00:00+01:00",
                "timezone": "Europe/Paris",
                "published": "2026-11-20T08:00:00Z",
                "updated": "2026-11-20T08:00:00Z",
                "status": "CONFIRMED",
                "ical:status": "CONFIRMED",
                "joinMode": "free",
                "externalParticipationUrl": None,
                "maximumAttendeeCapacity": 0,
                "remainingAttendeeCapacity": None,
                "participantCount": 3,
                "repliesModerationOption": "allow_all",
                "commentsEnabled": True,
                "anonymousParticipationEnabled": False,
                "attachment": [
                    {
                        "type": "PropertyValue",
                        "propertyID": "mz:accessibility:wheelchairAccessible",
                        "value": "fully",
                        "name": "mz:accessibility:wheelchairAccessible",
                    }
                ],
                "draft": False,
                "inLanguage": "fr",
                "isOnline": False,
                "category": "MUSIC",
                "location": {
                    "type": "Place",
                    "id": f"{HOME}/address/1",
                    "name": "Église Saint-Jean",
                    "latitude": 48.87,
                    "longitude": 2.38,
                    "address": {
                        "type": "PostalAddress",
                        "streetAddress": "9 rue Lassus",
                        "postalCode": "75019",
                        "addressLocality": "Paris",
                        "addressRegion": None,
                        "addressCountry": "France",
                    },
                },
                "tag": [],
                "to": [PUBLIC, f"{self.choir.uri}/members"],
                "cc": [],
                **more,
            }
        )

    def passes_on(self, event: dict[str, Any], number: int) -> dict[str, Any]:
        """The choir tells those who follow it of an event."""
        said = self.choir.does("Announce", event, to=[f"{self.choir.uri}/followers"], cc=[PUBLIC])
        return {**said, "id": f"{HOME}/announces/{number}"}


@pytest.fixture
def mobi(world: World) -> Town:
    server = strange_server(world.fediverse, "mobi.test")
    town = Town(
        server,
        Mobilizer(server, "lea"),
        Mobilizer(server, "chorale", {"type": "Group"}),
        Mobilizer(server, "relay", {"type": "Application"}),
    )
    for one in (town.lea, town.choir, town.relay):
        world.do(lambda tx, one=one: remember_person(tx, read_person(one.document)))
    return town


def reads(document: Mapping[str, Any]) -> dict[str, Any]:
    """Read an event as Mobilizon does; what it cannot do without fails here."""
    assert document["type"] == "Event" and PUBLIC in document["to"]
    assert 3 <= len(document["name"]) <= 200
    starts = datetime.fromisoformat(document["startTime"])
    assert starts.tzinfo is not None
    if document.get("endTime"):
        assert datetime.fromisoformat(document["endTime"]) >= starts
    assert isinstance(document["actor"], str) and document["actor"] == document["attributedTo"]
    for name in ("attachment", "tag", "contacts", "to", "cc"):
        assert isinstance(document.get(name, []), list), name
    assert all(isinstance(item, dict) for item in document.get("attachment", []))
    assert document["status"].lower() in ("confirmed", "tentative", "cancelled")
    assert document["joinMode"] in ("free", "restricted", "invite", "external")
    assert document["repliesModerationOption"] in ("allow_all", "moderated", "closed")
    assert isinstance(document["content"], str) and document["draft"] is False
    assert isinstance(document.get("location", {}).get("address", {}), dict)
    return {"uuid": str(UUID(document["uuid"])), "title": document["name"], **document}


def plans(world: World, **more: Any) -> str:
    """Ada plans something; return its id."""

    def work(tx: Tx) -> str:
        starts = tx.now.replace(microsecond=0) + timedelta(days=3)
        plan = Plan("Fête", starts, starts + timedelta(hours=2), zone="Europe/Paris", place="Cour")
        return publish_event(
            tx, author=world.actor(tx, world.ada.uri), plan=plan, audience=Audience.PUBLIC, **more
        ).uri

    return world.do(work)


def change(world: World, uri: str, how: Any, **more: Any) -> None:
    def work(tx: Tx) -> None:
        post = find_post(tx, uri)
        assert post is not None
        how(tx, author=world.actor(tx, world.ada.uri), post=post, **more)

    world.do(work)


def got(town: Town, kind: str) -> list[dict[str, Any]]:
    """What reached the server, in order, each once."""
    seen = {said["id"]: said for _, said in town.server.taken if said["type"] == kind}
    return list(seen.values())


def states(world: World) -> dict[str, str]:
    asked = select(Actor.username, EventAnswer.state).join(Actor, Actor.id == EventAnswer.actor_id)
    rows = world.do(lambda tx: tx.connection.execute(asked).all())
    return {row.username: row.state for row in rows}


async def test_it_finds_the_place_follows_it_and_reads_what_is_planned(
    world: World, mobi: Town
) -> None:
    links = (await world.north.client.get("/.well-known/nodeinfo")).json()["links"]
    place = next(link["href"] for link in links if link["rel"].endswith("#Application"))
    actor = (await world.north.get(place)).json()
    assert actor["type"] == "Application"  # it follows groups and instances, never people
    assert isinstance(actor.get("icon", {}), dict) and actor["endpoints"]["sharedInbox"]

    await world.take(mobi.relay, mobi.relay.says("Follow", 1, place))
    yes = got(mobi, "Accept")[0]
    assert (yes["actor"], yes["object"]["id"]) == (place, f"{HOME}/follow/1")

    event = plans(world)
    await world.fediverse.settle()
    told = got(mobi, "Announce")[-1]
    assert (told["actor"], told["object"]) == (place, event)
    read = reads((await world.north.get(event)).json())
    assert (read["title"], read["location"]["name"]) == ("Fête", "Cour")

    change(world, event, delete_post)
    await world.fediverse.settle()
    # It asks once more whether it is really gone
    gone = await world.north.get(event)
    assert gone.status_code == 410 and gone.json()["type"] == "Tombstone"
    assert got(mobi, "Delete")[-1]["actor"] == world.ada.uri


async def test_its_people_join_with_a_word_hear_of_changes_and_leave(
    world: World, mobi: Town
) -> None:
    event = plans(world)
    said = {"to": [mobi.lea.uri], "cc": [], "participationMessage": "<p>Avec un gâteau</p>"}
    await world.take(mobi.lea, mobi.lea.says("Join", 1, event, **said))
    assert states(world) == {"lea": "going"}
    yes = got(mobi, "Accept")[0]
    # Only whoever organises it may say yes, and the Join is found by its id
    assert (yes["actor"], yes["object"]["id"]) == (world.ada.uri, f"{HOME}/join/event/1")

    def later(tx: Tx) -> Plan:
        return Plan("Grande fête", tx.now.replace(microsecond=0) + timedelta(days=4), zone="UTC")

    change(world, event, edit_event, plan=world.do(later))
    change(world, event, cancel_event)
    await world.fediverse.settle()
    changed = [reads(one["object"]) for one in got(mobi, "Update")]
    assert [one["status"] for one in changed][-1] == "CANCELLED"
    assert len({one["uuid"] for one in changed}) == 1

    again = plans(world)
    await world.take(mobi.lea, mobi.lea.says("Join", 2, again, **said))
    await world.take(mobi.lea, mobi.lea.says("Leave", 2, again))
    assert [state for _, state in states(world).items()] == ["going"]  # of the first alone


async def test_it_follows_a_group_here_and_gets_what_is_said_in_it(
    world: World, mobi: Town
) -> None:
    def founds(tx: Tx) -> str:
        ada, terms = world.actor(tx, world.ada.uri), Terms("Jardin")
        return make_group(tx, founder=ada, name="jardin", terms=terms).uri

    group = world.do(founds)
    await world.take(mobi.relay, mobi.relay.says("Follow", 2, group))
    assert got(mobi, "Accept")[-1]["actor"] == group

    def says(tx: Tx) -> None:
        draft = Draft(source="@jardin On plante samedi", audience=Audience.PUBLIC)
        write_post(tx, author=world.actor(tx, world.ada.uri), draft=draft)

    world.do(says)
    await world.fediverse.settle()
    assert group in [said["actor"] for said in got(mobi, "Announce")]


async def follows_choir(world: World, mobi: Town) -> None:
    """Ada follows the choir, which says yes."""

    def asks(tx: Tx) -> str:
        ada, choir = world.actor(tx, world.ada.uri), world.actor(tx, mobi.choir.uri)
        return str(request_follow(tx, follower=ada, target=choir).uri)  # type: ignore[union-attr]

    uri = world.do(asks)
    world.do(
        lambda tx: follow_was_accepted(
            tx, by=world.actor(tx, mobi.choir.uri), follow_uri=uri, follower=None
        )
    )


async def test_what_a_group_there_plans_stands_in_our_agenda_and_is_answered(
    world: World, mobi: Town
) -> None:
    await follows_choir(world, mobi)
    event = mobi.event()
    await world.take(mobi.choir, mobi.passes_on(event, 1))

    def stands(tx: Tx) -> list[tuple[str, str, str, str]]:
        return [
            (one.event.title, one.event.place.split(",")[0], one.event.state, one.event.zone)
            for one in agenda(tx, Viewer(world.ada.id))
        ]

    assert world.do(stands) == [
        ("Concert d'hiver", "Église Saint-Jean", "confirmed", "Europe/Paris")
    ]

    def comes(tx: Tx) -> None:
        post = find_post(tx, event["id"])
        assert post is not None
        answer_event(tx, actor=world.actor(tx, world.ada.uri), post=post, wish="going")

    world.do(comes)
    await world.fediverse.settle()
    join = got(mobi, "Join")[0]
    assert (join["actor"], join["object"]) == (world.ada.uri, event["id"])
    # Whoever wrote it down says yes, not the group
    await world.take(mobi.lea, mobi.lea.says("Accept", 1, join))
    assert states(world) == {"ada": "going"}

    # A change is said by the person, or by the group once more; it is read where it lives
    moved = mobi.event(name="Concert de printemps", updated="2026-11-21T08:00:00Z")
    await world.take(mobi.lea, mobi.lea.says("Update", 1, moved, to=moved["to"]))
    assert [title for title, *_ in world.do(stands)] == ["Concert de printemps"]
    off = mobi.event(status="CANCELLED", updated="2026-11-22T08:00:00Z")
    off["ical:status"] = "CANCELLED"
    await world.take(mobi.choir, mobi.passes_on(off, 2))
    assert [state for *_, state, _ in world.do(stands)] == ["cancelled"]
    forged = {**off, "name": "Pirate", "updated": "2026-11-23T08:00:00Z"}
    await world.take(world.mallory, world.mallory.does("Update", forged))
    assert "Pirate" not in str(world.do(stands))

    # Deleted by whoever may there, with the whole event inside
    mobi.server.documents.pop(event["id"])
    gone = {**mobi.lea.does("Delete", event, to=[PUBLIC]), "id": f"{event['id']}/delete"}
    await world.take(mobi.lea, gone)
    assert world.do(stands) == []


async def test_what_is_signed_up_for_elsewhere_leads_there_and_what_is_for_members_stays_away(
    world: World, mobi: Town
) -> None:
    await follows_choir(world, mobi)
    page = "https://tickets.test/1"
    sold = mobi.event(2, joinMode="external", externalParticipationUrl=page)
    inside = mobi.event(3, name="Répétition", to=[f"{mobi.choir.uri}/members"], cc=[])
    await world.take(mobi.choir, mobi.passes_on(sold, 3))
    hidden = {**mobi.passes_on(inside, 4), "to": [f"{mobi.choir.uri}/members"], "cc": []}
    await world.take(mobi.choir, hidden)

    def stands(tx: Tx) -> list[tuple[str, str, str | None]]:
        return [
            (one.event.title, one.event.join_mode, one.event.page)
            for one in agenda(tx, Viewer(world.ada.id))
        ]

    assert world.do(stands) == [("Concert d'hiver", "external", page)]
    kept = select(Post.id).where(Post.uri == inside["id"])
    assert world.do(lambda tx: tx.connection.scalar(kept)) is None
