"""Each thing the independent server can do, each thing we do to it: both dialects of signatures,
from people who prove what they say and from people who do not."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from tests.components.fedify import FedifyServer, Knock
from tests.components.processes import until
from tests.federation.towns import Citizen, Town, towns

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_NUMBERS = count(1)
# One pair of strangers for each way of speaking, so that none knows what another did.
EVAS = {"cavage": ("eva", "finn", "mia", "noa"), "rfc9421": ("gus", "hana", "nils", "omar")}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns(tmp_path_factory.mktemp("town"), "north") as (north,):
        yield north


@pytest.fixture(scope="module", params=["with proofs", "without proofs"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FedifyServer]:
    log = tmp_path_factory.mktemp("fedify") / "fedify.log"
    people = (*EVAS["cavage"], *EVAS["rfc9421"])
    fedify = FedifyServer(log, people=people, proves=request.param == "with proofs")
    fedify.start()
    yield fedify
    state = fedify.state()
    fedify.stop()
    # Whatever was said, nothing was refused, and nothing went wrong on the other side.
    assert (state["unverified"], state["refused"], state["errors"]) == ([], [], [])


class Pair:
    """Ana here and Eva there; they follow each other. The others are Eva's neighbours."""

    def __init__(self, town: Town, there: FedifyServer, knock: Knock) -> None:
        self.town, self.there, self.knock = town, there, knock
        self.eva, self.finn, self.mia, self.noa = EVAS[knock]
        self.eva_uri = there.actor(self.eva)
        self.ana = Citizen(town, f"ana{next(_NUMBERS)}")
        there.follow(self.ana.uri, who=self.eva, knock=knock)
        there.wait_for_activity("Accept", actor=self.ana.uri)
        found = self.ana.call("GET", "/api/v2/search", q=there.handle(self.eva), resolve=True)
        self.eva_id = found["accounts"][0]["id"]
        self.ana.call("POST", f"/api/v1/accounts/{self.eva_id}/follow")
        self.knows_of_eva("following")

    def knows_of_eva(self, what: str, answer: bool = True) -> None:
        """Wait until Ana's relationship to Eva says so."""
        question = lambda: self.ana.relationship(self.eva_id)[what] is answer  # noqa: E731
        until(question, f"{what} to be {answer}")

    def counts(self, status: dict[str, Any], what: str, number: int) -> None:
        """Wait until a post of Ana's counts so many."""
        path = f"/api/v1/statuses/{status['id']}"
        until(lambda: self.ana.call("GET", path)[what] == number, f"{what} to be {number}")

    def performs(self, document: dict[str, Any]) -> str:
        """Let Eva do something, to Ana and her followers; returns the id."""
        to = {"to": [PUBLIC], **document}
        answer = self.there.perform(to, to=self.ana.uri, who=self.eva, knock=self.knock)
        return str(answer["id"])


@pytest.fixture(params=list(EVAS))
def pair(request: pytest.FixtureRequest, town: Town, server: FedifyServer) -> Iterator[Pair]:
    pair = Pair(town, server, request.param)
    yield pair
    server.unfollow(pair.ana.uri, who=pair.eva, knock=pair.knock)


def test_what_they_say_arrives_is_corrected_and_is_taken_back(pair: Pair) -> None:
    there, ana, how = pair.there, pair.ana, {"who": pair.eva, "knock": pair.knock}
    said = ana.says("a question")

    public = there.post("<p>to all</p>", **how)["object"]
    followers = there.post("<p>to some</p>", audience="followers", **how)["object"]
    direct = there.post("<p>to you</p>", audience="direct", mention=(ana.uri,), **how)["object"]
    answer = there.reply(said["uri"], "<p>an answer</p>", **how)["object"]

    seen = {uri: ana.sees(uri) for uri in (public, followers, direct, answer)}
    kinds = [seen[uri]["visibility"] for uri in (public, followers, direct, answer)]
    assert kinds == ["public", "private", "direct", "public"]
    assert seen[answer]["in_reply_to_id"] == said["id"]

    there.edit(public, "<p>to everyone</p>", who=pair.eva)
    until(lambda: ana.sees(public)["content"] == "<p>to everyone</p>", "the correction")
    there.delete(public, who=pair.eva)
    until(lambda: ana.knows(public) is None, "the deletion")


