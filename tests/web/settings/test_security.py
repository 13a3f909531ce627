"""Who may come in: another password, browsers and apps let go, a second step set up and dropped."""

import re
import sys

import httpx
import pyotp
import pytest
from sqlalchemy import delete, select

from microfed.ids import id_at
from microfed.operations.tokens import give_token
from microfed.store.access import App, SecondFactor, Session, Token
from microfed.store.database import Tx
from microfed.web.settings.browsers import name_of
from tests.web.conftest import PASSWORD, Town, send, sign_in

FRESH = "quatre petits escargots"
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox · Android"),
        (CHROME, "Chrome · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/1 Safari/5 Edg/130", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU) Version/17 Safari/604", "Safari · iPhone"),
        ("Lynx/2.9", "Lynx"),
        ("something else", "something else"),
        ("", ""),
    ],
)
def test_a_browser_has_a_name_that_people_know(agent: str, name: str) -> None:
    assert name_of(agent) == name


def without_device(tx: Tx) -> None:
    """Amel has not set up the second step yet."""
    tx.connection.execute(delete(SecondFactor))


async def another_browser(town: Town) -> httpx.AsyncClient:
    """Amel signs in somewhere else, by her password alone."""
    town.change(without_device)
    transport = httpx.ASGITransport(town.instance.app)
    browser = httpx.AsyncClient(
        transport=transport, base_url="https://here.test", headers={"User-Agent": FIREFOX}
    )
    await browser.post(
        "/sign-in",
        data={"name": "amel", "password": PASSWORD},
        headers={"Origin": "https://here.test"},
    )
    assert (await browser.get("/home")).status_code == 200
    return browser


async def test_another_password_signs_out_wherever_else_one_was(amel: Town) -> None:
    other = await another_browser(amel)

    answer = await send(amel, "/settings/password", password=PASSWORD, fresh=FRESH, again=FRESH)

    assert answer.headers["location"] == "/settings/password?saved=1"
    assert (await amel.get("/home")).status_code == 200
    assert (await other.get("/home")).status_code == 303
    await other.aclose()
    again = await send(amel, "/sign-in", name="amel", password=FRESH, next="/home")
    assert again.status_code == 303


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": "wrong", "fresh": FRESH, "again": FRESH}, "This is not your password."),
        ({"password": PASSWORD, "fresh": "short", "again": "short"}, "at least 10 characters"),
        ({"password": PASSWORD, "fresh": "x" * 300, "again": "x" * 300}, "256 characters"),
        ({"password": PASSWORD, "fresh": FRESH, "again": FRESH + "!"}, "are not the same"),
        ({"fresh": ""}, "at least 10 characters"),
    ],
)
async def test_a_password_is_changed_only_by_who_knows_it(
    amel: Town, fields: dict[str, str], said: str
) -> None:
    page = await send(amel, "/settings/password", **fields)

    assert page.status_code == 422
    assert said in page.text
    assert FRESH not in page.text
    assert (await send(amel, "/sign-in", name="amel", password=PASSWORD)).status_code == 303


async def test_a_browser_is_signed_out_from_another(amel: Town) -> None:
    other = await another_browser(amel)
    page = await amel.get("/settings/devices")
    assert "Firefox · Android" in page.text
    (id_,) = re.findall(r'name="browser" value="(\d+)"', page.text)

    await send(amel, "/settings/devices", browser=id_)

    assert (await other.get("/home")).status_code == 303
    await other.aclose()
    assert "Firefox" not in (await amel.get("/settings/devices")).text
    assert (await amel.get("/home")).status_code == 200


async def test_all_others_are_signed_out_at_once(amel: Town) -> None:
    others = [await another_browser(amel) for _ in range(2)]

    await send(amel, "/settings/devices", others="1")

    assert [(await one.get("/home")).status_code for one in others] == [303, 303]
    for one in others:
        await one.aclose()
    assert len(amel.change(lambda tx: tx.session.scalars(select(Session)).all())) == 1


