"""A client that knows the texts and nothing else does all of it: over https, in real Chromium."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.c2s.client import ACTIVITY_JSON, LD_JSON, PUBLIC, Client, Identity
from tests.c2s.secure import AppSite, Certificate, SecureServer, make_certificate
from tests.media.pictures import noise
from tests.oauth.conftest import PASSWORD


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@contextlib.contextmanager
def running(folder: Path, certificate: Certificate) -> Iterator[SecureServer]:
    server = SecureServer(folder, certificate)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def north(
    tmp_path_factory: pytest.TempPathFactory, certificate: Certificate
) -> Iterator[SecureServer]:
    """Where Ada and Bea live."""
    with running(tmp_path_factory.mktemp("north"), certificate) as server:
        for name in ("ada", "bea"):
            server.add_member(name, "--password", PASSWORD)
        yield server


@pytest.fixture(scope="module")
def south(
    tmp_path_factory: pytest.TempPathFactory, certificate: Certificate
) -> Iterator[SecureServer]:
    """Where Dan lives."""
    with running(tmp_path_factory.mktemp("south"), certificate) as server:
        server.add_member("dan", "--password", PASSWORD)
        yield server


@pytest.fixture(scope="module")
def site(certificate: Certificate) -> Iterator[AppSite]:
    """The client's own site."""
    site = AppSite(certificate)
    name, back = "A client of the tests", f"{site.url}/callback"
    site.documents = {
        "/client.json": {
            "client_id": f"{site.url}/client.json",
            "client_name": name,
            "redirect_uris": [back],
            "token_endpoint_auth_method": "none",
        },
        "/client.jsonld": {
            "@context": [
                "https://www.w3.org/ns/activitystreams",
                "https://purl.archive.org/socialweb/oauth/2.0",
            ],
            "id": f"{site.url}/client.jsonld",
            "type": "Application",
            "name": name,
            "redirectURI": back,
        },
    }
    yield site
    site.close()


@pytest.fixture(scope="module")
async def http(anyio_backend: str, certificate: Certificate) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=certificate.trust, timeout=20) as client:
        yield client


async def identify(client: Client, site: AppSite, way: str) -> None:
    """Become known to the server in one of the four ways."""
    back = f"{site.url}/callback"
    if way == "app":
        await client.register_as_app(back)
    elif way == "dynamic":
        await client.register_dynamically(back)
    else:
        path = {"metadata document": "client.json", "object": "client.jsonld"}[way]
        client.identity = Identity(f"{site.url}/{path}", back)


async def log_in(client: Client, browser: Browser, site: AppSite, name: str) -> None:
    """Let the person say yes in a browser."""
    # The browser keeps no list of authorities that a test could add to.
    context = await browser.new_context(locale="en-GB", ignore_https_errors=True)
    context.set_default_timeout(10_000)
    page = await context.new_page()
    site.came.clear()
    await page.goto(client.authorization_url())
    await page.get_by_label("Name or e-mail").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Let ")
    if client.identity is not None and client.identity.client_id.startswith("https:"):
        # Anybody can write any name: what they have is their domain.
        await expect(page.get_by_text(site.url.removeprefix("https://")).first).to_be_visible()
    await page.get_by_role("button", name="Allow", exact=True).click()
    await expect(page.get_by_role("heading")).to_have_text("Welcome back")
    await context.close()
    (came,) = site.came
    await client.come_back(came)


@pytest.fixture(scope="module")
async def ada(
    http: httpx.AsyncClient, browser: Browser, north: SecureServer, site: AppSite
) -> Client:
    """Ada's client, let in as an ActivityPub object."""
    return await let_in(http, browser, site, north, "ada")


@pytest.fixture(scope="module")
async def bea(
    http: httpx.AsyncClient, browser: Browser, north: SecureServer, site: AppSite
) -> Client:
    return await let_in(http, browser, site, north, "bea")


@pytest.fixture(scope="module")
async def dan(
    http: httpx.AsyncClient, browser: Browser, south: SecureServer, site: AppSite
) -> Client:
    return await let_in(http, browser, site, south, "dan")


async def let_in(
    http: httpx.AsyncClient, browser: Browser, site: AppSite, server: SecureServer, name: str
) -> Client:
    client = Client(http)
    await client.discover(f"acct:{name}@{server.host}")
    await identify(client, site, "object")
    await log_in(client, browser, site, name)
    return client


