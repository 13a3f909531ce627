"""Every MUST and SHOULD of FEP-d8c2, each a named test: an ActivityPub object is a client's id.

https://w3id.org/fep/d8c2; the last rows are from its earlier text, a whole OAuth 2.0 profile, by
which clients in the field were written.
"""

import copy
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.oauth.conftest import CALLBACK, CHALLENGE, VERIFIER, Place, answers_in
from tests.oauth.conftest import place as place
from tests.oauth.test_clients import Site
from tests.oauth.test_clients import site as site

CLIENT = "https://app.test/client.json"
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
OBJECT: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/activitystreams",
        "https://purl.archive.org/socialweb/oauth/2.0",
    ],
    "id": CLIENT,
    "type": "Application",
    "name": "Check in",
    "redirectURI": CALLBACK,
}
SENTENCES = {
    "The id must be dereferenceable to a document that describes the client": (
        "test_the_object_is_read_where_its_id_says"
    ),
    "Objects dereferenced at the id SHOULD be of type Application or Service": (
        "test_an_application_and_a_service_are_let_in"
    ),
    "They MUST have an id property with the same value as the client_id": (
        "test_an_object_with_another_id_is_refused"
    ),
    "They MUST have a redirectURI property": "test_an_object_without_redirect_uri_is_refused",
    "The server MUST verify that redirect_uri matches the redirectURI of the object": (
        "test_nobody_is_sent_to_another_address_than_the_objects"
    ),
    "Clients SHOULD provide a name, for users to decide by": (
        "test_the_consent_page_shows_the_name_and_the_domain"
    ),
    "Support can be declared by objectIDAsClientID of the actor": (
        "test_the_actor_declares_that_objects_are_client_ids"
    ),
    "Support can be declared by activitypub_object_id_as_client_id of the metadata": (
        "test_the_metadata_declare_that_objects_are_client_ids"
    ),
    "The redirect may have a scheme of the client's own": (
        "test_a_scheme_of_the_clients_own_is_sent_back_to"
    ),
    "The server should take care in dereferencing the client_id": (
        "test_a_harmful_document_is_refused"
    ),
    "Spoofed metadata: what cannot be spoofed is shown": (
        "test_the_consent_page_shows_the_name_and_the_domain"
    ),
    "Earlier text: the code flow with PKCE by S256 is required of all such clients": (
        "test_without_pkce_there_is_no_code"
    ),
    "Earlier text: no secret is needed, and one that is sent is ignored": (
        "test_a_secret_says_nothing"
    ),
    "Earlier text: the scopes read and write; what is unknown is ignored": (
        "test_unknown_scopes_are_left_out"
    ),
    "Earlier text: bearer tokens, with a refresh token": (
        "test_the_token_is_a_bearer_token_that_can_be_refreshed"
    ),
    "Earlier text: without the right token 401, without the scope 403": (
        "test_a_token_that_may_only_read_does_not_write"
    ),
}


def test_every_sentence_has_a_test_and_every_test_a_sentence() -> None:
    tests = {name for name in globals() if name.startswith("test_")}
    tests.remove("test_every_sentence_has_a_test_and_every_test_a_sentence")

    assert set(SENTENCES.values()) == tests


async def consent(place: Place, site: Site, document: Any, **more: str | None) -> httpx.Response:
    """Ask a member for consent, in the name of the client that `document` describes."""
    site.document, site.media_type = document, "application/activity+json"
    await place.sign_in()
    return await place.browser.get(place.address(client_id=CLIENT, **(PKCE | more)))


async def tokens(place: Place, site: Site, **more: str | None) -> dict[str, Any]:
    """Go through the whole flow."""
    site.document, site.media_type = OBJECT, "application/activity+json"
    await place.sign_in()
    answer = await place.decide("allow", place.address(client_id=CLIENT, **(PKCE | more)))
    given = await place.exchange(
        answers_in(answer)["code"], client_id=CLIENT, client_secret=None, code_verifier=VERIFIER
    )
    assert given.status_code == 200, given.text
    said: dict[str, Any] = given.json()
    return said


async def test_the_object_is_read_where_its_id_says(place: Place, site: Site) -> None:
    answer = await consent(place, site, OBJECT)

    assert (answer.status_code, site.asked) == (200, 1)


@pytest.mark.parametrize("kind", ["Application", "Service"])
async def test_an_application_and_a_service_are_let_in(place: Place, site: Site, kind: str) -> None:
    assert (await consent(place, site, OBJECT | {"type": kind})).status_code == 200


