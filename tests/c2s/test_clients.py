"""Clients that exist, as they were read in their code: their own requests, in order.

Headers, media types and forms are theirs to the letter; what is asserted is what they go on with.
The fourth, a test bench, is in test_toolkit.
"""

import base64
import json
from typing import Any

import httpx
import pytest

from tests.c2s.field import ADA, LD_JSON, PKCE, keep, let_in
from tests.fediverse import PUBLIC, Fediverse
from tests.media.pictures import noise
from tests.oauth.conftest import VERIFIER, Place
from tests.oauth.conftest import place as place


class Evanp:
    """evanp/ap 0.3, a command line."""

    ACCEPT = "application/ld+json,application/activity+json,application/json"
    CLIENT_ID = "https://evanp.github.io/ap/client.jsonld"
    BACK = "http://localhost:63546/callback"

    def __init__(self, place: Place) -> None:
        self.place = place
        self.actor: dict[str, Any] = {}
        self.token = ""

    async def login(self) -> None:
        http = self.place.api
        found = await http.get(
            "https://here.test/.well-known/webfinger", params={"resource": "acct:ada@here.test"}
        )
        links = found.json()["links"]
        (uri,) = (
            link["href"]
            for link in links
            if link.get("rel") == "self" and link.get("type") == "application/activity+json"
        )
        self.actor = (await http.get(uri, headers={"Accept": self.ACCEPT})).json()
        endpoints = self.actor["endpoints"]
        assert endpoints["oauthAuthorizationEndpoint"] == "https://here.test/oauth/authorize"
        code = await let_in(
            self.place,
            client_id=self.CLIENT_ID,
            redirect_uri=self.BACK,
            scope="read write",
            state="s",
            **PKCE,
        )
        answer = await http.post(
            endpoints["oauthTokenEndpoint"],
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.BACK,
                "client_id": self.CLIENT_ID,
                "code_verifier": VERIFIER,
            },
        )
        self.token = answer.json()["access_token"]

    async def get(self, uri: str) -> Any:
        if not uri.startswith("https://here.test/"):
            answer = await self.place.api.post(
                self.actor["endpoints"]["proxyUrl"],
                data={"id": uri},
                headers={"Authorization": f"Bearer {self.token}", "Accept": self.ACCEPT},
            )
        else:
            headers = {"Authorization": f"Bearer {self.token}", "Accept": self.ACCEPT}
            answer = await self.place.api.get(uri, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def items(self, uri: str) -> list[Any]:
        """As its `items()`: whatever of items, orderedItems, first and next there is."""
        page = await self.get(uri)
        if "first" in page:
            first = page["first"]
            page = await self.get(first) if isinstance(first, str) else first
        found = []
        while True:
            found += page.get("orderedItems", page.get("items", []))
            if "next" not in page:
                return found
            page = await self.get(page["next"])

    async def do(self, activity: dict[str, Any]) -> Any:
        document = {"@context": "https://www.w3.org/ns/activitystreams", **activity}
        answer = await self.place.api.post(
            self.actor["outbox"],
            content=json.dumps(document),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": LD_JSON},
        )
        answer.raise_for_status()
        done = answer.json()
        assert done["id"]
        return done


@pytest.fixture
def bea(place: Place) -> str:
    """Bea lives here too."""
    place.add("bea")
    return place.instance.neighbours["bea"].uri


async def test_evanp_ap(place: Place, fediverse: Fediverse, bea: str) -> None:
    document = {
        "@context": [
            "https://www.w3.org/ns/activitystreams",
            "https://purl.archive.org/socialweb/oauth",
        ],
        "id": Evanp.CLIENT_ID,
        "type": "Application",
        "nameMap": {"en": "ap"},
        "redirectURI": Evanp.BACK,
    }
    keep(fediverse, "evanp.github.io", document, "application/activity+json")
    ap = Evanp(place)
    await ap.login()
    neighbour = place.instance.neighbours["bea"]
    south = await fediverse.instance("south.test")
    dan = south.add("dan")

    # ap create note --public, ap create note --to
    note = await ap.do(
        {
            "type": "Create",
            "to": [PUBLIC],
            "cc": [ap.actor["followers"]],
            "object": {"type": "Note", "contentMap": {"en": "Hello, World!"}},
        }
    )
    assert "Hello, World!" in (await ap.get(note["object"]["id"]))["content"]
    assert (await ap.get(note["object"]["id"]))["to"] == [PUBLIC]
    # ap update note
    uri = note["object"]["id"]
    await ap.do({"type": "Update", "object": {"type": "Note", "id": uri, "content": "Bye"}})
    assert "Bye" in (await ap.get(uri))["content"]
    # ap follow, ap pending following, ap undo follow, over the proxy as well
    for whom in (bea, dan.uri):
        target = await ap.get(whom)
        await ap.do({"type": "Follow", "object": target["id"], "to": [target["id"]]})
    (waits,) = await ap.items(ap.actor["pendingFollowing"])
    assert waits["object"] == dan.uri
    await fediverse.settle()
    assert await ap.items(ap.actor["pendingFollowing"]) == []
    assert await ap.items(ap.actor["following"]) == [dan.uri, bea]
    follows = [one for one in await ap.items(ap.actor["outbox"]) if one["type"] == "Follow"]
    (mine,) = [one for one in follows if one["object"] == dan.uri]
    await ap.do({"type": "Undo", "object": mine, "to": [dan.uri]})
    assert await ap.items(ap.actor["following"]) == [bea]
    # ap like, ap share, their collections hold the activities; ap undo like scans the outbox
    theirs = (await neighbour.says("hi"))["object"]
    liked = await ap.do({"type": "Like", "object": theirs["id"], "to": [bea, PUBLIC]})
    shared = await ap.do({"type": "Announce", "object": theirs["id"], "to": [PUBLIC]})
    post = await ap.get(theirs["id"])
    assert [one["actor"] for one in await ap.items(post["likes"]["id"])] == [ADA]
    assert [one["id"] for one in await ap.items(post["shares"]["id"])] == [shared["id"]]
    (found,) = [one for one in await ap.items(ap.actor["outbox"]) if one["type"] == "Like"]
    embedded = {"id": found["id"], "type": "Like", "object": theirs["id"], "actor": ADA}
    assert found["id"] == liked["id"]
    await ap.do({"type": "Undo", "object": embedded, "to": [bea]})
    assert await ap.items(ap.actor["liked"]) == []
    # ap reply; the answer stands below what it answers
    reply = await ap.do(
        {
            "type": "Create",
            "to": [bea, PUBLIC],
            "object": {
                "type": "Note",
                "inReplyTo": theirs["id"],
                "content": "yes",
                "tag": [{"type": "Mention", "href": bea}],
            },
        }
    )
    assert await ap.items(f"{theirs['id']}/replies") == [reply["object"]["id"]]
    # ap create collection, ap add, ap remove
    made = await ap.do(
        {
            "type": "Create",
            "to": [PUBLIC],
            "object": {"type": "Collection", "nameMap": {"en": "Good"}},
        }
    )
    target = made["object"]["id"]
    await ap.do({"type": "Add", "object": theirs["id"], "target": target})
    assert await ap.items(target) == [theirs["id"]]
    await ap.do({"type": "Remove", "object": theirs["id"], "target": target})
    assert await ap.items(target) == []
    # ap pending followers, ap accept follower
    await ap.do(
        {
            "type": "Update",
            "object": {"id": ADA, "type": "Person", "manuallyApprovesFollowers": True},
        }
    )
    await neighbour.does({"type": "Follow", "object": ADA})
    (asked,) = await ap.items(ap.actor["pendingFollowers"])
    await ap.do({"type": "Accept", "object": asked, "to": [asked["actor"]]})
    assert await ap.items(ap.actor["followers"]) == [bea]
    # ap inbox, ap upload, ap delete
    assert {one["type"] for one in await ap.items(ap.actor["inbox"])} >= {"Create", "Follow"}
    brought = await place.api.post(
        ap.actor["endpoints"]["uploadMedia"],
        headers={"Authorization": f"Bearer {ap.token}"},
        files={
            "file": ("a.png", noise((32, 32), "PNG"), "image/png"),
            "object": (
                "descriptor.jsonld",
                json.dumps({"type": "Image", "nameMap": {"en": "A picture"}}),
                LD_JSON,
            ),
        },
    )
    assert (brought.status_code, brought.json()["name"]) == (201, "A picture")
    await ap.do({"type": "Delete", "object": uri})
    gone = await place.api.get(uri, headers={"Accept": Evanp.ACCEPT})
    assert (gone.status_code, gone.json()["type"]) == (410, "Tombstone")


async def test_checkin(place: Place, fediverse: Fediverse) -> None:
    client_id, back = "https://checkin.swf.pub/client.jsonld", "https://checkin.swf.pub/login.html"
    # It has no type
    document = {
        "@context": [
            "https://www.w3.org/ns/activitystreams",
            "https://purl.archive.org/socialweb/oauth",
        ],
        "id": client_id,
        "name": "Checkin",
        "redirectURI": back,
    }
    keep(fediverse, "checkin.swf.pub", document, "application/ld+json")
    origin = {"Origin": "https://checkin.swf.pub"}
    http = place.api

    async def fetch(method: str, url: str, **more: Any) -> httpx.Response:
        """As `fetch` in a browser: a question before all that is not simple, then CORS."""
        headers = {**origin, **more.pop("headers", {})}
        asked = [name for name in headers if name not in ("Origin", "Accept")]
        if asked:
            before = await http.options(
                url,
                headers={
                    **origin,
                    "Access-Control-Request-Method": method,
                    "Access-Control-Request-Headers": ", ".join(asked).lower(),
                },
            )
            assert before.status_code == 200, (url, before.text)
            assert before.headers["access-control-allow-origin"] == "*"
            allowed = before.headers["access-control-allow-headers"].lower()
            assert all(name.lower() in allowed for name in asked)
        answer = await http.request(method, url, headers=headers, **more)
        assert answer.headers["access-control-allow-origin"] == "*", url
        return answer

    found = await fetch(
        "GET", "https://here.test/.well-known/webfinger?resource=acct:ada@here.test"
    )
    (uri,) = (one["href"] for one in found.json()["links"] if one["rel"] == "self")
    actor = (await fetch("GET", uri, headers={"Accept": "application/activity+json"})).json()
    assert actor["endpoints"]["proxyUrl"]
    code = await let_in(
        place, client_id=client_id, redirect_uri=back, scope="read write", state="s", **PKCE
    )
    token_endpoint = actor["endpoints"]["oauthTokenEndpoint"]
    form = {"client_id": client_id}
    tokens = (
        await fetch(
            "POST",
            token_endpoint,
            data={
                **form,
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": back,
                "code_verifier": VERIFIER,
            },
        )
    ).json()
    assert tokens["expires_in"] > 0
    tokens = (
        await fetch(
            "POST",
            token_endpoint,
            data={
                **form,
                "grant_type": "refresh_token",
                "refresh_token": tokens["refresh_token"],
            },
        )
    ).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}

    # Ada checks in at a place of places.pub
    done = await fetch(
        "POST",
        actor["outbox"],
        headers={**bearer, "Content-Type": "application/activity+json"},
        content=json.dumps(
            {
                "@context": "https://www.w3.org/ns/activitystreams",
                "type": "Arrive",
                "actor": {"id": actor["id"], "type": "Person", "name": actor["name"]},
                "location": {
                    "type": "Place",
                    "id": "https://places.pub/way/1",
                    "name": "Marché de Belleville",
                    "url": "https://places.pub/way/1",
                },
                "summaryMap": {"en": 'Ada arrived at <a href="https://places.pub/way/1">M</a>'},
                "to": PUBLIC,
            }
        ),
    )
    assert done.status_code == 201
    exposed = done.headers["access-control-expose-headers"].lower()
    assert "location" in exposed
    assert "link" in exposed
    arrived = done.json()
    assert (arrived["type"], arrived["location"]["name"]) == ("Arrive", "Marché de Belleville")
    # And reads where she and others were
    for box in ("outbox", "inbox"):
        head = (await fetch("GET", actor[box], headers={**bearer})).json()
        page = (await fetch("GET", head["first"], headers={**bearer})).json()
        if box == "outbox":
            assert [one["id"] for one in page["orderedItems"]] == [arrived["id"]]
    south = await fediverse.instance("south.test")
    dan = south.add("dan")
    read = await fetch("POST", actor["endpoints"]["proxyUrl"], headers=bearer, data={"id": dan.uri})
    assert read.json()["id"] == dan.uri


