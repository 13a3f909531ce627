"""ActivityPub clients bring pictures; members have faces; posts use our emojis."""

import io
import json

import httpx
from PIL import Image

from microfed.operations.emojis import add_emoji
from microfed.operations.media import CLAIMED_FOR
from microfed.store.posts import Attachment
from microfed.uploading import make_picture, take_upload, workspace
from microfed.workers.process_media import ProcessMedia
from microfed.workers.running import Wake
from tests.fediverse import Fediverse, Instance, Neighbour
from tests.media.pictures import animation, encoded, noise, picture
from tests.media.test_upload import files_in
from tests.media.uploads import fetched, sent


async def upload(who: Neighbour, body: bytes, said: object = None) -> httpx.Response:
    files = {"file": ("../../x.svg", body, "image/svg+xml")}
    if said is not None:
        files["object"] = ("descriptor.jsonld", json.dumps(said).encode(), "application/ld+json")
    return await who.instance.client.post(
        f"{who.uri}/upload", files=files, headers={"Authorization": f"Bearer {who.token}"}
    )


async def test_a_client_uploads_and_shows_it_in_a_note(here: Instance, ada: Neighbour) -> None:
    said = {"type": "Image", "nameMap": {"fr": "Le marché"}, "focalPoint": [0.1, -0.2]}

    response = await upload(ada, noise((300, 200)), said)

    assert response.status_code == 201
    document = response.json()
    assert response.headers["location"] == document["id"]
    assert (document["type"], document["mediaType"]) == ("Image", "image/jpeg")
    assert (document["name"], document["focalPoint"]) == ("Le marché", [0.1, -0.2])
    auth = {"Authorization": f"Bearer {ada.token}"}
    again = await here.client.get(document["id"], headers=auth)
    assert again.json() == document
    for reference in (document, document["id"]):
        fresh = (await upload(ada, noise((30, 20)), said)).json()
        shown = fresh if reference is document else fresh["id"]
        done = await ada.says("Look", attachment=[shown])
        (attached,) = done["object"]["attachment"]
        assert attached["url"] == fresh["url"]


async def test_a_client_is_told_what_is_wrong(here: Instance, ada: Neighbour) -> None:
    eve = here.add("eve")
    nothing = await here.client.post(
        f"{ada.uri}/upload",
        files={"object": ("x", b"{}")},
        headers={"Authorization": f"Bearer {ada.token}"},
    )
    not_hers = await here.client.post(
        f"{ada.uri}/upload",
        files={"file": ("x", encoded(picture(), "PNG"))},
        headers={"Authorization": f"Bearer {eve.token}"},
    )
    drawing = await upload(ada, b"<svg/>")
    unknown = await here.client.post(f"{ada.uri}/upload", files={"file": ("x", b"x")})

    assert [r.status_code for r in (nothing, not_hers, drawing, unknown)] == [422, 403, 422, 401]
    mine = (await upload(ada, encoded(picture(), "PNG"))).json()
    stolen = await eve.says("mine!", attachment=[mine])
    assert stolen["object"]["attachment"] == []


async def test_an_upload_that_nobody_finished_is_finished(here: Instance, ada: Neighbour) -> None:
    async with workspace(here.house) as folder:
        (folder / "upload").write_bytes(encoded(picture(), "PNG"))
        id_ = await take_upload(here.house, owner_id=ada.id, source=folder / "upload")
    worker = ProcessMedia(here.house, Wake(here.house.db, "media"))
    assert await worker.handle_due() == 0  # whoever took it in still has it
    with here.house.db.writing() as tx:
        item = tx.session.get_one(Attachment, id_)
        assert item.claimed_until is not None
        item.claimed_until -= CLAIMED_FOR

    assert await worker.handle_due() == 1

    with here.house.db.reading() as tx:
        assert tx.session.get_one(Attachment, id_).processed_at is not None
    await worker.handle_due()
    assert not any(name.endswith(".raw") for name in files_in(here.house.settings.data))


