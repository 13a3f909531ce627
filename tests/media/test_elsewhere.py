"""What lives elsewhere is looked at through us, kept within a budget, and missed gracefully."""

import asyncio
import io
from dataclasses import dataclass, field

import httpx
import pytest
from PIL import Image
from sqlalchemy import func, select

from microfed.here import digest_of
from microfed.ids import id_at
from microfed.operations.domains import rule_domain
from microfed.outbound.media import avatar_url, emoji_url, media_url
from microfed.queries.files import bytes_by_kind
from microfed.store.media import StoredFile
from microfed.store.people import Actor
from microfed.store.posts import Attachment
from tests.fediverse import Fediverse, Instance
from tests.media.pictures import animation, encoded, noise, picture, png_bomb
from tests.media.test_upload import files_in
from tests.media.uploads import sent


@dataclass
class Pictures(httpx.AsyncBaseTransport):
    """Somebody's media server: what it has, and how often it was asked."""

    has: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        status, body = self.has.get(request.url.path, (404, b""))
        return httpx.Response(status, content=body, headers={"Content-Type": "text/html"})


@pytest.fixture
async def pictures(fediverse: Fediverse) -> Pictures:
    there = Pictures()
    fediverse.network.apps["pics.test"] = there
    return there


@pytest.fixture
async def here(fediverse: Fediverse) -> Instance:
    return await fediverse.instance("here.test", media_budget=5_000_000)


def knows(here: Instance, path: str, **more: object) -> str:
    """A post from elsewhere shows a picture; return where we show it."""
    with here.house.db.writing() as tx:
        item = Attachment(id=id_at(tx.now), remote_url=f"https://pics.test{path}", **more)
        tx.session.add(item)
        tx.flush()
        url = media_url(tx.here, item)
    assert url is not None and "pics.test" not in url
    return url


async def test_a_picture_is_fetched_when_first_looked_at_and_then_kept(
    here: Instance, pictures: Pictures
) -> None:
    pictures.has["/a.jpg"] = (200, noise((500, 400)))
    url = knows(here, "/a.jpg")

    answers = await asyncio.gather(*(here.client.get(url) for _ in range(8)))
    small = await here.client.get(url.replace("/remote/a", "/remote/p"))

    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].content == pictures.has["/a.jpg"][1]  # light already: as it came
    assert answers[0].headers["content-type"] == "image/jpeg"  # whatever its server said
    assert answers[0].headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert Image.open(io.BytesIO(small.content)).size == (500, 400)
    assert pictures.asked == ["/a.jpg"]


async def test_what_is_gone_is_a_blur_of_its_colours_and_not_asked_for_again(
    here: Instance, pictures: Pictures
) -> None:
    url = knows(here, "/gone.jpg", blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj")

    answers = [await here.client.get(url) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert answers[0].headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answers[0].content)).size == (20, 20)
    assert pictures.asked == ["/gone.jpg"]


async def test_hostile_pictures_elsewhere_are_not_shown(here: Instance, pictures: Pictures) -> None:
    for path, body in (
        ("/page.jpg", b"<html><script>alert(1)</script>"),
        ("/svg.svg", b"<svg onload='alert(1)'/>"),
        ("/object.json", b'{"@context":"https://www.w3.org/ns/activitystreams"}'),
        ("/bomb.png", png_bomb(9_000, 9_000)),
        ("/long.jpg", b"\xff\xd8\xff" + b"\0" * 17_000_000),
        ("/empty.jpg", b""),
    ):
        pictures.has[path] = (200, body)
        answer = await here.client.get(knows(here, path))
        assert answer.status_code == 404, path
        assert body[:100] not in answer.content or not body

    assert files_in(here.house.settings.data) == set()


