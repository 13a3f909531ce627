"""Film and sound, by ffmpeg where it is there: playable everywhere, with their secrets gone."""

import subprocess
from pathlib import Path

import pytest

from tests.fediverse import Instance, Neighbour
from tests.media.test_upload import files_in
from tests.media.uploads import fetched, posts, send, sent


def film(ffmpeg: str, folder: Path, name: str, *how: str, seconds: int = 1) -> bytes:
    """Make a film with sound."""
    path = folder / name
    pictures = f"testsrc=duration={seconds}:size=320x240:rate=10"
    command = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", pictures]
    command += ["-f", "lavfi", "-i", f"sine=duration={seconds}"]
    command += ["-metadata", "title=Secret title", "-metadata", "location=+45.7+004.8/"]
    subprocess.run([*command, *how, "-shortest", str(path)], check=True)
    return path.read_bytes()


async def test_a_film_is_kept_without_its_secrets(
    ada: Neighbour, ffmpeg: str, tmp_path: Path
) -> None:
    body = film(ffmpeg, tmp_path, "a.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac")
    assert b"Secret title" in body

    said = await sent(ada, body, description="Bars")

    assert (said["type"], said["url"][-4:]) == ("video", ".mp4")
    assert said["meta"]["original"]["size"] == "320x240"
    assert 0.9 < said["meta"]["original"]["duration"] < 1.3
    assert said["preview_url"].endswith(".jpg") and said["blurhash"]
    kept = await fetched(ada, said["url"])
    assert kept.headers["content-type"] == "video/mp4"
    assert b"Secret title" not in kept.content and b"+45.7" not in kept.content
    assert (await posts(ada, status="film", media_ids=[said["id"]])).status_code == 200


@pytest.mark.parametrize(
    ("name", "how", "kind", "ending"),
    [
        ("a.mov", ("-c:v", "mpeg4", "-c:a", "pcm_s16le"), "video", "mp4"),
        ("a.webm", ("-c:v", "libvpx", "-c:a", "libopus"), "video", "webm"),
        ("a.mp3", ("-vn",), "audio", "mp3"),
        ("a.ogg", ("-vn", "-c:a", "libvorbis"), "audio", "ogg"),
        ("a.flac", ("-vn",), "audio", "flac"),
    ],
)
async def test_other_kinds_are_taken_or_made_playable(
    ada: Neighbour,
    ffmpeg: str,
    tmp_path: Path,
    name: str,
    how: tuple[str, ...],
    kind: str,
    ending: str,
) -> None:
    said = await sent(ada, film(ffmpeg, tmp_path, name, *how))

    assert (said["type"], said["url"].rpartition(".")[2]) == (kind, ending)
    assert b"Secret title" not in (await fetched(ada, said["url"])).content


async def test_a_film_is_worked_on_while_the_app_asks_again(
    here: Instance, ada: Neighbour, ffmpeg: str, tmp_path: Path
) -> None:
    body = film(ffmpeg, tmp_path, "a.mp4", "-c:v", "mpeg4", seconds=30)
    auth = {"Authorization": f"Bearer {ada.token}"}
    async with here.house.workshop._one_at_a_time:  # somebody else's film comes first
        taken = await send(ada, body, version=2)
        path = f"/api/v1/media/{taken.json()['id']}"
        asked = await here.client.get(path, headers=auth)
        too_soon = await posts(ada, status="x", media_ids=[taken.json()["id"]])

    assert (taken.status_code, taken.json()["url"]) == (202, None)
    assert (asked.status_code, asked.json()["url"]) == (206, None)
    assert too_soon.status_code == 422
    (work,) = here.house.workshop._begun
    await work
    ready = await here.client.get(path, headers=auth)
    assert (ready.status_code, ready.json()["type"]) == (200, "video")


@pytest.mark.parametrize(
    "body",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"#EXTM3U\nfile:///etc/passwd\n" * 9,
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\xff" * 50_000,
        b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\0" * 1_000,
        b"\xff\xfb\x90\x00" + b"<?php system('id') ?>" * 100,
        b"OggS\x00" + b"\x01" * 500,
        b"fLaC\x00\x00\x00\x22" + b"\xff" * 500,
        b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm" + b"\x00" * 500,
    ],
)
async def test_what_only_looks_like_film_is_refused(
    ada: Neighbour, ffmpeg: str, data: Path, body: bytes
) -> None:
    response = await send(ada, body, name="film.mp4")

    assert response.status_code == 422
    assert {name for name in files_in(data) if not name.endswith(".raw")} == set()
