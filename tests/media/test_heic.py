"""Pictures as many telephones write them: read with the extra, refused kindly without it."""

import io
import sys
from pathlib import Path

import piexif
import pillow_heif
import pytest
from PIL import Image

from microfed.media.made import Unusable
from microfed.media.pictures import make_picture
from tests.fediverse import Neighbour
from tests.media.pictures import quadrants
from tests.media.uploads import fetched, send, sent


def heic(image: Image.Image, **how: object) -> bytes:
    """Return a picture as a telephone writes it."""
    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, quality=90, **how)
    return out.getvalue()


async def test_a_picture_of_a_telephone_is_shown_as_any_screen_can(ada: Neighbour) -> None:
    exif = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Orientation: 6, piexif.ImageIFD.Make: b"Secret telephone"},
            "GPS": {piexif.GPSIFD.GPSLatitude: ((48, 1), (52, 1), (0, 1))},
        }
    )

    said = await sent(ada, heic(quadrants((640, 320)), exif=exif), description="Four colours")
    file = await fetched(ada, said["url"])

    assert file.headers["content-type"] in ("image/jpeg", "image/webp")
    assert said["meta"]["original"]["size"] == "320x640"
    shown = Image.open(io.BytesIO(file.content)).convert("RGB")
    # A quarter turn to the right: what was below left is above left.
    assert shown.getpixel((40, 40))[2] > 180  # type: ignore[index]
    assert shown.getpixel((280, 40))[0] > 180  # type: ignore[index]
    assert not shown.getexif()
    assert b"Secret" not in file.content


def test_without_the_extra_one_is_told_what_to_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an installation that never had it: Python then finds no such module
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "photo").write_bytes(heic(quadrants((64, 64))))

    with pytest.raises(Unusable, match="please send a JPEG"):
        make_picture(tmp_path / "photo", "heic", "attachment", tmp_path)


async def test_a_picture_cut_short_is_refused(ada: Neighbour) -> None:
    whole = heic(quadrants((640, 320)))

    answer = await send(ada, whole[: len(whole) // 2])

    assert answer.status_code == 422