async def test_nobody_signs_somebody_else_out(amel: Town) -> None:
    mine = amel.change(lambda tx: tx.session.scalars(select(Session.id)).one())
    await sign_in(amel, "bea")

    answers = [
        await send(amel, "/settings/devices", browser=str(mine)),
        await send(amel, "/settings/devices", browser="x"),
        await send(amel, "/settings/devices", app="12"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_an_app_is_let_in_no_more(amel: Town) -> None:
    def let_in(tx: Tx) -> int:
        app = App(
            id=id_at(tx.now),
            client_id="tusky",
            name="Tusky",
            redirect_uris=["tusky://x"],
            scopes="read write",
            kind="registered",
            extras={},
        )
        tx.session.add(app)
        tx.flush()
        give_token(tx, member_id=amel.people["amel"], scopes=("read",), app_id=app.id)
        return app.id

    id_ = amel.change(let_in)
    page = await amel.get("/settings/devices")
    await send(amel, "/settings/devices", app=str(id_))

    assert "Tusky" in page.text
    assert "Read all that you can read here" in page.text
    assert "Tusky" not in (await amel.get("/settings/devices")).text
    revoked = amel.change(
        lambda tx: tx.session.scalars(select(Token.revoked_at).where(Token.app_id == id_)).one()
    )
    assert revoked is not None


async def test_a_second_step_is_set_up_asked_for_and_turned_off(amel: Town) -> None:
    # Given an admin to whom the desk is closed without it
    amel.change(without_device)
    sent_on = await amel.get("/desk")
    assert sent_on.headers["location"] == "/settings/second-step?for=desk"
    assert "the desk opens to those alone" in (await amel.get("/settings/second-step")).text
    assert (await amel.get("/settings/place")).status_code == 303

    # And who begins, and whose telephone reads the picture or the letters
    begun = await send(amel, "/settings/second-step", deed="begin", password=PASSWORD)
    page = await amel.get(begun.headers["location"])
    assert '<svg viewBox="0 0' in page.text
    letters = re.search(r'<code class="copy" translate="no">([A-Z2-7 ]+)<', page.text)
    assert letters is not None
    device = pyotp.TOTP(letters[1].replace(" ", ""))

    # When the code it shows is typed
    wrong = await send(amel, "/settings/second-step", deed="confirm", code="000000")
    done = await send(amel, "/settings/second-step", deed="confirm", code=device.now())

    # Then the codes for paper are shown this once, and signing in asks for one
    assert wrong.status_code == 422 and "Wait for the next one" in wrong.text
    codes = re.findall(r"<code>(\w{4}) (\w{4}) (\w{4})</code>", done.text)
    assert len(codes) == 10
    assert done.headers["cache-control"] == "no-store"
    assert "10 codes on paper are left." in (await amel.get("/settings/second-step")).text
    assert (await amel.get("/desk")).status_code == 200
    asked = await send(amel, "/sign-in", name="amel", password=PASSWORD, next="/home")
    assert asked.headers["location"].startswith("/sign-in/code")
    await send(amel, "/sign-in/code", code="".join(codes[0]), next="/home")
    assert "9 codes on paper" in (await amel.get("/settings/second-step")).text

    # And it is turned off with the password alone
    refused = await send(amel, "/settings/second-step", deed="drop", password="x")
    await send(amel, "/settings/second-step", deed="drop", password=PASSWORD)
    assert refused.status_code == 422
    assert amel.change(lambda tx: tx.session.scalars(select(SecondFactor)).all()) == []


async def test_a_second_step_is_not_begun_without_the_password(amel: Town) -> None:
    amel.change(without_device)
    page = await send(amel, "/settings/second-step", deed="begin", password="")
    early = await send(amel, "/settings/second-step", deed="confirm", code="123456")

    assert page.status_code == 422
    assert "This is not your password." in page.text
    assert early.headers["location"] == "/settings/second-step"
    assert amel.change(lambda tx: tx.session.scalars(select(SecondFactor)).all()) == []


async def test_passkeys_are_offered_only_where_the_place_can_read_them(
    amel: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_them = (await amel.get("/settings")).text, (await amel.get("/settings/second-step")).text
    monkeypatch.setitem(sys.modules, "fido2", None)  # as where the extra is not installed
    without = (await amel.get("/settings")).text, (await amel.get("/settings/second-step")).text

    assert all("/settings/passkeys" in page for page in with_them)
    assert not any("/settings/passkeys" in page for page in without)
    assert (await amel.get("/settings/passkeys")).status_code == 404
    for path in ("/settings/passkeys", "/settings/passkeys/options"):
        assert (await send(amel, path, password=PASSWORD)).status_code == 404
