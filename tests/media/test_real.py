"""A real app with a real server: a picture and a film are posted, and another place shows them."""

from pathlib import Path

import httpx
import pytest
from mastodon import Mastodon

from tests.components.processes import until
from tests.components.server import MicrofedServer
from tests.media.pictures import noise
from tests.media.test_films import film


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_picture_and_a_film_are_posted_and_shown_elsewhere(tmp_path: Path, ffmpeg: str) -> None:
    here, there = MicrofedServer(tmp_path / "here"), MicrofedServer(tmp_path / "there")
    for server in (here, there):
        server.folder.mkdir()
        server.start()
    try:
        ada, bea = here.add_member("ada"), there.add_member("bea")
        app = Mastodon(access_token=ada["token"], api_base_url=here.url)
        reader = {"Authorization": f"Bearer {bea['token']}"}
        with httpx.Client(base_url=there.url, headers=reader) as client:
            client.post(
                "/users/bea/outbox",
                json={"type": "Follow", "object": ada["actor"]},
                headers={"Content-Type": "application/activity+json"},
            )
            body = film(ffmpeg, tmp_path, "a.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p")
            picture = app.media_post(noise((800, 600)), "image/jpeg", description="Noise")
            moving = app.media_post(body, "video/mp4", description="Bars")
            until(lambda: app.account_followers(ada["id"]), "bea to follow ada")
            app.status_post("Look", media_ids=[picture["id"], moving["id"]])

            def seen() -> list[dict[str, str]]:
                posts = client.get("/api/v1/timelines/home").json()
                return posts[0]["media_attachments"] if posts else []

            until(seen, "the post to arrive")
            shown = seen()
            assert [one["type"] for one in shown] == ["image", "video"]
            for one, kind in zip(shown, ("image/jpeg", "video/mp4"), strict=True):
                assert one["url"].startswith(there.url)
                answer = client.get(one["url"])
                assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    finally:
        here.stop()
        there.stop()
