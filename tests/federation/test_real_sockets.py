"""Three servers as people run them, talking over sockets: who gets what, written down at doors."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import count

import pytest

from tests.components.processes import until
from tests.federation.towns import PASSWORD, Citizen, Document, Town, moving_in, towns

_NUMBERS = count(1)


class World:
    """Ada lives at north, Bea and Bo at south, Cleo at west. Bea and Cleo follow Ada."""

    def __init__(self, north: Town, south: Town, west: Town) -> None:
        self.north, self.south, self.west = north, south, west
        there = moving_in({"ada": north, "bea": south, "bo": south, "cleo": west})
        self.ada, self.bea, self.bo, self.cleo = (
            there[name] for name in ("ada", "bea", "bo", "cleo")
        )
        self.bea.follows(self.ada)
        self.cleo.follows(self.ada)

    def fence(self, who: Citizen, *towns_: Town) -> None:
        """Wait until all that `who` sent before has arrived: nothing overtakes in a lane."""
        uri = who.says(f"fence {next(_NUMBERS)}")["uri"]
        until(lambda: all(town.brought(uri) for town in towns_), "the last thing said")

    def receivers(self, text: str, kind: str) -> set[tuple[str, str]]:
        """Return who got an activity of `kind` that mentions `text`: town and inbox."""
        named = {"north": self.north, "south": self.south, "west": self.west}
        return {
            (name, path)
            for name, town in named.items()
            for what, path, _ in town.brought(text)
            if what == kind
        }

    def only(self, expected: Iterable[tuple[str, str]], text: str, kind: str) -> bool:
        """Wait until those got it, and say whether nobody else did."""
        wanted = set(expected)
        until(lambda: wanted <= self.receivers(text, kind), f"{kind} to reach {wanted}")
        return self.receivers(text, kind) == wanted


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("towns")
    with towns(folder, "north", "south", "west") as (north, south, west):
        yield World(north, south, west)


SHARED = {("south", "/inbox"), ("west", "/inbox")}
VISIBILITIES = {
    "public": (SHARED, {"bea", "bo", "cleo"}),
    "unlisted": (SHARED, {"bea", "bo", "cleo"}),
    "private": (SHARED, {"bea", "bo", "cleo"}),
    "direct": ({("south", "/users/bo/inbox")}, {"bo"}),
    "local": (set[tuple[str, str]](), set[str]()),
}


@pytest.mark.parametrize("visibility", VISIBILITIES)
def test_each_visibility_reaches_exactly_its_own(world: World, visibility: str) -> None:
    inboxes, readers = VISIBILITIES[visibility]

    # When Ada says something that names Bo, and something after it
    said = world.ada.says(f"look {world.bo.handle}", visibility=visibility)["uri"]
    world.fence(world.ada, world.south, world.west)

    # Then exactly those inboxes got it, exactly once
    assert world.receivers(said, "Create") == inboxes
    assert len(world.south.brought(said)) + len(world.west.brought(said)) == len(inboxes)
    # And exactly those can read it
    people = {"bea": world.bea, "bo": world.bo, "cleo": world.cleo}
    for name in readers:
        people[name].sees(said)
    assert {name for name, who in people.items() if who.knows(said)} == readers
    # And it stands in the homes of followers only, and tells Bo that he is named
    followers = (world.bea, world.cleo)
    for_each(followers, lambda one: (said in one.home()) == (one.name in readers), "their home")
    assert said not in world.bo.home()
    news = world.bo.call("GET", "/api/v1/notifications", include_filtered=True)
    told = [one["status"]["uri"] for one in news]
    assert (said in told) == ("bo" in readers)
    # And strangers read it at its own address only if it is for everyone
    expected = 200 if visibility in ("public", "unlisted") else 404
    assert world.north.read(said).status_code == expected


def test_a_boost_and_a_like_cross_and_are_taken_back(world: World) -> None:
    said = world.ada.says("good news")
    there, far = (who.sees(said["uri"]) for who in (world.bea, world.cleo))

    def counted() -> tuple[int, int]:
        status = world.ada.call("GET", f"/api/v1/statuses/{said['id']}")
        return status["reblogs_count"], status["favourites_count"]

    world.bea.call("POST", f"/api/v1/statuses/{there['id']}/reblog")
    world.cleo.call("POST", f"/api/v1/statuses/{far['id']}/favourite")
    until(lambda: counted() == (1, 1), "the boost and the like to be counted")
    # A like is told to its author's town alone; nobody follows Bea elsewhere
    assert world.only([("north", "/users/ada/inbox")], said["uri"], "Like")
    until(lambda: world.receivers(said["uri"], "Announce"), "the boost")
    assert {town for town, _ in world.receivers(said["uri"], "Announce")} == {"north"}

    world.bea.call("POST", f"/api/v1/statuses/{there['id']}/unreblog")
    world.cleo.call("POST", f"/api/v1/statuses/{far['id']}/unfavourite")
    until(lambda: counted() == (0, 0), "both to be taken back")


def test_an_answer_is_passed_on_to_those_who_follow_the_conversation(world: World) -> None:
    # Given Cleo, who follows Ada and has never heard of Bea
    said = world.ada.says("who comes?")["uri"]
    there = world.bea.sees(said)

    # When Bea answers Ada, and later takes it back
    answer = world.bea.says(f"{world.ada.handle} me", in_reply_to_id=there["id"])

    # Then Ada's town passes the answer on with its own signature, and Cleo can read it
    seen = world.cleo.sees(answer["uri"])
    assert seen["account"]["acct"] == world.bea.handle[1:]
    passed_on = until(lambda: world.west.brought(answer["uri"]), "the answer to be handed on")
    assert passed_on == [("Create", "/inbox", world.ada.uri)]
    world.bea.call("DELETE", f"/api/v1/statuses/{answer['id']}")
    until(lambda: world.cleo.knows(answer["uri"]) is None, "the answer to be gone at west")


def test_an_edit_and_a_deletion_reach_everyone_who_has_it(world: World) -> None:
    said = world.ada.says("tomorow")
    for who in (world.bea, world.cleo):
        who.sees(said["uri"])

    world.ada.call("PUT", f"/api/v1/statuses/{said['id']}", status="tomorrow")
    for who in (world.bea, world.cleo):
        until(_reads(who, said["uri"], "<p>tomorrow</p>"), f"{who.name} to read the correction")
        id_ = who.sees(said["uri"])["id"]
        versions = who.call("GET", f"/api/v1/statuses/{id_}/history")
        assert [one["content"] for one in versions] == ["<p>tomorow</p>", "<p>tomorrow</p>"]

    world.ada.call("DELETE", f"/api/v1/statuses/{said['id']}")
    for_each((world.bea, world.cleo), lambda who: who.knows(said["uri"]) is None, "it to be gone")
    assert world.only(SHARED, said["uri"], "Update")
    assert world.only(SHARED, said["uri"], "Delete")
    assert world.north.read(said["uri"]).status_code == 410


def test_a_poll_is_asked_answered_and_counted_everywhere(world: World) -> None:
    poll = {"options": ["Saturday", "Sunday"], "expires_in": 3600}
    said = world.ada.says("when?", poll=poll)["uri"]
    for who, choice in ((world.bea, 0), (world.cleo, 1)):
        seen = who.sees(said)["poll"]
        who.call("POST", f"/api/v1/polls/{seen['id']}/votes", choices=[choice])

    def tally(who: Citizen) -> list[int]:
        return [option["votes_count"] for option in who.sees(said)["poll"]["options"]]

    until(lambda: tally(world.ada) == [1, 1], "both votes to be counted")

    # Then, when it ends, all three towns know both votes
    world.north.ends_poll(said)
    everyone = (world.ada, world.bea, world.cleo)
    for_each(everyone, lambda who: who.sees(said)["poll"]["expired"], "the end of the poll")
    for_each(everyone, lambda who: tally(who) == [1, 1], "both votes to be seen")
    # And nobody but Ada's town heard who chose what
    assert world.only([("north", "/users/ada/inbox")], "#votes/", "Create")
    votes = until(lambda: world.north.brought("#votes/")[1:], "the second vote")
    assert len(votes) == 1


def test_a_report_reaches_the_other_town_without_saying_from_whom(world: World) -> None:
    said = world.ada.says("rude")["uri"]
    seen = world.bea.sees(said)
    world.bea.call(
        "POST",
        "/api/v1/reports",
        account_id=seen["account"]["id"],
        status_ids=[seen["id"]],
        comment="not kind",
        forward=True,
    )

    brought = until(lambda: _flags(world.north), "the report")
    assert [flag["actor"] for flag in brought] == [f"{world.south.url}/actor"]
    assert said in brought[0]["object"]
    assert world.bea.uri not in str(brought[0])
    until(lambda: world.north.reports() == ["not kind"], "the desk to have it")


def test_a_quote_is_asked_for_shown_by_all_and_taken_back(world: World) -> None:
    world.cleo.follows(world.bea)
    said = world.ada.says("a good sentence")
    seen = world.bea.sees(said["uri"])

    # When Bea quotes it, all three towns show it, with leave that anyone can check
    quoting = world.bea.says("look", quoted_status_id=seen["id"])["uri"]
    everyone = (world.ada, world.bea, world.cleo)
    for_each(everyone, lambda who: _quote(who, quoting) == "accepted", "to see it")
    stamp = world.south.read(quoting).json()["quoteAuthorization"]
    leave = world.north.read(stamp).json()
    assert leave["interactingObject"] == quoting
    assert (leave["interactionTarget"], leave["attributedTo"]) == (said["uri"], world.ada.uri)

    # When Ada takes it back, nobody shows it any more
    there = world.ada.sees(quoting)["id"]
    world.ada.call("POST", f"/api/v1/statuses/{said['id']}/quotes/{there}/revoke")
    for_each(everyone, lambda who: _quote(who, quoting) == "revoked", "to lose it")
    assert world.north.read(stamp).status_code == 404


def test_who_is_blocked_gets_nothing_and_is_told_so(world: World) -> None:
    # Given Dora, whom both towns follow
    dora = Citizen(world.north, "dora")
    for who in (world.bea, world.cleo):
        who.follows(dora)

    # When she blocks Cleo
    id_ = dora.finds(world.cleo)["id"]
    dora.call("POST", f"/api/v1/accounts/{id_}/block")
    there = world.cleo.finds(dora)["id"]
    until(lambda: not world.cleo.relationship(there)["following"], "the follow to end")
    said = dora.says("just us", visibility="private")["uri"]
    world.fence(dora, world.south)
    world.fence(world.ada, world.west)

    # Then what she says for her followers goes to Bea's town alone, and Cleo may not come back
    assert world.receivers(said, "Create") == {("south", "/inbox")}
    assert world.cleo.knows(said) is None
    world.cleo.call("POST", f"/api/v1/accounts/{there}/follow", expects=403)


def test_who_moves_house_takes_their_followers_along(world: World) -> None:
    # Given Gina, whom Bea and Cleo follow, and who has another account at west
    there = moving_in({"gina": world.north, "gina2": world.west})
    gina, gina2 = there["gina"], there["gina2"]
    for who in (world.bea, world.cleo):
        who.follows(gina)

    # When the new one says that it was the old one, and the old one that it goes there
    with closing(gina2.browser()) as browser:
        given = {"deed": "mine", "address": gina.handle}
        assert browser.post("/settings/move", data=given).status_code == 303
    with closing(gina.browser()) as browser:
        given = {"deed": "go", "address": gina2.handle, "password": PASSWORD}
        assert browser.post("/settings/move", data=given).status_code == 303

    # Then both towns are told, and both followers follow the new one and nobody the old one
    path = f"/api/v1/accounts/{gina2.id}/followers"
    arrived = {"bea@" + world.south.server.host, "cleo"}
    until(lambda: {one["acct"] for one in gina2.call("GET", path)} == arrived, "both to follow")
    assert world.only(SHARED, gina2.uri, "Move")
    path = f"/api/v1/accounts/{gina.id}/followers"
    until(lambda: gina.call("GET", path) == [], "nobody to follow the old one")
    assert world.north.read(gina.uri).json()["movedTo"] == gina2.uri


def for_each(people: Iterable[Citizen], question: Callable[[Citizen], object], what: str) -> None:
    """Wait until `question` is answered with something true for each of them."""
    for who in people:
        until(lambda who=who: question(who), f"{what} by {who.name}")  # type: ignore[misc]


def _reads(who: Citizen, uri: str, content: str) -> Callable[[], bool]:
    def ask() -> bool:
        seen = who.knows(uri)
        return seen is not None and seen["content"] == content

    return ask


def _flags(town: Town) -> list[Document]:
    return [one.document for one in list(town.door.knocked) if one.document.get("type") == "Flag"]


def _quote(who: Citizen, uri: str) -> str | None:
    seen = who.knows(uri)
    return None if seen is None or seen["quote"] is None else str(seen["quote"]["state"])
