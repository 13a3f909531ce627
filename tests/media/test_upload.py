"""A neighbour brings a picture: it is made safe, described, shown in a post, and goes with it."""

import io
from datetime import timedelta
from pathlib import Path

import piexif
from PIL import Image

from microfed.operations.media import drop_unused
from microfed.workers.process_media import ProcessMedia
from microfed.workers.running import Wake
from tests.fediverse import Fediverse, Instance, Neighbour
from tests.media.pictures import animation, encoded, noise, picture, quadrants, wide_profile
from tests.media.uploads import fetched, posts, send, sent

HERE = "https://here.test"


def files_in(data: Path) -> set[str]:
    return {path.name for path in (data / "media").rglob("*") if path.is_file()}


async def test_a_picture_is_ready_when_the_app_is_answered(ada: Neighbour) -> None:
    said = await sent(ada, noise((2400, 1200)), description="Noise", focus="0.5,-0.25")

    assert said["type"] == "image"
    assert said["url"].startswith(f"{HERE}/media/") and said["url"].endswith(".jpg")
    assert said["meta"]["original"]["size"] == "1920x960"
    assert said["meta"]["small"]["size"] == "640x320"
    assert said["meta"]["focus"] == {"x": 0.5, "y": -0.25}
    assert said["description"] == "Noise"
    assert 20 < len(said["blurhash"]) < 40


async def test_it_is_served_for_ever_and_as_nothing_but_a_picture(ada: Neighbour) -> None:
    said = await sent(ada, encoded(picture(), "PNG"))

    response = await fetched(ada, said["url"])

    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "immutable" in response.headers["cache-control"]
    assert Image.open(io.BytesIO(response.content)).size == (64, 48)
    again = await fetched(ada, said["url"], **{"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_part_of_a_file_is_given_where_asked(ada: Neighbour) -> None:
    url = (await sent(ada, noise((300, 300))))["url"]
    whole = (await fetched(ada, url)).content

    async def part(asked: str) -> tuple[int, bytes, str | None]:
        response = await fetched(ada, url, Range=asked)
        return response.status_code, response.content, response.headers.get("content-range")

    assert await part("bytes=5-9") == (206, whole[5:10], f"bytes 5-9/{len(whole)}")
    assert (await part("bytes=-7"))[:2] == (206, whole[-7:])
    assert (await part(f"bytes={len(whole) - 1}-"))[:2] == (206, whole[-1:])
    for asked in (
        *(f"bytes={len(whole)}-", "bytes=9-5", "bytes=-0", "bytes=-", "lines=1-2", "bytes=a-b"),
        *("bytes=" + ",".join(f"{n}-{n}" for n in range(500)), "bytes=" + "9" * 400 + "-"),
    ):
        assert await part(asked) == (416, b"", f"bytes */{len(whole)}")


async def test_where_a_photo_was_taken_is_not_told_and_it_stands_upright(ada: Neighbour) -> None:
    exif = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Orientation: 6, piexif.ImageIFD.Model: b"Secret camera"},
            "GPS": {
                piexif.GPSIFD.GPSLatitudeRef: b"N",
                piexif.GPSIFD.GPSLatitude: ((45, 1), (45, 1), (0, 1)),
            },
        }
    )
    # As a telephone held upright writes it: lying on its side, to be turned by the reader.
    lying = quadrants((400, 600)).transpose(Image.Transpose.ROTATE_90)
    photo = encoded(lying, "JPEG", quality=95, exif=exif, icc_profile=wide_profile())
    assert b"Secret camera" in photo

    said = await sent(ada, photo)
    body = (await fetched(ada, said["url"])).content
    shown = Image.open(io.BytesIO(body))

    told = piexif.load(body)
    assert [part for part in ("0th", "Exif", "GPS", "1st") if told[part]] == []
    assert b"Secret camera" not in body and b"Exif" not in body and b"ICC_PROFILE" not in body
    assert shown.size == (400, 600)
    # Where the profile says red for what is written as green, green is what the eye must get.
    left, right = shown.getpixel((100, 150)), shown.getpixel((300, 150))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert left[1] > left[0] + 80 and right[0] > right[1] + 80
    below = shown.getpixel((100, 450))
    assert isinstance(below, tuple) and below[2] > 150