def test_how_they_take_what_we_say_is_counted_and_taken_back(pair: Pair) -> None:
    there, how = pair.there, {"who": pair.eva, "knock": pair.knock}
    said = pair.ana.says("look")

    liked = there.like(said["uri"], **how)["id"]
    pair.counts(said, "favourites_count", 1)
    boosted = there.announce(said["uri"], **how)["id"]
    pair.counts(said, "reblogs_count", 1)
    for done, what in ((liked, "favourites_count"), (boosted, "reblogs_count")):
        there.undo(done, who=pair.eva)
        pair.counts(said, what, 0)

    reacted = pair.performs({"type": "EmojiReact", "object": said["uri"], "content": "🎉"})
    pair.counts(said, "favourites_count", 1)
    there.undo(reacted, who=pair.eva)
    pair.counts(said, "favourites_count", 0)


def test_a_question_of_theirs_is_answered_and_one_of_ours_too(pair: Pair) -> None:
    # When Eva asks, Ana's choice arrives
    note = f"{pair.eva_uri}#questions/{next(_NUMBERS)}"
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 0}}
        for name in ("Saturday", "Sunday")
    ]
    question = {
        "id": note,
        "type": "Question",
        "attributedTo": pair.eva_uri,
        "content": "<p>when?</p>",
        "oneOf": options,
        "endTime": "2126-01-01T00:00:00Z",
        "to": [PUBLIC],
    }
    pair.performs({"type": "Create", "object": question})
    poll = pair.ana.sees(note)["poll"]
    assert [option["title"] for option in poll["options"]] == ["Saturday", "Sunday"]
    pair.ana.call("POST", f"/api/v1/polls/{poll['id']}/votes", choices=[1])
    vote = _received(pair.there, "Create", lambda one: "#votes/" in str(one["object"]))
    assert vote["document"]["object"]["name"] == "Sunday"
    options[1]["replies"]["totalItems"] = 9  # type: ignore[index]
    pair.performs({"type": "Update", "object": question})
    until(lambda: pair.ana.sees(note)["poll"]["options"][1]["votes_count"] == 9, "the tally")

    # When Ana asks, Eva's choice is counted
    said = pair.ana.says("where?", poll={"options": ["here", "there"], "expires_in": 3600})
    choice = {
        "id": f"{pair.eva_uri}#votes/{next(_NUMBERS)}",
        "type": "Note",
        "name": "there",
        "attributedTo": pair.eva_uri,
        "inReplyTo": said["uri"],
        "to": [pair.ana.uri],
    }
    pair.performs({"type": "Create", "object": choice, "to": [pair.ana.uri]})
    tally = lambda: pair.ana.sees(said["uri"])["poll"]["options"][1]["votes_count"]  # noqa: E731
    until(lambda: tally() == 1, "the vote to be counted")


def test_a_quote_is_asked_for_and_let(pair: Pair) -> None:
    said = pair.ana.says("quote me")
    quoting = pair.there.post("<p>as she says</p>", who=pair.eva, knock=pair.knock)["object"]

    asked = pair.performs(
        {"type": "QuoteRequest", "object": said["uri"], "instrument": quoting, "to": [pair.ana.uri]}
    )

    answer = _received(pair.there, "Accept", lambda one: asked in str(one["document"]))
    assert pair.town.read(answer["document"]["result"]).status_code == 200


def test_what_they_show_on_their_profile_is_shown(pair: Pair) -> None:
    note = pair.there.post("<p>who I am</p>", who=pair.eva, knock=pair.knock)["object"]
    pair.ana.sees(note)
    path = f"/api/v1/accounts/{pair.eva_id}/statuses"
    pinned = lambda: [one["uri"] for one in pair.ana.call("GET", path, pinned=True)]  # noqa: E731

    featured = {"object": note, "target": f"{pair.eva_uri}/featured"}
    pair.performs({"type": "Add", **featured})
    until(lambda: note in pinned(), "the pin")
    pair.performs({"type": "Remove", **featured})
    until(lambda: note not in pinned(), "the pin to go")


def test_a_report_of_theirs_comes_to_the_desk(pair: Pair) -> None:
    said = pair.ana.says("not nice")

    pair.performs(
        {
            "type": "Flag",
            "object": [pair.ana.uri, said["uri"]],
            "content": f"about {said['uri']}",
            "to": [pair.ana.uri],
        }
    )

    until(lambda: f"about {said['uri']}" in pair.town.reports(), "the report")


