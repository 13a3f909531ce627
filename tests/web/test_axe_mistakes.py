"""Nobody is kept out where something is amiss either: forms with mistakes, and reminders."""

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

import pytest
from playwright.async_api import Browser, Page, Route

from tests.components.needed import ensure_axe
from tests.media.pictures import encoded, picture
from tests.web.conftest import ORIGIN, Town, fill, sign_in
from tests.web.test_axe import RULES, RUN, THEMES

RED = encoded(picture((300, 200)), "PNG")
Ask = Callable[[Town], Awaitable[str]]


def sends(path: str, *files: str, **fields: str) -> Ask:
    """Return what asks for the page that answers a form."""

    async def ask(town: Town) -> str:
        brought = [(name, ("x.png", RED, "image/png")) for name in files]
        page = await town.browser.post(path, data=fields, files=brought or None, headers=ORIGIN)
        assert page.status_code in (200, 422), page.status_code
        return page.text

    return ask


ASKED: dict[str, Ask] = {
    "nothing was written": sends("/write", source=""),
    "a picture was brought": sends("/write", "files", source="Look"),
    "no name": sends("/settings/profile", display_name="x" * 40, note="y" * 600),
    "wrong passwords": sends("/settings/password", password="x", fresh="y", again="z"),
    "a wrong second step": sends("/settings/second-step", deed="begin", password="x"),
    "nobody there": sends("/settings/move", deed="mine", address="nobody"),
    "not leaving": sends("/settings/leave", name="x", password="x"),
    "no such colour": sends("/settings/place", title="x" * 70, accent="red", has_accent="1"),
}


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_mistake_keeps_nobody_out(town: Town, browser: Browser, language: str) -> None:
    fill(town)
    await sign_in(town, "amel")
    town.browser.cookies.set("language", language)
    pages = {name: await ask(town) for name, ask in ASKED.items()}
    context = await browser.new_context(
        viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    )
    page = await context.new_page()

    async def answer(route: Route) -> None:
        name = unquote(route.request.url.removeprefix("https://here.test/told?"))
        if name in pages:
            await route.fulfill(
                status=200, content_type="text/html; charset=utf-8", body=pages[name]
            )
            return
        file = await town.browser.get(route.request.url)
        await route.fulfill(status=200, headers=dict(file.headers), body=file.content)

    await page.route("**/*", answer)
    found = {}
    for name in pages:
        if wrong := await _looked_at(page, name):
            found[name] = wrong
    await context.close()

    assert found == {}, found


async def _looked_at(page: Page, name: str) -> list[str]:
    await page.goto(f"https://here.test/told?{name}")
    assert await page.locator(".mistake, .mistakes, .notice").count() > 0, name
    await page.evaluate(ensure_axe().read_text())
    found: list[str] = []
    for theme in THEMES:
        await page.evaluate("(name) => document.documentElement.dataset.theme = name", theme)
        found += await page.evaluate(RUN, {"type": "tag", "values": RULES})
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the screen")
    return found
