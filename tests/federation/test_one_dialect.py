"""A server that believes only one dialect of signatures, whichever it is, gets everything."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.components.processes import until
from tests.components.remote import RemoteServer
from tests.components.verifying import check_cavage, check_rfc9421
from tests.federation.towns import PASSWORD, Citizen, Town, towns

# All that FEDERATION.md says we send.
EVERYTHING = {
    *("Follow", "Accept", "Reject", "Undo", "Create", "Update", "Delete", "Announce", "Like"),
    *("Block", "Flag", "Move", "Add", "Remove", "QuoteRequest"),
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns(tmp_path_factory.mktemp("town"), "north") as (north,):
        yield north


@pytest.mark.parametrize(
    ("name", "check", "refused"),
    # The first knock is cavage: it opens at once, or is sent back until that is remembered.
    [("cavy", check_cavage, range(1)), ("nina", check_rfc9421, range(1, 7))],
)
def test_who_believes_only_one_dialect_gets_everything(
    town: Town, name: str, check: Callable[..., None], refused: range
) -> None:
    ana = Citizen(town, name)
    with RemoteServer("bea", "bo", "new") as there:
        there.check = check
        there.documents["/users/new"] = {**there.describe("new"), "alsoKnownAs": [ana.uri]}
        _do_everything(there, ana)

        kinds = {one.document["type"] for one in there.arrived}
        assert kinds == EVERYTHING
        assert len(there.refused) in refused, there.refused


def _do_everything(there: RemoteServer, ana: Citizen) -> None:
    inbox = f"{ana.uri}/inbox"

    def sends(document: dict[str, Any], who: str = "bea") -> None:
        assert there.send(inbox, document, who=who) == 202

    # They follow each other; Bo, who asks too, hears no
    id_ = _found(ana, f"bea@{there.host}")
    ana.call("POST", f"/api/v1/accounts/{id_}/follow")
    (follow,) = _arrive(there, "Follow")
    sends(there.activity("Accept", "yes", object=follow))
    sends(there.activity("Follow", "me too", object=ana.uri))
    _arrive(there, "Accept")
    ana.call("PATCH", "/api/v1/accounts/update_credentials", locked=True)
    sends(there.activity("Follow", "me three", "bo", object=ana.uri), who="bo")
    waiting = until(lambda: ana.call("GET", "/api/v1/follow_requests"), "the request")
    ana.call("POST", f"/api/v1/follow_requests/{waiting[0]['id']}/reject")
    _arrive(there, "Reject")

    # What Bea says is liked, passed on, quoted and answered in all ways
    create = there.create(1, "<p>good news</p>", interactionPolicy=_ASK_FIRST)
    there.documents["/users/bea/notes/1"] = create["object"]
    sends(create)
    theirs = ana.sees(create["object"]["id"])["id"]
    for deed in ("favourite", "unfavourite", "reblog", "unreblog"):
        ana.call("POST", f"/api/v1/statuses/{theirs}/{deed}")
    _arrive(there, "Undo", 2)
    ana.says("as she says", quoted_status_id=theirs)
    _arrive(there, "QuoteRequest")

    # What Ana says is told, corrected, shown on her profile and taken back
    poll = {"options": ["here", "there"], "expires_in": 3600}
    said = [
        ana.says(f"{audience} @bea@{there.host}", visibility=audience) for audience in _AUDIENCES
    ]
    said.append(ana.says("where?", poll=poll))
    first = said[0]["id"]
    ana.call("PUT", f"/api/v1/statuses/{first}", status="once more")
    for deed in ("pin", "unpin"):
        ana.call("POST", f"/api/v1/statuses/{first}/{deed}")
    ana.call("DELETE", f"/api/v1/statuses/{first}")
    _arrive(there, "Delete")
    created = {one["object"]["id"] for one in there.received("Create")}
    assert {one["uri"] for one in said} <= created

    # Bo is reported and shut out
    bo = _found(ana, f"bo@{there.host}")
    ana.call("POST", "/api/v1/reports", account_id=bo, comment="rude", forward=True)
    _arrive(there, "Flag")
    ana.call("POST", f"/api/v1/accounts/{bo}/block")
    _arrive(there, "Block")

    # And Ana moves there
    with closing(ana.browser()) as browser:
        given = {"deed": "go", "address": f"new@{there.host}", "password": PASSWORD}
        assert browser.post("/settings/move", data=given).status_code == 303
    _arrive(there, "Move")


_AUDIENCES = ("public", "unlisted", "private", "direct")
_ASK_FIRST = {
    "canQuote": {
        "automaticApproval": [],
        "manualApproval": ["https://www.w3.org/ns/activitystreams#Public"],
    }
}


def _found(ana: Citizen, handle: str) -> str:
    found = ana.call("GET", "/api/v2/search", q=handle, resolve=True, type="accounts")
    return str(found["accounts"][0]["id"])


def _arrive(there: RemoteServer, kind: str, number: int = 1) -> list[dict[str, Any]]:
    """Wait until so many of a kind arrived."""

    def ask() -> list[dict[str, Any]] | None:
        found = there.received(kind)
        return found if len(found) >= number else None

    return until(ask, f"{number} {kind}")
