"""Cards under posts that lead to a page: read once, shown in words, nothing of its code."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from microfed import clock
from microfed.here import digest_of
from microfed.operations.previews import first_link
from microfed.remote.previews import preview_in
from tests.fediverse import Fediverse, Instance, Neighbour
from tests.mastodon.conftest import Phone
from tests.media.pictures import noise

pytestmark = pytest.mark.anyio

PAGE = """<!doctype html><html lang="fr"><head><title>Le titre nu</title>
<meta property="og:title" content="La fête de la rue Piat &amp; alentour">
<meta property="og:description" content="Samedi, <script>alert(1)</script> venez">
<meta property="og:site_name" content="Le journal du coin">
<meta property="og:image" content="/fete.png"><meta property="og:image:alt" content="Des lampions">
<meta property="og:video" content="javascript:alert(2)"><meta name="author" content="Inès">
</head><body><iframe src="https://evil.test"></iframe></body></html>"""
URL = "https://journal.test/fete?n=1&v=2"


class Newspaper(httpx.AsyncBaseTransport):
    """A site of somebody else, which counts who reads it."""

    def __init__(self) -> None:
        self.read: Counter[str] = Counter()
        self.status = 200
        self.kind = "text/html; charset=utf-8"
        self.page = PAGE.encode()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.read[request.url.path] += 1
        if request.url.path.endswith(".png"):
            return httpx.Response(
                200, content=noise((64, 48)), headers={"content-type": "image/jpeg"}
            )
        return httpx.Response(self.status, content=self.page, headers={"content-type": self.kind})


@pytest.fixture
async def newspaper(fediverse: Fediverse) -> Newspaper:
    """The newspaper next door."""
    site = fediverse.network.apps["journal.test"] = Newspaper()
    return site


async def test_a_page_is_shown_under_the_post_that_leads_to_it_and_read_once(
    fediverse: Fediverse,
    here: Instance,
    ana: Phone,
    bea: Phone,
    anyone: Phone,
    newspaper: Newspaper,
) -> None:
    said = await ana.says(f"À lire : {URL} #fête")
    again = await bea.says(f"Moi aussi {URL}")
    await fediverse.settle()

    card = (await anyone.get(f"/api/v1/statuses/{said['id']}"))["card"]

    assert card["title"] == "La fête de la rue Piat & alentour"
    assert card["description"] == "Samedi, <script>alert(1)</script> venez"  # words, no HTML
    assert (card["provider_name"], card["author_name"]) == ("Le journal du coin", "Inès")
    assert (card["url"], card["html"], card["embed_url"]) == (URL, "", "")
    assert "evil" not in str(card)
    assert await anyone.get(f"/api/v1/statuses/{again['id']}/card") == card
    assert newspaper.read["/fete"] == 1
    third = await bea.says(f"Encore {URL}")
    assert (await anyone.get(f"/api/v1/statuses/{third['id']}"))["card"] == card
    await fediverse.settle()
    assert newspaper.read["/fete"] == 1
    links = await anyone.get("/api/v1/trends/links")
    assert [one["url"] for one in links] == [URL]
    assert links[0]["history"][0]["uses"] == "3"
    found = await anyone.get("/api/v1/timelines/link", url=URL)
    assert [one["id"] for one in found] == [third["id"], again["id"], said["id"]]
    page = await here.client.get(f"/@ana/{said['id']}")
    assert "Le journal du coin" in page.text
    assert "<script>alert" not in page.text


async def test_the_picture_of_a_card_comes_from_us(
    fediverse: Fediverse, here: Instance, ana: Phone, newspaper: Newspaper
) -> None:
    said = await ana.says(URL)
    await fediverse.settle()
    card = (await ana.get(f"/api/v1/statuses/{said['id']}"))["card"]

    answer = await here.client.get(card["image"])

    assert card["image"].endswith(digest_of("https://journal.test/fete.png"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/")
    assert newspaper.read["/fete.png"] == 1


@pytest.mark.parametrize("visibility", ["private", "direct", "local"])
async def test_nobody_learns_of_a_link_that_was_not_for_everyone(
    fediverse: Fediverse, ana: Phone, newspaper: Newspaper, visibility: str
) -> None:
    said = await ana.says(URL, visibility=visibility)

    await fediverse.settle()

    assert not newspaper.read
    assert (await ana.get(f"/api/v1/statuses/{said['id']}"))["card"] is None


@pytest.mark.parametrize(
    ("status", "kind", "page"),
    [
        (404, "text/html", PAGE.encode()),
        (200, "application/pdf", PAGE.encode()),
        (200, "text/html", b""),
        (200, "text/html", b"<html><title>   </title>"),
        (200, "text/html", b"x" * 1_000_001),
    ],
)
async def test_a_page_that_says_nothing_leaves_the_post_as_it_is(
    fediverse: Fediverse, ana: Phone, newspaper: Newspaper, status: int, kind: str, page: bytes
) -> None:
    newspaper.status, newspaper.kind, newspaper.page = status, kind, page
    said = await ana.says(URL)

    await fediverse.settle()

    assert (await ana.get(f"/api/v1/statuses/{said['id']}"))["card"] is None
    assert newspaper.read["/fete"] == 1


async def test_a_corrected_post_shows_the_page_it_leads_to_now(
    fediverse: Fediverse, ana: Phone, newspaper: Newspaper
) -> None:
    said = await ana.says(URL)
    await fediverse.settle()

    edited = await ana.put(f"/api/v1/statuses/{said['id']}", status="sans lien")
    other = await ana.put(f"/api/v1/statuses/{said['id']}", status="https://journal.test/autre")
    await fediverse.settle()

    assert edited["card"] is None
    assert other["card"] is None
    card = (await ana.get(f"/api/v1/statuses/{said['id']}"))["card"]
    assert card["url"] == "https://journal.test/autre"
    assert await ana.get("/api/v1/timelines/link", url=URL) == []


async def test_who_reads_the_post_elsewhere_reads_the_page_within_a_minute(
    fediverse: Fediverse,
    here: Instance,
    ana: Phone,
    newspaper: Newspaper,
    phone: Callable[[Neighbour], Phone],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = await fediverse.instance("there.test")
    eva = phone(there.add("eva"))
    found = await eva.get("/api/v2/search", q="@ana@here.test", resolve="true")
    await eva.post(f"/api/v1/accounts/{found['accounts'][0]['id']}/follow")
    await fediverse.settle()
    await ana.says(f"Bonjour @eva@there.test, à lire : {URL} #fête")
    later = clock.now() + timedelta(seconds=61)
    await fediverse.settle()

    monkeypatch.setattr(clock, "now", lambda: later)
    await fediverse.settle()

    shown = (await eva.get("/api/v1/timelines/home"))[0]
    assert shown["card"]["title"] == "La fête de la rue Piat & alentour"
    assert newspaper.read["/fete"] == 2  # once from each server


async def test_names_and_hashtags_are_no_pages(here: Instance) -> None:
    content = (
        '<p><a href="https://there.test/@eva" class="u-url mention">@eva</a> '
        '<a href="https://there.test/tags/x" rel="tag">#x</a> '
        '<a href="https://here.test/about">ici</a> '
        '<a href="https://journal.test/?a=1&amp;b=2" rel="nofollow">journal</a></p>'
    )

    assert first_link(content, here.house.db.here) == "https://journal.test/?a=1&b=2"
    assert first_link("<p>rien</p>", here.house.db.here) is None


async def test_what_a_page_says_is_cut_and_its_picture_must_be_on_the_web() -> None:
    page = (
        f'<title>{"x" * 500}</title><meta name="description" content="{"y" * 2_000}\x00">'
        '<meta property="og:image" content="data:image/png;base64,AAAA">'
    )

    found = preview_in(page.encode(), URL)

    assert found is not None
    assert (len(found.title), len(found.description), found.image) == (200, 500, None)