async def test_an_animation_still_moves(ada: Neighbour) -> None:
    for kind, ending in (("GIF", "gif"), ("WEBP", "webp"), ("PNG", "webp")):
        said = await sent(ada, animation(7, kind=kind))

        assert said["url"].endswith(ending)
        shown = Image.open(io.BytesIO((await fetched(ada, said["url"])).content))
        assert getattr(shown, "n_frames", 1) == 7


async def test_every_kind_of_picture_is_taken(ada: Neighbour) -> None:
    for kind, ending in (("AVIF", "jpg"), ("WEBP", "webp"), ("GIF", "png"), ("JPEG", "jpg")):
        said = await sent(ada, encoded(picture((200, 100)), kind))
        assert said["url"].endswith(ending)
    clear = await sent(ada, encoded(picture((50, 50), (0, 0, 0, 0), mode="RGBA"), "PNG"))
    shown = Image.open(io.BytesIO((await fetched(ada, clear["url"])).content))
    assert shown.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]


async def test_what_is_not_taken_is_refused_in_words(ada: Neighbour) -> None:
    for body, word in (
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!DOCTYPE html><script>", "web pages"),
        (b"%PDF-1.7", "PDF"),
        (b"#!/bin/sh\nrm -rf /", "scripts"),
    ):
        response = await send(ada, body, name="photo.jpg")
        assert response.status_code == 422
        assert word.lower() in response.text.lower()


async def test_a_post_shows_it_and_tells_the_world(
    fediverse: Fediverse, here: Instance, ada: Neighbour
) -> None:
    there = await fediverse.instance("there.test")
    bea = there.add("bea")
    await bea.does({"type": "Follow", "object": ada.uri})
    await fediverse.settle()
    said = await sent(ada, noise((320, 200)), description="A market", focus="0,0.2")

    status = await posts(ada, status="Look", media_ids=[said["id"]])
    await fediverse.settle()

    assert status.status_code == 200
    assert status.json()["media_attachments"][0]["id"] == said["id"]
    note = (await here.get(status.json()["uri"])).json()
    (attachment,) = note["attachment"]
    assert attachment == {
        "type": "Document",
        "mediaType": "image/jpeg",
        "url": said["url"],
        "name": "A market",
        "blurhash": said["blurhash"],
        "width": 320,
        "height": 200,
        "focalPoint": [0.0, 0.2],
    }
    home = await there.client.get(
        "/api/v1/timelines/home", headers={"Authorization": f"Bearer {bea.token}"}
    )
    (seen,) = home.json()[0]["media_attachments"]
    assert seen["url"].startswith("https://there.test/media/remote/a")
    assert seen["preview_url"].startswith("https://there.test/media/remote/p")
    assert seen["description"] == "A market"
    picture_there = await there.client.get(seen["url"])
    assert picture_there.status_code == 200
    assert picture_there.headers["content-type"] == "image/jpeg"


async def test_a_post_takes_only_what_is_ours_ready_and_not_too_much(
    here: Instance, ada: Neighbour
) -> None:
    eve = here.add("eve")
    mine = [(await sent(ada, encoded(picture(), "PNG")))["id"] for _ in range(5)]
    hers = (await sent(eve, encoded(picture(), "PNG")))["id"]

    for ids in (mine, [mine[0], hers], ["99"], [mine[0], "0"]):
        refused = await posts(ada, status="no", media_ids=ids)
        assert refused.status_code == 422, ids
    assert (await posts(ada, status="yes", media_ids=mine[:4])).status_code == 200
    again = await posts(ada, status="twice", media_ids=[mine[0]])
    assert again.status_code == 422
    unseen = await here.client.get(
        f"/api/v1/media/{mine[4]}", headers={"Authorization": f"Bearer {eve.token}"}
    )
    assert unseen.status_code == 404


async def test_pictures_alone_are_a_post(ada: Neighbour) -> None:
    said = await sent(ada, encoded(picture(), "PNG"))

    status = await posts(ada, media_ids=[said["id"]])

    assert status.status_code == 200
    assert len(status.json()["media_attachments"]) == 1


