"""Nobody is kept out: axe-core finds no barrier on any page, in two languages and three themes."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from playwright.async_api import Browser, Page, Route

from tests.components.needed import ensure_axe
from tests.web.every_page import Look
from tests.web.test_every_page import Everything
from tests.web.test_every_page import everything as everything

THEMES = ("light", "dark", "contrast")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (only) => {
  const found = await axe.run(document, {runOnly: only, resultTypes: ["violations"]});
  return found.violations.flatMap(
    (one) => one.nodes.map((node) => one.id + ": " + node.html.slice(0, 160)));
}"""


def from_here(client: httpx.AsyncClient) -> Callable[[Route], Awaitable[None]]:
    """Answer what the browser asks for from the application in this process."""

    async def answer(route: Route) -> None:
        response = await client.get(route.request.url)
        await route.fulfill(
            status=response.status_code, headers=dict(response.headers), body=response.content
        )

    return answer


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_nothing_keeps_anybody_out(
    everything: Everything, browser: Browser, language: str
) -> None:
    script = ensure_axe().read_text()
    found: dict[str, list[str]] = {}
    for is_member in (False, True):
        client = everything.town.browser if is_member else everything.stranger
        client.cookies.set("language", language)
        context = await browser.new_context(
            viewport={"width": 320, "height": 640}, reduced_motion="reduce"
        )
        page = await context.new_page()
        await page.route("**/*", from_here(client))
        for look in everything.looks:
            if look.is_member == is_member:
                await _look_at(page, look, language, script, found)
        await context.close()

    assert found == {}, found


async def _look_at(
    page: Page, look: Look, language: str, script: str, found: dict[str, list[str]]
) -> None:
    await page.goto(f"https://here.test{look.path}")
    assert await page.evaluate("document.documentElement.lang") == language, look
    await page.evaluate(
        "document.querySelectorAll('main details').forEach((one) => one.open = true)"
    )
    # As wide as a narrow phone, or a screen magnified four times: nothing is cut off.
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found[f"{look}, width"] = ["wider than the screen"]
    await page.evaluate(script)
    for theme in THEMES:
        # What the server writes there when somebody chose it.
        await page.evaluate("(name) => document.documentElement.dataset.theme = name", theme)
        # All but the colours is the same in each.
        only = {"type": "rule", "values": ["color-contrast"]}
        if theme == THEMES[0]:
            only = {"type": "tag", "values": RULES}
        if wrong := await page.evaluate(RUN, only):
            found[f"{look}, {theme}"] = wrong
