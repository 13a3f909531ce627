"""What scripts add, in a real browser: in place, without moving anything; and without them."""

import asyncio

import httpx
from playwright.async_api import Browser, Page, Route, expect

from tests.components.server import MicrofedServer
from tests.web.test_sending import PASSWORD, come_in

WORDS = "What would you like to say?"


async def says(page: Page, words: str, *, audience: str = "Everyone") -> None:
    """Say something from the page of home."""
    await page.get_by_label(WORDS).fill(words)
    await page.get_by_label("For whom?").select_option(label=audience)
    await page.get_by_role("button", name="Say it", exact=True).click()
    await expect(page.get_by_text(words)).to_be_visible()


async def follows_leo(server: MicrofedServer, page: Page) -> str:
    """Leo moves in, and is followed; returns the token of his app."""
    token = str(server.add_member("leo")["token"])
    await page.goto(f"{server.url}/@leo")
    await page.get_by_role("button", name="Follow", exact=True).click()
    await expect(page.get_by_role("button", name="Follow no more")).to_be_visible()
    return token


async def test_a_deed_is_done_in_place_and_the_focus_stays(
    microfed_server: MicrofedServer, page: Page
) -> None:
    await come_in(microfed_server, page, "amel")
    await says(page, "The bakery is open")
    await page.goto(f"{microfed_server.url}/home")
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    thank = page.get_by_role("button", name="Thank", exact=True)

    await thank.focus()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("button", name="Thanked")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(thank).to_be_focused()
    assert loads == []


async def test_new_posts_are_told_and_nothing_moves_until_one_wants_them(
    microfed_server: MicrofedServer, page: Page
) -> None:
    # Given a member who follows another, and reads at home
    await come_in(microfed_server, page, "amel")
    await says(page, "The first of the day")
    leo = await follows_leo(microfed_server, page)
    await page.goto(f"{microfed_server.url}/home")
    before = await page.get_by_text("The first of the day").bounding_box()

    # When the other says two things
    async with httpx.AsyncClient(base_url=microfed_server.url) as app:
        for words in ("Ripe tomatoes", "Free ladder"):
            headers = {"Authorization": f"Bearer {leo}"}
            answer = await app.post("/api/v1/statuses", data={"status": words}, headers=headers)
            assert answer.status_code == 200

    # Then she is told, and what she reads stands where it was, until she wants them
    told = page.get_by_role("link", name="2 new posts")
    await expect(told).to_be_visible()
    assert await page.get_by_text("The first of the day").bounding_box() == before
    await expect(page.get_by_text("Ripe tomatoes")).to_have_count(0)
    await told.click()
    await expect(page.get_by_text("Ripe tomatoes")).to_be_visible()
    await expect(page.get_by_text("You have seen everything.")).to_be_visible()


async def test_words_survive_in_the_browser_until_the_place_has_them(
    microfed_server: MicrofedServer, page: Page
) -> None:
    # Given words that were typed and not sent
    await come_in(microfed_server, page, "amel")
    await page.get_by_label(WORDS).fill("A long letter")
    await page.goto(f"{microfed_server.url}/latest")

    # When their author comes back, and says them
    await page.goto(f"{microfed_server.url}/home")
    assert await page.get_by_label(WORDS).input_value() == "A long letter"
    await expect(page.get_by_text("This browser kept these words")).to_be_visible()
    await page.get_by_role("button", name="Say it", exact=True).click()
    await expect(page.locator("article").get_by_text("A long letter")).to_be_visible()

    # Then the browser keeps them no more
    assert await page.get_by_label(WORDS).input_value() == ""
    assert await page.evaluate("Object.keys(localStorage)") == []