async def test_an_upload_is_described_and_forgotten(here: Instance, ada: Neighbour) -> None:
    said = await sent(ada, encoded(picture(), "PNG"))
    auth = {"Authorization": f"Bearer {ada.token}"}
    path = f"/api/v1/media/{said['id']}"

    changed = await here.client.put(path, data={"description": "  Red \x00"}, headers=auth)
    too_long = await here.client.put(path, data={"description": "a" * 1501}, headers=auth)
    outside = await here.client.put(path, data={"focus": "2,0"}, headers=auth)
    gone = await here.client.delete(path, headers=auth)

    assert changed.json()["description"] == "Red"
    assert (too_long.status_code, outside.status_code, gone.status_code) == (422, 422, 200)
    assert (await here.client.get(path, headers=auth)).status_code == 404


async def test_files_go_with_their_post_and_unused_ones_after_a_day(
    here: Instance, ada: Neighbour, data: Path
) -> None:
    worker = ProcessMedia(here.house, Wake(here.house.db, "media"))
    used, unused = await sent(ada, noise((90, 90))), await sent(ada, noise((80, 80)))
    status = (await posts(ada, status="x", media_ids=[used["id"]])).json()
    while await worker.handle_due():
        pass
    assert len(files_in(data)) == 4  # two pictures, each with a small one

    await here.client.delete(
        f"/api/v1/statuses/{status['id']}?delete_media=true",
        headers={"Authorization": f"Bearer {ada.token}"},
    )
    await worker.handle_due()

    assert len(files_in(data)) == 2
    assert (await fetched(ada, used["url"])).status_code == 404
    with here.house.db.writing() as tx:
        assert drop_unused(tx) == 0
        tx.now += timedelta(hours=25)
        assert drop_unused(tx) == 1
    await worker.handle_due()
    assert files_in(data) == set()
    assert (await fetched(ada, unused["url"])).status_code == 404


async def test_a_video_door_says_when_it_cannot(ada: Neighbour, here: Instance) -> None:
    here.house.workshop.__dict__["programs"] = None

    response = await send(ada, b"\0\0\0\x18ftypmp42" + b"\0" * 100)

    assert response.status_code == 422
    assert "not taken here" in response.text


async def test_a_post_is_written_anew_with_the_same_pictures(
    here: Instance, ada: Neighbour, data: Path
) -> None:
    auth = {"Authorization": f"Bearer {ada.token}"}
    said = await sent(ada, noise((90, 90)))
    first = (await posts(ada, status="tpyo", media_ids=[said["id"]])).json()

    taken_back = await here.client.delete(f"/api/v1/statuses/{first['id']}", headers=auth)
    again = await posts(ada, status="typo", media_ids=[said["id"]])
    await here.client.delete(f"/api/v1/statuses/{again.json()['id']}", headers=auth)

    assert taken_back.json()["media_attachments"][0]["id"] == said["id"]
    assert again.json()["media_attachments"][0]["url"] == said["url"]
    with here.house.db.writing() as tx:
        assert drop_unused(tx) == 0
        tx.now += timedelta(minutes=61)
        assert drop_unused(tx) == 1
    await ProcessMedia(here.house, Wake(here.house.db, "media")).handle_due()
    assert files_in(data) == set()


async def test_a_description_is_corrected_with_its_post(here: Instance, ada: Neighbour) -> None:
    said = await sent(ada, noise((90, 90)), description="A dog")
    first = (await posts(ada, status="Look", media_ids=[said["id"]])).json()

    edited = await here.client.put(
        f"/api/v1/statuses/{first['id']}",
        json={
            "status": "Look",
            "media_ids": [said["id"]],
            "media_attributes": [{"id": said["id"], "description": "A cat", "focus": "0.5,0"}],
        },
        headers={"Authorization": f"Bearer {ada.token}"},
    )

    assert edited.json()["media_attachments"][0]["description"] == "A cat"
    (attached,) = (await here.get(first["uri"])).json()["attachment"]
    assert (attached["name"], attached["focalPoint"]) == ("A cat", [0.5, 0.0])