async def test_a_handle_is_enough_to_find_everything(
    http: httpx.AsyncClient, north: SecureServer
) -> None:
    client = Client(http)

    actor = await client.discover(f"acct:ada@{north.host}")
    for key in ("inbox", "outbox", "followers", "following", "liked"):
        assert actor[key].startswith(north.url), key
    for key in (
        *("oauthAuthorizationEndpoint", "oauthTokenEndpoint", "proxyUrl", "uploadMedia"),
        *("sharedInbox", "actorAutocomplete"),
    ):
        assert client.endpoints[key].startswith(north.url), key
    metadata = await client.server_metadata()
    assert metadata["authorization_endpoint"] == client.endpoints["oauthAuthorizationEndpoint"]
    assert metadata["token_endpoint"] == client.endpoints["oauthTokenEndpoint"]
    assert "S256" in metadata["code_challenge_methods_supported"]
    assert {"read", "write"} <= set(metadata["scopes_supported"])


@pytest.mark.parametrize("way", ["app", "dynamic", "metadata document", "object"])
async def test_a_client_is_let_in_however_it_makes_itself_known(
    http: httpx.AsyncClient, browser: Browser, north: SecureServer, site: AppSite, way: str
) -> None:
    client = Client(http)
    await client.discover(f"acct:ada@{north.host}")
    await identify(client, site, way)

    await log_in(client, browser, site, "ada")

    assert client.tokens["scope"].split() == ["read", "write"]
    assert client.tokens["me"] == client.actor["id"]
    assert (await client.get(client.actor["inbox"]))["type"] == "OrderedCollection"
    said = await client.post({"type": "Note", "content": f"by {way}", "to": [PUBLIC]})
    assert (await client.get(said["id"]))["id"] == said["id"]
    if way == "app":  # such apps never ask again, so their tokens last
        assert "expires_in" not in client.tokens
        return
    before = dict(client.tokens)
    assert before["expires_in"] > 0
    after = await client.refresh()
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert (await client.get(client.actor["inbox"]))["type"] == "OrderedCollection"


async def test_each_activity_is_posted_and_each_collection_walked_through(
    ada: Client, bea: Client
) -> None:
    me, her = ada.actor["id"], bea.actor["id"]
    said = await ada.post({"type": "Note", "content": "hello", "to": [PUBLIC]}, ACTIVITY_JSON)
    note = said["object"]["id"]
    hers = (await bea.post({"type": "Note", "content": "hi", "to": [PUBLIC]}))["object"]["id"]
    # Create, wrapped or not
    wrapped = await ada.post(
        {
            "type": "Create",
            "to": [PUBLIC],
            "object": {"type": "Note", "content": "again", "inReplyTo": hers},
        }
    )
    assert (await ada.get(wrapped["object"]["id"]))["inReplyTo"] == hers
    assert wrapped["object"]["id"] in await bea.walk(f"{hers}/replies")
    # Update
    changed = await ada.post({"type": "Update", "object": {"id": note, "content": "<p>bye</p>"}})
    assert (await ada.get(note))["content"] == changed["object"]["content"] == "<p>bye</p>"
    # Follow, and Undo
    asked = await ada.post({"type": "Follow", "object": her, "to": [her]})
    assert her in await ada.walk(ada.actor["following"])
    assert me in await bea.walk(bea.actor["followers"])
    undone = await ada.post({"type": "Undo", "object": asked["id"], "to": [her]})
    assert undone["object"]["id"] == asked["id"]
    assert her not in await ada.walk(ada.actor["following"])
    # Follow that waits; Accept, Reject
    await bea.post({"type": "Update", "object": {"id": her, "manuallyApprovesFollowers": True}})
    asked = await ada.post({"type": "Follow", "object": her, "to": [her]})
    assert [one["id"] for one in await ada.walk(ada.actor["pendingFollowing"])] == [asked["id"]]
    (waits,) = await bea.walk(bea.actor["pendingFollowers"])
    await bea.post({"type": "Accept", "object": waits, "to": [me]})
    assert me in await bea.walk(bea.actor["followers"])
    await bea.post({"type": "Reject", "object": waits, "to": [me]})
    assert me not in await bea.walk(bea.actor["followers"])
    # Like, Announce
    liked = await ada.post({"type": "Like", "object": hers, "to": [her]})
    assert hers in await ada.walk(ada.actor["liked"])
    shared = await ada.post({"type": "Announce", "object": hers, "to": [PUBLIC]})
    assert [one["id"] for one in await bea.walk(f"{hers}/likes")] == [liked["id"]]
    assert [one["id"] for one in await bea.walk(f"{hers}/shares")] == [shared["id"]]
    # Add, Remove
    made = await ada.post({"type": "Collection", "name": "Books", "to": [PUBLIC]})
    books = made["object"]["id"]
    await ada.post({"type": "Add", "object": hers, "target": books})
    assert await ada.walk(books) == [hers]
    await ada.post({"type": "Remove", "object": hers, "target": books})
    assert await ada.walk(books) == []
    # What nobody has a rule for
    arrived = await ada.post(
        {"type": "Arrive", "location": {"type": "Place", "name": "Café"}, "to": [PUBLIC]}
    )
    # Block
    blocked = await ada.post({"type": "Block", "object": her})
    assert await ada.walk(ada.actor["blocked"]) == [her]
    await ada.post({"type": "Undo", "object": blocked})
    # Delete
    gone = await ada.post({"type": "Delete", "object": note})
    assert gone["object"]["type"] == "Tombstone"
    assert (await ada.ask("GET", note)).status_code == 410
    # And all of it is in the outbox, newest first
    done = [one["id"] for one in await ada.walk(ada.actor["outbox"])]
    newest = [gone["id"], blocked["id"], arrived["id"], shared["id"], liked["id"], wrapped["id"]]
    assert [id_ for id_ in done if id_ in newest] == newest
    # And what reached Bea in her inbox
    reached = {one["id"] for one in await bea.walk(bea.actor["inbox"])}
    assert {asked["id"], undone["id"], liked["id"]} <= reached
    assert blocked["id"] not in reached


