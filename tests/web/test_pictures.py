"""Pictures on the pages: faces, banners, what holds their place, and what stands for them."""

import pytest
from blurhash import encode
from sqlalchemy import select

from microfed.here import digest_of
from microfed.ids import id_at
from microfed.media.placeholder import focus_of, tone_of
from microfed.store.database import Tx
from microfed.store.media import RemoteFile
from microfed.store.people import Actor
from microfed.store.posts import Attachment
from tests.web.conftest import Town, fill, passed_on


def test_the_colour_that_holds_a_place_is_the_mean_of_the_picture() -> None:
    tone = tone_of(encode([[(200, 40, 40)] * 8] * 8, 4, 3))

    assert tone is not None
    parts = [int(tone[at : at + 2], 16) for at in (1, 3, 5)]
    assert all(abs(part - meant) < 4 for part, meant in zip(parts, (200, 40, 40), strict=True))


@pytest.mark.parametrize("hash_", [None, "", "L", "L\"'<>xx", "L~~~~~xxxx"])
def test_what_is_no_blurhash_has_no_colour(hash_: str | None) -> None:
    assert tone_of(hash_) is None


def test_the_side_that_matters_most_is_kept_in_sight() -> None:
    found = [focus_of(*at) for at in ((None, None), (0.1, 0.2), (0, 1), (0, -1), (-1, 0), (1, 0.5))]

    assert found == ["", "", "top", "bottom", "left", "right"]


async def test_a_face_is_shown_from_here_over_its_letter(town: Town) -> None:
    fill(town)

    def dress(tx: Tx) -> None:
        amel = tx.session.get_one(Actor, town.people["amel"])
        amel.avatar_uri = tx.here.media("face.jpg")
        amel.header_uri, amel.header_description = tx.here.media("street.jpg"), "Our street"

    town.change(dress)

    page = await town.get("/@amel")

    assert '>A<img src="https://here.test/media/face.jpg" alt=""' in page.text
    assert 'src="https://here.test/media/street.jpg" alt="Our street"' in page.text


async def test_a_picture_holds_its_place_and_stands_by_its_words_when_it_is_away(
    town: Town,
) -> None:
    # Given a picture from elsewhere, with what its server said of it
    fill(town)
    passed_on(town, by="leo")

    def tell(tx: Tx) -> str:
        item = tx.session.scalars(select(Attachment)).one()
        item.blurhash, item.width, item.height = "LGF5]+Yk^6#M@-5c,1J5@[or[Q6.", 800, 600
        item.focus_y = 0.9
        return str(item.remote_url)

    url = town.change(tell)
    before = (await town.get("/@leo")).text

    # When that server does not give it
    town.change(
        lambda tx: tx.session.add(
            RemoteFile(
                id=id_at(tx.now),
                digest=digest_of(url),
                slot="attachment",
                used_at=tx.now,
                retry_at=tx.now.replace(year=tx.now.year + 1),
            )
        )
    )
    after = (await town.get("/@leo")).text

    # Then its words stand there, not a broken picture
    assert 'class="top" src="https://here.test/media/remote/p' in before
    assert 'width="800" height="600"' in before
    assert 'fill="#' in before
    assert "<img" not in after
    assert '<span class="told">Tulips in buckets</span>' in after
    assert "does not show it at the moment" in after