async def test_an_object_with_another_id_is_refused(place: Place, site: Site) -> None:
    for id_ in ("https://app.test/another", "https://evil.test/client.json", None, ""):
        answer = await consent(place, site, OBJECT | {"id": id_})
        assert answer.status_code >= 400


async def test_an_object_without_redirect_uri_is_refused(place: Place, site: Site) -> None:
    document = copy.deepcopy(OBJECT)
    del document["redirectURI"]

    assert (await consent(place, site, document)).status_code >= 400


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.test/callback",
        f"{CALLBACK}/more",
        f"{CALLBACK}?a=b",
        CALLBACK.replace("https", "http"),
        "urn:ietf:wg:oauth:2.0:oob",
    ],
)
async def test_nobody_is_sent_to_another_address_than_the_objects(
    place: Place, site: Site, uri: str
) -> None:
    answer = await consent(place, site, OBJECT, redirect_uri=uri)

    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_the_consent_page_shows_the_name_and_the_domain(place: Place, site: Site) -> None:
    answer = await consent(place, site, OBJECT | {"name": "A well-known app"})

    assert "A well-known app" in answer.text
    assert urlsplit(CLIENT).netloc in answer.text


async def test_the_actor_declares_that_objects_are_client_ids(place: Place) -> None:
    actor = (await place.instance.get("https://here.test/users/ada")).json()

    assert actor["objectIDAsClientID"] is True


async def test_the_metadata_declare_that_objects_are_client_ids(place: Place) -> None:
    metadata = (await place.api.get("/.well-known/oauth-authorization-server")).json()

    assert metadata["activitypub_object_id_as_client_id"] is True
    assert "none" in metadata["token_endpoint_auth_methods_supported"]


async def test_a_scheme_of_the_clients_own_is_sent_back_to(place: Place, site: Site) -> None:
    mine = "org.example.checkin:/oauth/callback"
    site.document, site.media_type = OBJECT | {"redirectURI": mine}, "application/activity+json"
    await place.sign_in()

    address = place.address(client_id=CLIENT, redirect_uri=mine, **PKCE)
    answer = await place.decide("allow", address)
    assert answer.headers["location"].startswith(f"{mine}?code=")


async def test_a_harmful_document_is_refused(place: Place, site: Site) -> None:
    for document in (
        OBJECT | {"summary": "x" * 1_100_000},
        ["x"],
        "x",
        OBJECT | {"redirectURI": "javascript:alert(1)"},
    ):
        assert (await consent(place, site, document)).status_code >= 400


async def test_without_pkce_there_is_no_code(place: Place, site: Site) -> None:
    answer = await consent(place, site, OBJECT, code_challenge=None, code_challenge_method=None)
    assert answers_in(answer)["error"] == "invalid_request"

    plain = await consent(place, site, OBJECT, code_challenge_method="plain")
    assert answers_in(plain)["error"] == "invalid_request"


async def test_a_secret_says_nothing(place: Place, site: Site) -> None:
    site.document, site.media_type = OBJECT, "application/activity+json"
    await place.sign_in()
    answer = await place.decide("allow", place.address(client_id=CLIENT, **PKCE))
    given = await place.exchange(
        answers_in(answer)["code"], client_id=CLIENT, client_secret="x", code_verifier=VERIFIER
    )

    assert given.status_code == 200


async def test_unknown_scopes_are_left_out(place: Place, site: Site) -> None:
    given = await tokens(place, site, scope="read write write:sameorigin unheard-of")

    assert given["scope"] == "read write"


async def test_the_token_is_a_bearer_token_that_can_be_refreshed(place: Place, site: Site) -> None:
    given = await tokens(place, site)

    assert (given["token_type"], given["expires_in"] > 0) == ("Bearer", True)
    again = await place.api.post(
        "/oauth/token",
        data={
            "grant_type": "refresh_token",
            "client_id": CLIENT,
            "refresh_token": given["refresh_token"],
        },
    )
    assert await place.works(again.json()["access_token"])


async def test_a_token_that_may_only_read_does_not_write(place: Place, site: Site) -> None:
    token = (await tokens(place, site, scope="read"))["access_token"]
    outbox, note = "https://here.test/users/ada/outbox", {"type": "Note", "content": "x"}
    sort = {"Content-Type": "application/activity+json"}

    bearer = {"Authorization": f"Bearer {token}"}
    refused = await place.api.post(outbox, json=note, headers={**sort, **bearer})
    assert refused.status_code == 403
    nobody = await place.api.post(outbox, json=note, headers=sort)
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
