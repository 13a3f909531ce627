"""The four ways an app can be known: Mastodon's, RFC 7591, and two kinds of documents."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.operations.domains import rule_domain
from microfed.scopes import SCOPES
from microfed.store.access import App
from tests.fediverse import Fediverse
from tests.oauth.conftest import CALLBACK, CHALLENGE, VERIFIER, Place, answers_in

CLIENT = "https://app.test/client.json"
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
CIMD = {
    "client_id": CLIENT,
    "client_name": "Metadata App",
    "redirect_uris": [CALLBACK, "http://127.0.0.1/callback"],
    "token_endpoint_auth_method": "none",
    "client_uri": "https://app.test/",
}
AS2 = {
    "@context": [
        "https://www.w3.org/ns/activitystreams",
        "https://purl.archive.org/socialweb/oauth",
    ],
    "type": "Application",
    "id": CLIENT,
    "name": "ActivityPub App",
    "redirectURI": CALLBACK,
}


class Site:
    """The site of an app, elsewhere: what it says of itself, and how often it was asked."""

    def __init__(self) -> None:
        self.document: Any = CIMD
        self.media_type = "application/json"
        self.status = 200
        self.asked = 0

    async def answer(self, request: Request) -> Response:
        self.asked += 1
        return Response(orjson.dumps(self.document), self.status, media_type=self.media_type)


@pytest.fixture
async def site(fediverse: Fediverse) -> AsyncIterator[Site]:
    site = Site()
    app = Starlette(routes=[Route("/client.json", site.answer)])
    fediverse.network.apps["app.test"] = httpx.ASGITransport(app)
    yield site


async def consent(place: Place, **more: str | None) -> httpx.Response:
    """Ask for consent in the name of the app with an address."""
    return await place.browser.get(place.address(client_id=CLIENT, **(PKCE | more)))


@pytest.mark.parametrize(
    ("document", "media_type", "name"),
    [
        (CIMD, "application/json", "Metadata App"),
        (AS2, "application/activity+json", "ActivityPub App"),
        (AS2, "application/ld+json", "ActivityPub App"),
        # evanp/ap and checkin.swf.pub: no type, a list, a prefix.
        (
            {"id": CLIENT, "oauth:redirectURI": [CALLBACK], "name": "Check in"},
            "application/ld+json",
            "Check in",
        ),
        ({"id": CLIENT, "redirectURI": {"id": CALLBACK}}, "application/json", "app.test"),
    ],
)
async def test_an_app_with_an_address_needs_no_registration(
    place: Place, site: Site, document: Any, media_type: str, name: str
) -> None:
    site.document, site.media_type = document, media_type
    await place.sign_in()

    page = await consent(place, scope="read write write:sameorigin unheard-of")
    answer = await place.decide(
        "allow", place.address(client_id=CLIENT, scope="read write write:sameorigin", **PKCE)
    )
    code = answers_in(answer)["code"]
    given = await place.api.post(
        "/oauth/token",
        data={
            "grant_type": "authorization_code",
            "client_id": CLIENT,
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        },
    )

    assert name in page.text
    assert '<strong translate="no">app.test</strong>' in page.text
    said = given.json()
    assert (said["scope"], said["expires_in"]) == ("read write", 7_200)
    assert said["me"] == "https://here.test/users/ada"
    assert await place.works(said["access_token"])
    assert site.asked == 1

    fresh = await place.api.post(
        "/oauth/token",
        data={
            "grant_type": "refresh_token",
            "client_id": CLIENT,
            "refresh_token": said["refresh_token"],
        },
    )
    assert fresh.status_code == 200
    assert not await place.works(said["access_token"])
    assert await place.works(fresh.json()["access_token"])


async def test_a_stranger_cannot_make_us_ask_another_server(place: Place, site: Site) -> None:
    answer = await consent(place)

    assert answer.headers["location"].startswith("/sign-in?next=")
    assert site.asked == 0


async def test_an_app_without_a_secret_needs_pkce(place: Place, site: Site) -> None:
    await place.sign_in()

    answer = await consent(place, code_challenge=None, code_challenge_method=None)

    assert answers_in(answer)["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("document", "media_type", "status"),
    [
        (CIMD | {"client_id": "https://other.test/client.json"}, "application/json", 200),
        (AS2 | {"id": "https://app.test/other"}, "application/json", 200),
        (CIMD | {"redirect_uris": []}, "application/json", 200),
        (CIMD | {"redirect_uris": ["javascript:alert(1)"]}, "application/json", 200),
        (CIMD, "text/html", 200),
        (["x"], "application/json", 200),
        (CIMD, "application/json", 404),
        (CIMD, "application/json", 500),
    ],
)
async def test_what_describes_no_app_gets_no_consent_page(
    place: Place, site: Site, document: Any, media_type: str, status: int
) -> None:
    site.document, site.media_type, site.status = document, media_type, status
    await place.sign_in()

    answer = await consent(place)

    assert answer.status_code >= 400
    assert "This app cannot be let in" in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/client.json",
        "https://[::1]/client.json",
        "https://10.0.0.8/client.json",
        "http://app.test/client.json",
        "https://user@app.test/client.json",
        "https://localhost/client.json",
    ],
)
async def test_no_address_of_an_app_leads_inside(place: Place, site: Site, address: str) -> None:
    await place.sign_in()

    answer = await place.browser.get(place.address(client_id=address, **PKCE))

    assert answer.status_code in (400, 403, 404, 422)
    assert site.asked == 0


async def test_an_app_of_a_blocked_server_is_not_asked(place: Place, site: Site) -> None:
    with place.instance.house.db.writing() as tx:
        rule_domain(tx, domain="app.test", action="block")
    await place.sign_in()

    answer = await consent(place)

    assert answer.status_code == 403
    assert site.asked == 0


async def test_an_app_is_asked_again_after_a_day_and_remembered_when_it_is_away(
    place: Place, site: Site
) -> None:
    await place.sign_in()
    await consent(place)
    await consent(place)
    assert site.asked == 1

    with place.instance.house.db.writing() as tx:
        tx.connection.execute(update(App).values(fetched_at=tx.now - timedelta(days=2)))
    site.status = 503
    page = await consent(place)

    assert site.asked == 2
    assert "Metadata App" in page.text


@pytest.mark.parametrize(
    ("redirect_uri", "is_good"),
    [
        ("http://127.0.0.1:51234/callback", True),
        ("http://127.0.0.1/callback", True),
        ("http://127.0.0.1:51234/other", False),
        ("http://localhost:51234/callback", False),
        ("https://127.0.0.1:51234/callback", False),
        ("https://app.test:51234/callback", False),
    ],
)
async def test_any_port_of_the_own_machine_is_good_where_it_was_declared_without(
    place: Place, site: Site, redirect_uri: str, is_good: bool
) -> None:
    await place.sign_in()

    answer = await consent(place, redirect_uri=redirect_uri)

    assert answer.status_code == (200 if is_good else 400)


async def test_rfc_7591_as_andstatus_and_the_toolkit_do_it(place: Place) -> None:
    redirect = "http://oauth-redirect.andstatus.org"
    secretive = await place.api.post(
        "/oauth/register",
        json={
            "client_name": "AndStatus",
            "client_uri": "http://andstatus.org",
            "redirect_uris": [redirect],
            "scope": "read write follow profile",
        },
    )
    public = await place.api.post(
        "/oauth/register",
        json={
            "client_name": "Toolkit",
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "none",
        },
    )

    assert secretive.status_code == public.status_code == 201
    said = secretive.json()
    assert isinstance(said["client_secret"], str)
    assert said["redirect_uris"] == [redirect]
    assert said["client_secret_expires_at"] == 0
    assert "client_secret" not in public.json()

    await place.sign_in()
    place.app = said
    code = await place.code(redirect_uri=redirect, scope="read write follow profile")
    basic = base64.b64encode(f"{said['client_id']}:{said['client_secret']}".encode()).decode()
    given = await place.api.post(
        "/oauth/token",
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": redirect},
        headers={"Authorization": f"Basic {basic}"},
    )
    assert "refresh_token" in given.json()
    place.app = public.json()
    refused = await place.browser.get(place.address())
    assert answers_in(refused)["error"] == "invalid_request"
    code = await place.code(**PKCE)
    assert (await place.exchange(code, code_verifier=VERIFIER)).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"redirect_uris": ["javascript:x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"client_uri": "javascript:x"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
    ],
)
async def test_rfc_7591_says_what_cannot_be(
    place: Place, wrong: dict[str, Any], error: str
) -> None:
    said = {"client_name": "App", "redirect_uris": [CALLBACK]} | wrong

    answer = await place.api.post("/oauth/register", json=said)

    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_mastodons_registration_in_form_and_json(place: Place) -> None:
    form = await place.api.post(
        "/api/v1/apps",
        content="client_name=App&redirect_uris=https%3A%2F%2Fa.test%2Fcb%0Aurn%3Aietf%3Awg%3Aoauth"
        "%3A2.0%3Aoob&scopes=read+write+made_up",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    json = await place.api.post(
        "/api/v1/apps",
        json={"client_name": "App", "redirect_uris": ["https://a.test/cb"], "website": None},
    )

    said = form.json()
    assert isinstance(said["id"], str)
    assert said["redirect_uris"] == ["https://a.test/cb", "urn:ietf:wg:oauth:2.0:oob"]
    assert said["redirect_uri"] == "https://a.test/cb\nurn:ietf:wg:oauth:2.0:oob"
    assert said["scopes"] == ["read", "write"]
    assert (said["website"], said["client_secret_expires_at"]) == (None, 0)
    assert len(said["vapid_key"]) == 87
    assert json.json()["scopes"] == ["read"]
    assert json.json()["vapid_key"] == said["vapid_key"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_name": ""},
        {"redirect_uris": ""},
        {"redirect_uris": "javascript:alert(1)"},
        {"website": "not a site"},
        {"client_name": "x" * 201},
    ],
)
async def test_a_registration_that_cannot_be_is_refused_in_words(
    place: Place, wrong: dict[str, str]
) -> None:
    said = {"client_name": "App", "redirect_uris": CALLBACK} | wrong

    answer = await place.api.post("/api/v1/apps", data=said)

    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Validation failed")


async def test_the_metadata_name_every_endpoint(place: Place) -> None:
    server = await place.api.get(
        "/.well-known/oauth-authorization-server", headers={"Origin": "https://app.test"}
    )
    resource = (await place.api.get("/.well-known/oauth-protected-resource")).json()
    actor = (await place.instance.get("https://here.test/users/ada")).json()

    said = server.json()
    assert server.headers["access-control-allow-origin"] == "*"
    assert said["issuer"] == "https://here.test/"
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert set(said["grant_types_supported"]) == {
        "authorization_code",
        "refresh_token",
        "client_credentials",
    }
    assert said["scopes_supported"] == list(SCOPES)
    assert resource["authorization_servers"] == [said["issuer"]]
    there = {urlsplit(value).path for name, value in said.items() if name.endswith("_endpoint")}
    known = {route.path for route in place.instance.app.routes if isinstance(route, Route)}
    assert there <= known
    assert actor["endpoints"] == {
        "sharedInbox": "https://here.test/inbox",
        "oauthAuthorizationEndpoint": said["authorization_endpoint"],
        "oauthTokenEndpoint": said["token_endpoint"],
        "proxyUrl": "https://here.test/users/ada/proxy",
        "uploadMedia": "https://here.test/users/ada/upload",
        "actorAutocomplete": "https://here.test/autocomplete?q={q}",
    }