async def test_andstatus(place: Place) -> None:
    back, http = "http://oauth-redirect.andstatus.org", place.api
    metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
    wanted = ["read", "write", "follow", "profile"]
    assert set(wanted) <= set(metadata["scopes_supported"])
    registered = await http.post(
        metadata["registration_endpoint"],
        json={
            "client_name": "AndStatus",
            "client_uri": "http://andstatus.org/andstatus",
            "policy_uri": "http://andstatus.org/andstatus/privacy-policy.html",
            "logo_uri": "http://andstatus.org/images/andstatus-logo.png",
            "redirect_uris": [back],
            "scope": " ".join(wanted),
        },
    )
    app = registered.json()
    assert isinstance(app["client_id"], str)
    assert isinstance(app["client_secret"], str)
    code = await let_in(
        place, client_id=app["client_id"], redirect_uri=back, scope=" ".join(wanted), state="s"
    )
    basic = base64.b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
    tokens = (
        await http.post(
            metadata["token_endpoint"],
            data={"grant_type": "authorization_code", "code": code, "redirect_uri": back},
            headers={"Authorization": f"Basic {basic}"},
        )
    ).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    # Who am I: three ways
    assert tokens["me"] == ADA
    mine = (await http.get("/api/v1/accounts/verify_credentials", headers=bearer)).json()
    actor = (
        await http.get(f"/users/{mine['username']}", headers={**bearer, "Accept": LD_JSON})
    ).json()
    assert actor["id"] == ADA

    async def post(document: dict[str, Any]) -> httpx.Response:
        headers = {**bearer, "Content-Type": LD_JSON}
        content = json.dumps({"@context": "https://www.w3.org/ns/activitystreams", **document})
        return await http.post(actor["outbox"], content=content, headers=headers)

    # A note with a picture
    brought = await http.post(
        actor["endpoints"]["uploadMedia"],
        files={"file": ("a.jpg", noise((32, 32)), "image/jpeg")},
        headers=bearer,
    )
    said = await post(
        {
            "type": "Create",
            "actor": ADA,
            "to": [PUBLIC],
            "object": {
                "type": "Note",
                "content": "Hello",
                "attributedTo": ADA,
                "to": [PUBLIC],
                "attachment": [brought.json()],
            },
        }
    )
    assert said.status_code == 201
    note = said.json()["object"]
    assert len(note["attachment"]) == 1
    # It says what it does to a note in a way that would blank it (`actOnNote`)
    for _ in ("like", "announce", "delete", "undo"):
        act = {"type": "Update", "actor": ADA, "object": {"type": "Note", "id": note["id"]}}
        assert (await post(act)).status_code == 422
    kept = (await http.get(note["id"], headers={"Accept": LD_JSON})).json()
    assert kept["content"] == note["content"]
    for name in ("inbox", "outbox", "following", "followers"):
        head = (await http.get(actor[name], headers={**bearer, "Accept": LD_JSON})).json()
        page = (await http.get(head["first"], headers={**bearer, "Accept": LD_JSON})).json()
        assert isinstance(page["orderedItems"], list)