async def test_words_typed_before_the_script_has_come_survive_too(
    microfed_server: MicrofedServer, browser: Browser
) -> None:
    # Given a slow line, on which the page is there before its script
    context = await browser.new_context(service_workers="block")
    page = await context.new_page()
    await come_in(microfed_server, page, "amel")
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await page.route("**/living*.js*", hold)
    async with page.expect_request("**/living*.js*"):
        await page.goto(f"{microfed_server.url}/home", wait_until="commit")

    # When words are typed meanwhile, and their author leaves
    await page.get_by_label(WORDS).fill("A hasty letter")
    released.set()
    await page.wait_for_load_state()
    await page.goto(f"{microfed_server.url}/home")

    # Then they are still there
    assert await page.get_by_label(WORDS).input_value() == "A hasty letter"
    await context.close()


async def test_whoever_signs_out_leaves_no_words_behind(
    microfed_server: MicrofedServer, page: Page
) -> None:
    await come_in(microfed_server, page, "amel")
    await page.get_by_label(WORDS).fill("A secret")
    await page.goto(f"{microfed_server.url}/sign-out")

    await page.get_by_role("main").get_by_role("button", name="Sign out").click()

    await expect(page).not_to_have_url(f"{microfed_server.url}/sign-out")
    assert await page.evaluate("Object.keys(localStorage)") == []


async def test_a_list_goes_on_by_itself_and_by_its_link(
    microfed_server: MicrofedServer, page: Page
) -> None:
    await come_in(microfed_server, page, "amel")
    leo = await follows_leo(microfed_server, page)
    async with httpx.AsyncClient(base_url=microfed_server.url) as app:
        for n in range(25):
            headers = {"Authorization": f"Bearer {leo}"}
            await app.post("/api/v1/statuses", data={"status": f"Number {n}."}, headers=headers)
    await page.goto(f"{microfed_server.url}/home")
    assert await page.get_by_role("link", name="Older").get_attribute("href")

    await page.get_by_role("link", name="Older").scroll_into_view_if_needed()

    await expect(page.get_by_text("Number 0.")).to_be_attached()
    await expect(page.locator("article")).to_have_count(25)
    await expect(page.get_by_text("You have seen everything.")).to_be_attached()


async def test_without_scripts_a_member_writes_corrects_asks_plans_and_takes_back(
    microfed_server: MicrofedServer, browser: Browser
) -> None:
    context = await browser.new_context(java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    await come_in(microfed_server, page, "amel")

    # A post is said, corrected, and its old words can be read
    await says(page, "The bakery opens on Monday", audience="Your neighbours only")
    await page.locator("article time").first.click()
    await expect(page.locator("article").get_by_text("Seen by those who live")).to_be_visible()
    await page.get_by_role("link", name="Correct").click()
    await page.get_by_label("Your words").fill("The bakery opens on Tuesday")
    await page.get_by_role("button", name="Correct it").click()
    await page.get_by_role("link", name="Corrected").click()
    await expect(page.get_by_text("opens on Monday")).to_be_visible()

    # It is taken back to be written again, and kept as a draft
    await page.get_by_role("link", name="Back to it").click()
    await page.get_by_role("link", name="Take back").click()
    await page.get_by_role("button", name="Take back and write it again").click()
    assert await page.get_by_label(WORDS).input_value() == "The bakery opens on Tuesday"
    await page.get_by_role("button", name="Keep as a draft").click()
    await expect(page.get_by_role("heading", name="Drafts", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Go on writing").click()

    # A question with two answers goes with it, in three hours
    await page.get_by_text("Question", exact=True).click()
    await page.get_by_label("Answer 1").fill("Bread")
    await page.get_by_label("Answer 2").fill("Cake")
    await page.get_by_text("Later", exact=True).click()
    await page.get_by_label("In how long?").fill("3")
    await page.get_by_role("button", name="Say it", exact=True).click()
    await expect(page.get_by_text("To be said in 3 hours")).to_be_visible()
    await expect(page.get_by_text("Cake")).to_be_visible()
    await page.get_by_role("button", name="Throw it away").click()
    await expect(page.get_by_text("Nothing waits here.")).to_be_visible()
    await context.close()
    assert PASSWORD
