"""The place looks as its admin wants: name, sentence, colour and picture, on every page."""

import json

from sqlalchemy import select

from microfed.store.moderation import Deed
from tests.media.pictures import encoded, picture
from tests.web.conftest import ORIGIN, Town, send, sign_in

SAID = {
    "title": "Rue Piat",
    "description": "Du square au belvédère.",
    "has_accent": "1",
    "accent": "#2f6b3c",
}


async def test_the_place_is_dressed_and_every_page_shows_it(amel: Town) -> None:
    # Given a place that looks as at first
    before = await amel.get("/about")
    assert "/accent/" not in before.text

    # When its admin dresses it
    street = encoded(picture((1500, 500), (20, 90, 40)), "PNG")
    answer = await amel.browser.post(
        "/settings/place",
        data={**SAID, "picture_description": "Notre rue"},
        files={"picture": ("x", street, "x/y")},
        headers=ORIGIN,
    )

    # Then name, colour, sentence and picture stand there, for everyone, at once
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/place?saved=1")
    front = await amel.get("/")
    css = await amel.get("/accent/2f6b3c.css")
    assert '<h1 translate="no">Rue Piat</h1>' in front.text
    assert "Du square au belvédère." in front.text
    assert 'alt="Notre rue"' in front.text
    assert 'href="/accent/2f6b3c.css"' in front.text
    assert "--accent: #2f6b3c;" in css.text
    assert (css.headers["content-type"], "immutable" in css.headers["cache-control"]) == (
        "text/css; charset=utf-8",
        True,
    )
    assert "Rue Piat" in (await amel.get("/settings/place")).text
    for_apps = (await amel.get("/api/v2/instance")).json()
    assert (for_apps["title"], for_apps["description"]) == ("Rue Piat", "Du square au belvédère.")
    assert for_apps["thumbnail"]["url"].startswith("https://here.test/media/")
    deeds = amel.change(lambda tx: list(tx.session.scalars(select(Deed.action))))
    assert deeds == ["dress", "hang_picture"]


async def test_what_was_chosen_can_be_taken_back(amel: Town) -> None:
    await send(amel, "/settings/place", **SAID)

    await send(amel, "/settings/place", title="", description="", accent="#2f6b3c", no_picture="1")

    front = await amel.get("/")
    assert '<h1 translate="no">Ménilmontant</h1>' in front.text
    assert "/accent/" not in front.text
    assert "A place where neighbours talk" in front.text


async def test_what_cannot_be_is_told_and_stays_typed(amel: Town) -> None:
    page = await send(
        amel, "/settings/place", title="x" * 61, accent="red;} body {", has_accent="1"
    )

    assert page.status_code == 422
    assert "A name has 60 characters at most." in page.text
    assert "This is no colour." in page.text
    assert "x" * 61 in page.text
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    wrong = await amel.browser.post(
        "/settings/place", data={}, files={"picture": ("x", svg, "image/png")}, headers=ORIGIN
    )
    assert "This is no picture" in wrong.text


async def test_only_an_admin_dresses_the_place(amel: Town) -> None:
    await sign_in(amel, "bea")

    page = await amel.get("/settings/place")
    answer = await send(amel, "/settings/place", **SAID)

    assert (page.status_code, answer.status_code) == (404, 404)
    assert "/settings/place" not in (await amel.get("/settings")).text


async def test_a_telephone_can_keep_the_place_among_its_apps(amel: Town) -> None:
    await send(amel, "/settings/place", **SAID)

    page = await amel.get("/", **{"Accept-Language": "fr"})
    answer = await amel.get("/manifest.webmanifest", **{"Accept-Language": "fr"})
    said = json.loads(answer.content)

    assert '<link rel="manifest" href="/manifest.webmanifest">' in page.text
    assert answer.headers["content-type"] == "application/manifest+json"
    assert (said["name"], said["display"], said["lang"]) == ("Rue Piat", "standalone", "fr")
    assert said["theme_color"] == "#2f6b3c"
    shared = await amel.get(f"{said['share_target']['action']}?text=Un+tour+de+manège")
    assert ">Un tour de manège</textarea>" in shared.text
    for icon in said["icons"]:
        file = await amel.get(icon["src"])
        assert (file.status_code, file.headers["content-type"]) == (200, "image/png")
        assert file.content[16:24] == b"".join(
            int(side).to_bytes(4, "big") for side in icon["sizes"].split("x")
        )


async def test_what_is_no_colour_has_no_style_sheet(amel: Town) -> None:
    for path in ("/accent/red.css", "/accent/2F6B3C.css", "/accent/2f6b3c00.css"):
        assert (await amel.get(path)).status_code == 404