async def test_a_name_that_is_not_ours_leads_nowhere(here: Instance, pictures: Pictures) -> None:
    pictures.has["/a.jpg"] = (200, noise((50, 40)))
    url = knows(here, "/a.jpg")
    name = url.rpartition("/")[2]

    for other in (
        *(name[:-1], name + "0", "a1-" + "0" * 24, name.replace("a", "i", 1), "https:evil.test"),
        *("e-" + digest_of("https://pics.test/a.jpg"), "../../microfed.db", "a-", "%2e%2e%2fx"),
    ):
        answer = await here.client.get(f"/media/remote/{other}")
        assert answer.status_code == 404, other
    assert (await here.client.get("/media/remote?url=https://pics.test/a.jpg")).status_code == 404
    assert pictures.asked == []


async def test_the_budget_holds_and_what_is_ours_stays(here: Instance, pictures: Pictures) -> None:
    ada = here.add("ada")

    ours = (await sent(ada, noise((600, 600))))["url"]
    urls = []
    for at in range(60):
        pictures.has[f"/{at}.jpg"] = (200, noise((1100, 900), quality=92))
        urls.append(knows(here, f"/{at}.jpg"))
    brought = sum(len(body) for _, body in pictures.has.values())
    assert brought > 50_000_000

    most = 0
    for url in urls:
        assert (await here.client.get(url)).status_code == 200
        with here.house.db.reading() as tx:
            most = max(most, bytes_by_kind(tx).get("elsewhere", 0))

    assert most <= 5_000_000
    held = [path for path in (here.house.settings.data / "media").rglob("*") if path.is_file()]
    with here.house.db.reading() as tx:
        known = tx.connection.scalar(select(func.count()).select_from(StoredFile))
        assert len(held) == known
        assert bytes_by_kind(tx)["posts"] > 0
    assert (await here.client.get(ours)).status_code == 200
    assert (await here.client.get(urls[0])).status_code == 200  # fetched anew
    assert pictures.asked.count("/0.jpg") == 2


async def test_faces_and_emojis_of_others_come_through_us(
    here: Instance, pictures: Pictures, fediverse: Fediverse
) -> None:
    there = await fediverse.instance("there.test")
    bea = there.add("bea")
    pictures.has["/face.png"] = (200, noise((900, 700), "PNG"))
    pictures.has["/sun.gif"] = (200, animation(3, (300, 200)))
    with there.house.db.writing() as tx:
        actor = tx.session.get_one(Actor, bea.id)
        actor.avatar_uri = "https://pics.test/face.png"
        actor.display_name = "Bea :sun:"
        actor.emojis = [
            {
                "shortcode": "sun",
                "url": "https://pics.test/sun.gif",
                "id": "https://there.test/emoji/sun",
                "updated": "2026-01-01T00:00:00Z",
            }
        ]
    ada = here.add("ada")
    await ada.does({"type": "Follow", "object": bea.uri})
    with here.house.db.reading() as tx:
        known = tx.session.scalar(select(Actor).where(Actor.uri == bea.uri))
        assert known is not None
        face = avatar_url(tx.here, known.id, known.avatar_uri)
        sun = emoji_url(tx.here, known.emojis[0])

    assert face is not None
    shown = Image.open(io.BytesIO((await here.client.get(face)).content))
    moving = Image.open(io.BytesIO((await here.client.get(sun)).content))

    assert shown.size == (400, 400)
    assert max(moving.size) == 128 and getattr(moving, "n_frames", 1) == 3


async def test_a_server_whose_pictures_are_unwanted_is_not_asked(
    here: Instance, pictures: Pictures
) -> None:
    pictures.has["/a.jpg"] = (200, noise((50, 40)))
    url = knows(here, "/a.jpg")
    with here.house.db.writing() as tx:
        rule_domain(tx, domain="pics.test", action="reject_media")

    assert (await here.client.get(url)).status_code == 404
    assert pictures.asked == []


async def test_a_picture_that_is_too_large_is_made_smaller(
    here: Instance, pictures: Pictures
) -> None:
    pictures.has["/large.png"] = (200, encoded(picture((3000, 1000)), "PNG"))

    answer = await here.client.get(knows(here, "/large.png"))

    assert Image.open(io.BytesIO(answer.content)).size == (1920, 640)