async def test_a_picture_is_brought_described_and_shown(ada: Client) -> None:
    brought = await ada.upload(
        "market.png", noise((64, 48), "PNG"), "image/png", {"type": "Image", "name": "The market"}
    )
    assert (brought["type"], brought["name"]) == ("Image", "The market")

    said = await ada.post(
        {"type": "Note", "content": "look", "attachment": [brought], "to": [PUBLIC]}
    )
    (shown,) = (await ada.get(said["object"]["id"]))["attachment"]
    assert (shown["name"], shown["mediaType"].split("/")[0]) == ("The market", "image")
    assert (await ada.http.get(shown["url"])).status_code == 200


async def test_what_lives_elsewhere_is_read_through_the_own_server(
    ada: Client, dan: Client
) -> None:
    said = await dan.post({"type": "Note", "content": "from the south", "to": [PUBLIC]})

    note = await ada.proxy(said["object"]["id"])
    assert (note.status_code, note.json()["content"]) == (200, said["object"]["content"])
    actor = await ada.proxy(dan.actor["id"])
    assert actor.json()["preferredUsername"] == "dan"
    for nothing in ("", ada.actor["id"], "file:///etc/passwd", "https://169.254.169.254/"):
        assert 400 <= (await ada.proxy(nothing)).status_code < 500, nothing
    stranger = await ada.http.post(ada.endpoints["proxyUrl"], data={"id": dan.actor["id"]})
    assert stranger.status_code == 401


async def test_what_arrives_is_heard_as_it_arrives(
    ada: Client, dan: Client, north: SecureServer
) -> None:
    await ada.post({"type": "Follow", "object": dan.actor["id"], "to": [dan.actor["id"]]})
    for _ in range(300):  # until Dan's server has said yes
        if (await ada.get(ada.actor["pendingFollowing"]))["totalItems"] == 0:
            break
        await asyncio.sleep(0.1)

    async with contextlib.aclosing(ada.listen(ada.actor["inbox"])) as heard:
        assert await anext(heard) == {}
        expected = await dan.post(
            {"type": "Note", "content": "hello north", "to": [PUBLIC, ada.actor["id"]]}, LD_JSON
        )
        async with asyncio.timeout(30):
            async for event in heard:
                if event and event["object"]["id"] == expected["id"]:
                    break
        assert (event["type"], event["target"]) == ("Add", ada.actor["inbox"])
        assert event["object"]["object"]["content"] == expected["object"]["content"]
    assert ada.tokens["access_token"] not in north.log.read_text()
