"""activitypub-c2s-toolkit, a test bench in the browser: its own requests, in order."""

import pytest

from tests.c2s.field import ADA, PKCE, keep, let_in
from tests.fediverse import PUBLIC, Fediverse
from tests.oauth.conftest import VERIFIER, Place
from tests.oauth.conftest import place as place


@pytest.mark.parametrize("way", ["cimd", "rfc7591", "apps"])
async def test_the_toolkit(place: Place, fediverse: Fediverse, way: str) -> None:
    http, back = place.api, "https://toolkit.test/callback"
    resource = (await http.get("/.well-known/oauth-protected-resource")).json()
    assert resource["authorization_servers"] == ["https://here.test/"]
    metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
    secret = None
    if way == "cimd":
        assert metadata["client_id_metadata_document_supported"] is True
        client_id = "https://toolkit.test/cimd.json"
        document = {
            "client_id": client_id,
            "client_name": "C2S toolkit",
            "redirect_uris": [back],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        }
        keep(fediverse, "toolkit.test", document, "application/json")
    elif way == "rfc7591":
        wish = {"client_name": "C2S toolkit", "redirect_uris": [back], "scope": "read write"}
        app = (await http.post(metadata["registration_endpoint"], json=wish)).json()
        client_id, secret = app["client_id"], app["client_secret"]
    else:
        wish = {"client_name": "C2S toolkit", "redirect_uris": back, "scopes": "read write"}
        for how in ({"json": wish}, {"data": wish}):
            answer = await http.post("/api/v1/apps", **how)  # type: ignore[arg-type]
            assert answer.status_code == 200
        client_id, secret = answer.json()["client_id"], answer.json()["client_secret"]
    code = await let_in(
        place, client_id=client_id, redirect_uri=back, scope="read write", state="s", **PKCE
    )
    given = await place.exchange(
        code, client_id=client_id, client_secret=secret, redirect_uri=back, code_verifier=VERIFIER
    )
    tokens = given.json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    # The actor, however it looks for it
    assert tokens["me"] == ADA
    asked = {"token": tokens["access_token"], "client_id": client_id}
    if secret is not None:
        asked["client_secret"] = secret
        worth = await http.post(metadata["introspection_endpoint"], data=asked)
        assert worth.json()["active"] is True
        assert worth.json()["me"] == ADA
    mine = (await http.get("/api/v1/accounts/verify_credentials", headers=bearer)).json()
    assert mine["uri"] == ADA
    # Its core suite
    found = await http.get("/.well-known/webfinger", params={"resource": "acct:ada@here.test"})
    assert ADA in [one.get("href") for one in found.json()["links"]]
    links = (await http.get("/.well-known/nodeinfo")).json()["links"]
    info = (await http.get(next(one["href"] for one in links if "schema" in one["rel"]))).json()
    assert "activitypub" in info["protocols"]
    as2 = {**bearer, "Accept": "application/activity+json"}
    actor = (await http.get(ADA, headers=as2)).json()
    headers = {**bearer, "Content-Type": "application/activity+json"}
    note = {"type": "Note", "content": "hello", "to": [PUBLIC]}
    for document in ({"type": "Create", "object": note, "to": [PUBLIC]}, note):
        done = await http.post(actor["outbox"], json=document, headers=headers)
        assert (done.status_code, done.json()["type"]) == (201, "Create")
    bea = place.instance.add("bea")
    await bea.does({**note, "to": [ADA]})
    for box in ("inbox", "outbox"):
        head = (await http.get(actor[box], headers=as2)).json()
        assert head["type"] == "OrderedCollection"
        assert head["eventStream"].startswith("https://here.test/")
        page = (await http.get(head["first"], headers=as2)).json()
        item = page["orderedItems"][0]
        read = await http.get(item["id"], headers=as2)
        assert (read.status_code, read.json()["id"]) == (200, item["id"])
