"""A day with the keyboard alone: every deed is reached by Tab, seen, and done by Enter or Space."""

from playwright.async_api import Page, expect

from tests.components.server import MicrofedServer

PASSWORD = "une échelle verte"
NAME = """() => {
  const node = document.activeElement;
  const label = node.labels && node.labels[0];
  return (node.ariaLabel || (label && label.innerText) || node.innerText || "").trim();
}"""
SEEN = """() => {
  const node = document.activeElement;
  const box = node.getBoundingClientRect();
  return getComputedStyle(node).outlineStyle !== "none" && box.width > 0 && box.height > 0;
}"""


async def reach(page: Page, name: str, *, within: int = 60) -> None:
    """Press Tab until what is called `name` has the focus; each stop on the way can be seen."""
    for _ in range(within):
        await page.keyboard.press("Tab")
        now = await page.evaluate(NAME)
        assert await page.evaluate(SEEN), f"one does not see that the focus is on “{now}”"
        if now == name:
            return
    raise AssertionError(f"Tab does not lead to “{name}”")


async def test_a_member_comes_in_writes_thanks_and_leaves_by_keyboard(
    microfed_server: MicrofedServer, page: Page
) -> None:
    # Given a member before the sign-in page, without a mouse
    microfed_server.add_member("amel", "--password", PASSWORD)
    await page.goto(f"{microfed_server.url}/sign-in?next=/home")
    await reach(page, "Name or e-mail")
    await page.keyboard.type("amel")
    await reach(page, "Password")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{microfed_server.url}/home")

    # When they skip the way around, write behind a warning, and say it
    await reach(page, "Skip to the content")
    await page.keyboard.press("Enter")
    await reach(page, "What would you like to say?", within=2)
    await page.keyboard.type("A spider in the yard")
    await reach(page, "For whom?")
    await page.keyboard.type("Everyone")
    await reach(page, "Warning")
    await page.keyboard.press("Enter")
    await reach(page, "What people read before they unfold it")
    await page.keyboard.type("Spiders")
    await reach(page, "Say it")
    await page.keyboard.press("Enter")

    # Then it is there; they unfold it, thank themselves for it, and sign out
    post = page.locator("article")
    await expect(post).to_contain_text("Spiders")
    await expect(post.get_by_text("A spider in the yard")).to_be_hidden()
    await reach(page, "Spiders")
    await page.keyboard.press("Space")
    await expect(post.get_by_text("A spider in the yard")).to_be_visible()
    await reach(page, "Thank")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Thanked")).to_be_visible()
    await page.goto(f"{microfed_server.url}/home")
    await reach(page, "More")
    await page.keyboard.press("Enter")
    await reach(page, "Sign out")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{microfed_server.url}/sign-out")
    await reach(page, "Sign out")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{microfed_server.url}/")
    await page.goto(f"{microfed_server.url}/home")
    await expect(page).to_have_url(f"{microfed_server.url}/sign-in?next=/home")