def test_who_is_locked_says_yes_or_no_and_whoever_blocks_is_left_alone(pair: Pair) -> None:
    there, ana, finn = pair.there, pair.ana, pair.finn
    # Ours asks, and they say no, and then yes
    there.lock(who=finn)
    found = ana.call("GET", "/api/v2/search", q=there.handle(finn), resolve=True)
    id_ = found["accounts"][0]["id"]
    for verdict, is_yes in ((there.reject, False), (there.accept, True)):
        ana.call("POST", f"/api/v1/accounts/{id_}/follow")
        until(lambda: ana.uri in there.person(finn)["requests"], "the request")
        verdict(ana.uri, who=finn)
        until(lambda: not ana.relationship(id_)["requested"], "the answer")
        assert ana.relationship(id_)["following"] is is_yes
    there.lock(False, who=finn)

    # They ask, and ours says no, and then yes
    ana.call("PATCH", "/api/v1/accounts/update_credentials", locked=True)
    follows = lambda: there.person(finn)["following"].get(ana.uri)  # noqa: E731
    for answer, state in (("reject", "rejected"), ("authorize", "accepted")):
        there.follow(ana.uri, who=finn, knock=pair.knock)
        waiting = until(lambda: ana.call("GET", "/api/v1/follow_requests"), "the request")
        ana.call("POST", f"/api/v1/follow_requests/{waiting[0]['id']}/{answer}")
        until(lambda: follows() == state, state)  # noqa: B023
    ana.call("PATCH", "/api/v1/accounts/update_credentials", locked=False)

    # They block, which ends the follows in both directions, and think better of it
    blocked = pair.performs({"type": "Block", "object": ana.uri, "to": [ana.uri]})
    pair.knows_of_eva("blocked_by")
    pair.knows_of_eva("following", False)
    pair.knows_of_eva("followed_by", False)
    there.undo(blocked, who=pair.eva)
    pair.knows_of_eva("blocked_by", False)


def test_who_moves_is_followed_at_their_new_address(pair: Pair) -> None:
    # Given Ana, who follows Mia
    there, ana = pair.there, pair.ana
    mia, noa = there.actor(pair.mia), there.actor(pair.noa)
    found = ana.call("GET", "/api/v2/search", q=there.handle(pair.mia), resolve=True)
    id_ = found["accounts"][0]["id"]
    ana.call("POST", f"/api/v1/accounts/{id_}/follow")
    until(lambda: ana.relationship(id_)["following"], "Mia's yes")

    # When Noa says that she was Mia, and Mia that she moves there
    there.claim(mia, who=pair.noa)
    move = {"type": "Move", "object": mia, "target": noa, "to": [PUBLIC]}
    there.perform(move, to=ana.uri, who=pair.mia, knock=pair.knock)

    # Then Ana follows Noa
    _received(there, "Follow", lambda one: one["actor"] == ana.uri and one["object"] == noa)
    until(lambda: not ana.relationship(id_)["following"], "the old follow to end")


def test_what_we_say_and_do_is_understood_there(pair: Pair) -> None:
    there, ana = pair.there, pair.ana
    note = there.post("<p>good news</p>", who=pair.eva, knock=pair.knock)["object"]
    id_ = ana.sees(note)["id"]

    # What we say, correct, pin and take back
    said = {
        visibility: ana.says(f"hello @{there.handle(pair.eva)}", visibility=visibility)
        for visibility in ("public", "unlisted", "private", "direct")
    }
    for status in said.values():
        there.wait_for_activity("Create", object=status["uri"])
    public = said["public"]
    ana.call("PUT", f"/api/v1/statuses/{public['id']}", status="hello again")
    there.wait_for_activity("Update", object=public["uri"])
    ana.call("POST", f"/api/v1/statuses/{public['id']}/pin")
    there.wait_for_activity("Add", object=public["uri"])
    ana.call("POST", f"/api/v1/statuses/{public['id']}/unpin")
    there.wait_for_activity("Remove", object=public["uri"])
    ana.call("DELETE", f"/api/v1/statuses/{public['id']}")
    there.wait_for_activity("Delete", object=public["uri"])

    # How we take what they say
    for deed, undoing, kind in (
        ("favourite", "unfavourite", "Like"),
        ("reblog", "unreblog", "Announce"),
    ):
        ana.call("POST", f"/api/v1/statuses/{id_}/{deed}")
        done = there.wait_for_activity(kind, object=note, actor=ana.uri)
        ana.call("POST", f"/api/v1/statuses/{id_}/{undoing}")
        there.wait_for_activity("Undo", object=done["id"])

    # What we say of ourselves, and that we go
    ana.call("PATCH", "/api/v1/accounts/update_credentials", display_name="Ana Again")
    there.wait_for_activity("Update", object=ana.uri)
    ana.call("POST", f"/api/v1/accounts/{pair.eva_id}/unfollow")
    _received(there, "Undo", lambda one: one["actor"] == ana.uri and "Follow" in str(one))


def _received(
    there: FedifyServer, kind: str, is_it: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Wait for an activity of a kind that fits."""

    def ask() -> dict[str, Any] | None:
        return next((one for one in there.received(kind) if is_it(one)), None)

    return until(ask, f"a {kind}")