async def test_a_member_has_a_face_and_a_banner(
    fediverse: Fediverse, here: Instance, ada: Neighbour
) -> None:
    auth = {"Authorization": f"Bearer {ada.token}"}

    async def update(**files: bytes) -> httpx.Response:
        return await here.client.patch(
            "/api/v1/accounts/update_credentials",
            files={name: (name, body) for name, body in files.items()},
            headers=auth,
        )

    first = await update(avatar=noise((900, 600)))
    second = await update(avatar=noise((500, 900), "PNG"), header=noise((2000, 900)))
    refused = await update(avatar=b"<svg/>")

    assert first.json()["avatar"] != second.json()["avatar"]
    assert refused.status_code == 422
    face = await fetched(ada, second.json()["avatar"])
    assert Image.open(io.BytesIO(face.content)).size == (400, 400)
    banner = await fetched(ada, second.json()["header"])
    assert Image.open(io.BytesIO(banner.content)).size == (1500, 500)
    document = (await here.get(ada.uri)).json()
    assert document["icon"] == {
        "type": "Image",
        "mediaType": "image/png",
        "url": second.json()["avatar"],
    }
    worker = ProcessMedia(here.house, Wake(here.house.db, "media"))
    while await worker.handle_due():
        pass
    assert (await fetched(ada, first.json()["avatar"])).status_code == 404
    assert len(files_in(here.house.settings.data)) == 2


async def test_our_emojis_go_out_with_posts_and_are_seen_elsewhere(
    fediverse: Fediverse, here: Instance, ada: Neighbour
) -> None:
    there = await fediverse.instance("there.test")
    bea = there.add("bea")
    await bea.does({"type": "Follow", "object": ada.uri})
    await fediverse.settle()
    async with workspace(here.house) as folder:
        (folder / "sun").write_bytes(animation(3, (200, 200)))
        file = await make_picture(here.house, folder / "sun", "emoji")
    with here.house.db.writing() as tx:
        url = add_emoji(tx, by=None, shortcode="sun", file=file).url

    done = await ada.says("Fine weather :sun: but not a:sun:b or :moon:")
    await fediverse.settle()

    (tag,) = [tag for tag in done["object"]["tag"] if tag["type"] == "Emoji"]
    assert tag["id"] == "https://here.test/emoji/sun"
    assert tag["name"] == ":sun:"
    assert tag["icon"] == {"type": "Image", "mediaType": "image/gif", "url": url}
    home = await there.client.get(
        "/api/v1/timelines/home", headers={"Authorization": f"Bearer {bea.token}"}
    )
    (emoji,) = home.json()[0]["emojis"]
    assert emoji["shortcode"] == "sun"
    assert emoji["url"].startswith("https://there.test/media/remote/e-")
    shown = await there.client.get(emoji["url"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/gif")
    listed = await here.client.get("/api/v1/custom_emojis")
    assert [(one["shortcode"], one["url"]) for one in listed.json()] == [("sun", url)]


async def test_a_host_for_media_alone_gives_nothing_else(fediverse: Fediverse) -> None:
    here = await fediverse.instance("here.test", media_url="https://files.here.test")
    ada = here.add("ada")

    said = await sent(ada, encoded(picture(), "PNG"))

    assert said["url"].startswith("https://files.here.test/media/")
    assert (await here.client.get(said["url"])).status_code == 200
    for path in ("/users/ada", "/api/v1/instance", "/", "/inbox", "/.well-known/webfinger"):
        assert (await here.client.get(f"https://files.here.test{path}")).status_code == 421
    page = await here.client.get("/@ada", headers={"Accept": "text/html"})
    assert "img-src https://files.here.test 'self'" in page.headers["content-security-policy"]
    done = await ada.says("Look", attachment=[{"type": "Image", "url": said["url"]}])
    assert done["object"]["attachment"][0]["url"] == said["url"]


async def test_no_file_is_ever_an_activity(here: Instance, ada: Neighbour) -> None:
    said = await sent(ada, encoded(picture(), "PNG"))

    for accept in ("application/activity+json", "application/ld+json", "text/html", "*/*"):
        answer = await fetched(ada, said["url"], Accept=accept)
        assert answer.headers["content-type"] == "image/png"
