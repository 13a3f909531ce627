"""Signing in: cookies, second steps, refusals that tell nothing, and too many tries."""

import re

import httpx
import pyotp
import pytest

from microfed import clock
from microfed.limits import LIMITS, Limiter
from microfed.operations.second_factor import confirm_second_factor, start_second_factor
from microfed.operations.sessions import end_sessions
from tests.oauth.conftest import ORIGIN, PASSWORD, Place
from tests.web.test_headers import UNSAFE


async def is_signed_in(place: Place, **cookies: str) -> bool:
    """Say whether the browser, or one with the given cookies, is signed in."""
    if not cookies:
        answer = await place.browser.get("/sign-in?next=/about")
    else:
        header = "; ".join(f"{name}={value}" for name, value in cookies.items())
        answer = await place.api.get("/sign-in?next=/about", headers={"Cookie": header})
    return answer.headers.get("location") == "/about"


async def test_the_cookie_of_a_session_is_for_our_pages_alone(place: Place) -> None:
    answer = await place.sign_in("ada@mail.test")

    name, _, rest = answer.headers["set-cookie"].partition("=")
    attributes = {part.strip().lower() for part in rest.split(";")[1:]}
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert name == "__Host-session"
    assert {"httponly", "samesite=lax", "secure", "path=/"} <= attributes
    assert not [one for one in attributes if one.startswith("domain")]
    assert await is_signed_in(place)


async def test_signing_in_makes_another_session_and_out_ends_it(place: Place) -> None:
    await place.sign_in()
    first = place.browser.cookies["__Host-session"]
    await place.sign_in()
    second = place.browser.cookies["__Host-session"]
    assert first != second
    assert not await is_signed_in(place, **{"__Host-session": first})

    await place.browser.get("/sign-out")
    assert await is_signed_in(place)
    await place.browser.post("/sign-out", headers=ORIGIN)

    assert not await is_signed_in(place, **{"__Host-session": second})


async def test_a_session_ended_elsewhere_ends_here(place: Place) -> None:
    await place.sign_in()
    assert await is_signed_in(place)

    with place.instance.house.db.writing() as tx:
        end_sessions(tx, member_id=place.instance.neighbours["ada"].id)

    assert not await is_signed_in(place)


async def test_a_wrong_name_and_a_wrong_password_read_alike(place: Place) -> None:
    place.instance.add("bea")  # has no password

    pages = [
        await place.sign_in("ada", "wrong"),
        await place.sign_in("nob", PASSWORD),
        await place.sign_in("bea", PASSWORD),
        await place.sign_in("ada", ""),
    ]

    assert {page.status_code for page in pages} == {401}
    texts = {re.sub(r'value="(ada|nob|bea)"', "", page.text) for page in pages}
    assert len(texts) == 1
    assert "set-cookie" not in pages[0].headers


@pytest.mark.parametrize("missing", ["confirmed_at", "approved_at", "suspended"])
async def test_who_may_not_enter_yet_learns_it_after_the_password(
    place: Place, missing: str
) -> None:
    place.change(
        "ada", **({"suspended_at": clock.now()} if missing == "suspended" else {missing: None})
    )

    right = await place.sign_in()
    wrong = await place.sign_in(password="wrong")

    assert (right.status_code, wrong.status_code) == (403, 401)
    assert not await is_signed_in(place)


@pytest.mark.parametrize("origin", [{}, {"Origin": "https://evil.test"}, {"Origin": "null"}])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/code", "/sign-out"])
async def test_a_form_of_another_site_does_nothing(
    place: Place, path: str, origin: dict[str, str]
) -> None:
    await place.sign_in()

    answer = await place.browser.post(
        path, data={"name": "ada", "password": PASSWORD}, headers=origin
    )

    assert answer.status_code == 403
    assert await is_signed_in(place)


@pytest.mark.parametrize("to", ["https://evil.test", "//evil.test", "/\\evil.test", "/%2F%2Fevil"])
async def test_signing_in_never_leads_elsewhere(place: Place, to: str) -> None:
    answer = await place.browser.post(
        "/sign-in", data={"name": "ada", "password": PASSWORD, "next": to}, headers=ORIGIN
    )

    assert answer.headers["location"] == "/"


async def test_the_second_step_follows_the_first(place: Place) -> None:
    ada = place.instance.neighbours["ada"].id
    with place.instance.house.db.writing() as tx:
        device = pyotp.parse_uri(start_second_factor(tx, member_id=ada, username="ada"))
        assert isinstance(device, pyotp.TOTP)
        papers = confirm_second_factor(tx, member_id=ada, code=device.at(tx.now))

    first = await place.browser.post(
        "/sign-in", data={"name": "ada", "password": PASSWORD, "next": "/about"}, headers=ORIGIN
    )
    assert first.headers["location"] == "/sign-in/code?next=%2Fabout"
    assert not await is_signed_in(place)
    form = await place.browser.get(first.headers["location"])
    wrong = await place.browser.post("/sign-in/code", data={"code": "000000"}, headers=ORIGIN)
    right = await place.browser.post(
        "/sign-in/code", data={"code": papers[0], "next": "/about"}, headers=ORIGIN
    )

    assert 'autocomplete="one-time-code"' in form.text
    assert wrong.status_code == 401
    assert right.headers["location"] == "/about"
    assert await is_signed_in(place)


async def test_a_code_without_a_password_before_opens_nothing(place: Place) -> None:
    answer = await place.browser.post("/sign-in/code", data={"code": "123456"}, headers=ORIGIN)

    assert answer.status_code == 401
    assert "Begin again" in answer.text


async def test_too_many_tries_are_told_to_wait(place: Place) -> None:
    place.instance.app.state.limiter = limiter = Limiter(is_on=True)
    for _ in range(LIMITS["account"][0]):
        limiter.count("account", "ada")

    account = await place.sign_in()
    other = await place.sign_in("nobody")
    for _ in range(LIMITS["sign_in"][0] - 2):
        limiter.count("sign_in", "127.0.0.1")
    address = await place.sign_in("nobody")

    assert (account.status_code, other.status_code, address.status_code) == (429, 401, 429)
    assert int(address.headers["retry-after"]) <= 301
    assert not await is_signed_in(place)


async def test_an_app_that_registers_too_often_is_told_to_wait(place: Place) -> None:
    place.instance.app.state.limiter = limiter = Limiter(is_on=True)
    for _ in range(LIMITS["app"][0]):
        limiter.count("app", "127.0.0.1")

    answer = await place.api.post("/oauth/register", json={"redirect_uris": ["https://a.test/"]})

    assert answer.status_code == 429
    assert "retry-after" in answer.headers


async def test_every_page_here_keeps_the_readers_safe(place: Place) -> None:
    pages: list[httpx.Response] = [
        await place.browser.get(path) for path in ("/sign-in", "/sign-in/code", "/sign-out")
    ]

    for page in pages:
        assert page.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert not UNSAFE.search(page.text)
