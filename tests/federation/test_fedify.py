"""An independent server, in another language, that refuses everything it cannot verify.

Both are real processes and talk over real sockets: what is promised here holds for strangers.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.components.fedify import FedifyServer, Knock
from tests.components.processes import until
from tests.components.server import MicrofedServer

AS2 = "application/activity+json"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


class Ana:
    """Our member, by way of her token and her outbox."""

    def __init__(self, server: MicrofedServer) -> None:
        member = server.add_member("ana", scopes="read write")
        self.actor: str = member["actor"]
        self._headers = {"Authorization": f"Bearer {member['token']}", "Content-Type": AS2}

    def does(self, activity: dict[str, Any]) -> dict[str, Any]:
        response = httpx.post(
            f"{self.actor}/outbox", json=activity, headers=self._headers, trust_env=False
        )
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        assert response.headers["location"] == answer["id"]
        return answer

    def says(self, content: str) -> dict[str, Any]:
        return self.does(
            {
                "type": "Note",
                "content": content,
                "to": [PUBLIC],
                "cc": [f"{self.actor}/followers"],
            }
        )

    def read(self, path: str) -> dict[str, Any]:
        headers = {"Accept": AS2, "Authorization": self._headers["Authorization"]}
        response = httpx.get(f"{self.actor}/{path}", headers=headers, trust_env=False)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


@pytest.mark.parametrize("knock", ["cavage", "rfc9421"])
def test_a_stranger_follows_reads_edits_and_deletes_and_leaves(
    fedify: FedifyServer, microfed_server: MicrofedServer, knock: Knock
) -> None:
    # Given a member here, and somebody on a server that is not ours
    ana = Ana(microfed_server)

    # When the stranger follows, Then the Accept arrives and both sides say so
    fedify.follow(ana.actor, knock=knock)
    fedify.wait_for_activity("Accept", actor=ana.actor)
    assert ana.read("followers?page=true")["orderedItems"] == [fedify.actor()]
    assert ana.actor in fedify.person()["following"]

    # And what our member says, corrects and takes back arrives
    said = ana.says("<p>Le marché ouvre à 8 h</p>")["object"]["id"]
    fedify.wait_for_activity("Create", object=said)
    ana.does({"type": "Update", "object": {"id": said, "type": "Note", "content": "<p>À 9 h</p>"}})
    fedify.wait_for_activity("Update", object=said)
    ana.does({"type": "Delete", "object": said})
    fedify.wait_for_activity("Delete", object=said)

    # And once the stranger leaves, nothing more is sent
    fedify.unfollow(ana.actor, knock=knock)
    until(lambda: ana.read("followers?page=true")["orderedItems"] == [], "the follow to end")


def test_our_member_follows_a_stranger_and_reads_their_post(
    fedify: FedifyServer, microfed_server: MicrofedServer
) -> None:
    # Given a member here who follows somebody elsewhere
    ana = Ana(microfed_server)
    follow = ana.does({"type": "Follow", "object": fedify.actor()})
    fedify.wait_for_activity("Follow", actor=ana.actor)
    until(
        lambda: ana.read("following?page=true")["orderedItems"] == [fedify.actor()],
        "the stranger's yes",
    )

    # When the stranger says something, and our member likes it and passes it on
    note = fedify.post("<p>Bonjour du dehors</p>")
    uri = note["object"]
    until(lambda: uri in home_of(microfed_server), "the post to be in her home")
    ana.does({"type": "Like", "object": uri})
    fedify.wait_for_activity("Like", object=uri)
    ana.does({"type": "Announce", "object": uri})
    fedify.wait_for_activity("Announce", object=uri)

    # Then it is known here, and once our member leaves the stranger knows it
    ana.does({"type": "Undo", "object": follow["id"]})
    fedify.wait_for_activity("Undo", actor=ana.actor)
    until(lambda: ana.read("following?page=true")["orderedItems"] == [], "the follow to end")


def test_two_places_that_want_every_question_signed_find_each_other(
    make_fedify: Callable[..., FedifyServer], make_microfed_server: Callable[..., MicrofedServer]
) -> None:
    # Given two servers of which neither shows anything to whoever does not sign
    fedify = make_fedify("eva", secure=True)
    server = make_microfed_server(AUTHORIZED_FETCH="true")
    ana = Ana(server)
    bare = httpx.get(f"{ana.actor}/outbox", headers={"Accept": AS2}, trust_env=False)
    assert bare.status_code == 401

    # When each follows the other, and each says something
    fedify.follow(ana.actor)
    fedify.wait_for_activity("Accept", actor=ana.actor)
    ana.does({"type": "Follow", "object": fedify.actor()})
    until(
        lambda: ana.read("following?page=true")["orderedItems"] == [fedify.actor()],
        "the stranger's yes",
    )
    said = ana.says("<p>derrière la porte</p>")["object"]["id"]
    note = fedify.post("<p>hinter der Tür</p>")["object"]

    # Then both read it, and can ask for what they read
    fedify.wait_for_activity("Create", object=said)
    until(lambda: note in home_of(server), "the post to be in her home")
    assert fedify.fetch(said)["content"] == "<p>derrière la porte</p>"
    for uri in (said, f"{ana.actor}/followers"):
        answer = httpx.get(uri, headers={"Accept": AS2}, trust_env=False)
        assert answer.status_code == 401
    # And anyone reads what it takes to check a signature, of a member and of the place
    little = httpx.get(ana.actor, headers={"Accept": AS2}, trust_env=False).json()
    assert {"publicKey", "inbox", "endpoints"} <= little.keys()
    assert "summary" not in little
    place = httpx.get(f"{server.url}/actor", headers={"Accept": AS2}, trust_env=False).json()
    assert {"publicKey", "inbox"} <= place.keys()


def home_of(server: MicrofedServer) -> list[str]:
    """Return what stands in the home timelines of that server."""
    query = "SELECT uri FROM home_entries JOIN posts ON posts.id = home_entries.post_id"
    path = f"file:{server.data / 'microfed.db'}?mode=ro"
    with closing(sqlite3.connect(path, uri=True)) as db:
        return [uri for (uri,) in db.execute(query)]
