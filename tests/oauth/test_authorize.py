"""The consent page: who is asked what, and where they are sent afterwards."""

import pytest

from tests.oauth.conftest import CALLBACK, CHALLENGE, ORIGIN, Place, answers_in
from tests.web.test_headers import UNSAFE
from tests.web.test_words import Marked, MarkedWords, raw_strings


async def test_a_member_signs_in_consents_and_the_app_acts_for_them(place: Place) -> None:
    await place.register()

    first = await place.browser.get(place.address())
    assert first.headers["location"].startswith("/sign-in?next=%2Foauth%2Fauthorize%3F")
    await place.sign_in()
    page = await place.browser.get(place.address())
    answer = await place.decide("allow", place.address())
    given = await place.exchange(answers_in(answer)["code"])

    assert "Appli" in page.text
    assert "app.test" in page.text
    assert "@ada" in page.text
    assert "Act in your name" in page.text
    assert "form-action 'self' https://app.test;" in page.headers["content-security-policy"]
    assert answers_in(answer)["state"] == "a b&c=é"
    assert given.headers["cache-control"] == "no-store"
    said = given.json()
    assert said.pop("access_token")
    assert isinstance(said.pop("created_at"), int)
    assert said == {
        "token_type": "Bearer",
        "scope": "read write",
        "me": "https://here.test/users/ada",
    }


async def test_the_sign_in_page_leads_back_to_what_was_asked(place: Place) -> None:
    await place.register()
    first = await place.browser.get(place.address(force_login="true", lang="fr"))
    assert first.headers["location"].endswith("&lang=fr&again=1")

    page = await place.browser.get(first.headers["location"])
    again = await place.browser.post(
        "/sign-in",
        data={
            "name": "ada@here.test",
            "password": "quatre petits escargots",
            "next": place.address(lang="fr"),
        },
        headers=ORIGIN,
    )
    consent = await place.browser.get(again.headers["location"])

    assert "Se connecter" in page.text
    assert "force_login" not in page.text
    assert "Laisser" in consent.text


async def test_force_login_asks_whoever_is_signed_in_once_more(place: Place) -> None:
    await place.register()
    await place.sign_in()

    first = await place.browser.get(place.address(force_login="true"))
    form = await place.browser.get(first.headers["location"])

    assert form.status_code == 200
    assert 'name="password"' in form.text


async def test_a_no_goes_back_as_access_denied(place: Place) -> None:
    await place.register()
    await place.sign_in()

    answer = await place.decide("deny", place.address())

    said = answers_in(answer)
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    assert (said["error"], said["state"]) == ("access_denied", "a b&c=é")
    assert "code" not in said


async def test_out_of_band_the_page_shows_the_code(place: Place) -> None:
    oob = "urn:ietf:wg:oauth:2.0:oob"
    await place.register(redirect_uris=oob)
    await place.sign_in()

    answer = await place.decide("allow", place.address(redirect_uri=oob))
    code = answer.text.partition('id="code" translate="no">')[2].partition("<")[0]
    given = await place.exchange(code, redirect_uri=oob)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert given.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        f"{CALLBACK}/",
        f"{CALLBACK}?x=1",
        "https://app.test:8443/callback",
        "https://app.test.evil.test/callback",
        "https://APP.test/callback",
        "javascript:alert(1)",
        "urn:ietf:wg:oauth:2.0:oob",
        "",
    ],
)
async def test_nobody_is_sent_to_an_address_that_was_not_declared(place: Place, wrong: str) -> None:
    await place.register()
    await place.sign_in()

    answer = await place.browser.get(place.address(redirect_uri=wrong))

    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "This app cannot be let in" in answer.text


async def test_an_unknown_app_leads_nowhere(place: Place) -> None:
    answer = await place.browser.get(place.address(client_id="nobody"))

    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "read admin:write"}, "invalid_scope"),
        ({"scope": "read everything"}, "invalid_scope"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
    ],
)
async def test_a_wish_that_cannot_be_goes_back_to_the_app(
    place: Place, wish: dict[str, str | None], error: str
) -> None:
    await place.register()

    answer = await place.browser.get(place.address(**wish))

    said = answers_in(answer)
    assert (said["error"], said["state"]) == (error, "a b&c=é")


@pytest.mark.parametrize("origin", [{}, {"Origin": "https://evil.test"}, {"Origin": "null"}])
async def test_a_yes_from_another_page_is_refused(place: Place, origin: dict[str, str]) -> None:
    await place.register()
    await place.sign_in()

    answer = await place.browser.post(
        place.address(),
        data={"decision": "allow", "member": str(place.instance.neighbours["ada"].id)},
        headers=origin,
    )

    assert answer.status_code == 403
    assert "location" not in answer.headers


async def test_a_yes_counts_only_for_the_member_who_saw_the_question(place: Place) -> None:
    place.add("bea")
    await place.register()
    await place.sign_in("bea")

    answer = await place.browser.post(
        place.address(),
        data={"decision": "allow", "member": str(place.instance.neighbours["ada"].id)},
        headers=ORIGIN,
    )

    assert answer.headers["location"].startswith("/sign-in?")


async def test_an_app_on_the_own_device_is_reached_by_its_scheme(place: Place) -> None:
    scheme = "icecubesapp://"
    await place.register(redirect_uris=f"{scheme}\nhttps://other.test/cb")
    await place.sign_in()

    page = await place.browser.get(place.address(redirect_uri=scheme))
    answer = await place.decide("allow", place.address(redirect_uri=scheme))

    assert "form-action 'self' icecubesapp:;" in page.headers["content-security-policy"]
    assert answer.headers["location"].startswith("icecubesapp://?code=")


async def test_a_name_made_to_harm_stays_a_name(place: Place) -> None:
    await place.register(client_name='<script>alert(1)</script>"', website="https://x.test")
    await place.sign_in()

    page = await place.browser.get(place.address())

    assert "alert(1)" in page.text
    assert not UNSAFE.search(page.text)


async def test_no_visible_word_of_the_consent_escapes_translation(place: Place) -> None:
    await place.register(scopes="read write follow push profile admin:read")
    await place.sign_in()
    place.instance.app.state.words = {"en": MarkedWords("en", Marked())}

    page = await place.browser.get(place.address(scope="follow push profile admin:read read:lists"))

    assert page.status_code == 200
    assert "⟦Send you notifications⟧" in page.text
    assert raw_strings(page.text) == []
