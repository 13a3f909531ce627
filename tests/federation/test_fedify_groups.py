"""A group of ours, and somebody on an independent server in it: both speak, over real sockets."""

from contextlib import closing

from microfed.here import Here
from microfed.operations.groups import Terms, make_group
from microfed.queries.people import find_local
from microfed.store.database import Database
from tests.components.fedify import FedifyServer
from tests.components.processes import until
from tests.components.server import MicrofedServer
from tests.federation.test_fedify import PUBLIC, Ana, home_of


def test_a_stranger_joins_a_group_of_ours_hears_and_speaks_in_it_and_leaves(
    fedify: FedifyServer, microfed_server: MicrofedServer
) -> None:
    # Given Ana's group
    server, ana = microfed_server, Ana(microfed_server)
    here = Here(server.url, server.host)
    with closing(Database(f"sqlite:///{server.data}/microfed.db", here)) as db, db.writing() as tx:
        founder = find_local(tx, "ana")
        assert founder is not None
        group = make_group(tx, founder=founder, name="chorale", terms=Terms("La chorale")).uri

    # When the stranger joins, Then they are let in, and read it as a group
    fedify.follow(group)
    fedify.wait_for_activity("Accept", actor=group)
    assert fedify.fetch(group)["type"] == "Group"
    assert fedify.fetch(f"{group}/moderators")["totalItems"] == 1

    # And what Ana says in it comes to them in both forms
    note = {"type": "Note", "content": "<p>Qui chante ?</p>", "to": [PUBLIC], "cc": [group]}
    said = ana.does({"type": "Create", "object": {**note, "audience": group}})
    fedify.wait_for_activity("Announce", actor=group, object=said["object"]["id"])
    fedify.wait_for_activity("Announce", actor=group, object=said["id"])

    # And what they say by naming it stands in her home, and is taken back with its author's words
    theirs = fedify.post("<p>Moi</p>", mention=(group,))["object"]
    fedify.wait_for_activity("Announce", actor=group, object=theirs)
    until(lambda: len(home_of(server)) == 2, "the post to be in her home")

    # And a like of it reaches all who are in the group, whole
    liked = ana.does({"type": "Like", "object": theirs})
    fedify.wait_for_activity("Announce", actor=group, object=liked["id"])
    fedify.delete(theirs)
    fedify.wait_for_activity("Undo", actor=group)
    until(lambda: len(home_of(server)) == 1, "the post to be gone from her home")

    # And nothing of it was refused; once they have left, nothing more comes
    state = fedify.state()
    assert (state["unverified"], state["refused"], state["errors"]) == ([], [], [])
    fedify.unfollow(group)
    followers = f"{group.removeprefix(server.url)}/followers"
    until(lambda: fedify.fetch(f"{server.url}{followers}")["totalItems"] == 1, "the end")
