"""Groups in the browser: making one, joining, speaking in it, looking after it."""

import re

from tests.media.pictures import noise
from tests.web.conftest import ORIGIN, Town, fill, send, sign_in

CHOIR = {"title": "La chorale", "name": "chorale", "about": "On chante le mardi.", "mode": "open"}


async def test_a_group_from_its_making_to_its_end(town: Town) -> None:
    # Given nobody's group yet, and the way to make one
    fill(town)
    await sign_in(town, "amel")
    assert "/groups/new" in (await town.get("/groups")).text

    # When Amel makes one and Bea joins
    made = await send(town, "/groups/new", **CHOIR)
    assert (made.status_code, made.headers["location"]) == (303, "/@chorale")
    await sign_in(town, "bea")
    assert "La chorale" in (await town.get("/groups")).text
    assert (await send(town, "/groups/chorale", deed="join")).status_code == 303

    # Then what she says in it stands on its page, in its feed, and in Amel's home once
    form = (await town.get("/write?group=chorale")).text
    assert 'name="group" value="chorale"' in form and 'id="audience"' not in form
    said = await send(town, "/write", source="On répète à 20 h", group="chorale", once="x1")
    assert said.status_code == 303
    await sign_in(town, "amel")
    for path in ("/@chorale", "/home"):
        assert (await town.get(path)).text.count("On répète à 20 h") == 1, path
    feed = (await town.get("/@chorale.atom")).text
    assert feed.count("<entry>") == 1 and "On répète à 20 h" in feed
    assert "In the group" in (await town.get("/home")).text
    assert ">Béa Martin<" in (await town.get("/groups/chorale/members")).text

    # And Amel, who looks after it, takes it out, and closes the group
    post = re.search(r'name="post" value="(\d+)"', (await town.get("/@chorale")).text)
    assert post is not None
    await send(town, "/groups/chorale", deed="take-out", post=post[1], why="pas mardi")
    assert "On répète" not in (await town.get("/@chorale")).text
    wrong = await send(town, "/groups/chorale/care", deed="close", sure="no")
    assert wrong.status_code == 400
    await send(town, "/groups/chorale/care", deed="close", sure="chorale")
    assert (await town.get("/@chorale")).status_code == 410
    assert "La chorale" not in (await town.get("/groups")).text


async def test_a_look_at_the_door_and_who_has_to_leave(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    await send(town, "/groups/new", **{**CHOIR, "mode": "approval"})
    await sign_in(town, "bea")
    await send(town, "/groups/chorale", deed="join")
    assert (await send(town, "/write", source="Moi", group="chorale", once="x2")).status_code == 403
    assert (await town.get("/groups/chorale/members")).status_code == 403
    assert (await town.get("/groups/chorale/care")).status_code == 403

    await sign_in(town, "amel")
    assert "asks to join a group" in (await town.get("/news")).text
    care = "/groups/chorale/care"
    who = re.search(r'name="person" value="(\d+)"', (await town.get(care)).text)
    assert who is not None
    for deed in ("let-in", "trust"):
        assert (await send(town, care, deed=deed, person=who[1])).status_code == 303
    shown_out = await send(town, care, deed="show-out", person=who[1], why="")
    assert shown_out.status_code == 422
    assert (await send(town, care, deed="step-down")).headers["location"] == "/@chorale"
    assert (await town.get(care)).status_code == 403

    await sign_in(town, "bea")
    alone = await send(town, care, deed="step-down")
    assert alone.status_code == 422 and 'role="alert"' in alone.text
    changed = await send(town, care, deed="change", title="Le chœur", about="", mode="open")
    assert changed.status_code == 303
    assert "Le chœur" in (await town.get("/@chorale")).text


async def test_what_is_wrong_is_said_and_what_was_typed_stays(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    for wrong, status in (
        ({"name": "la chorale"}, 422),
        ({"name": "bea"}, 409),
        ({"title": " "}, 422),
        ({"mode": "secret"}, 422),
    ):
        again = await send(town, "/groups/new", **{**CHOIR, **wrong})
        assert again.status_code == status
        assert "On chante le mardi." in again.text and 'role="alert"' in again.text
    await send(town, "/groups/new", **CHOIR)
    care = "/groups/chorale/care"
    for deed, given in (
        ("invite", {"who": "@nobody_here"}),
        ("invite", {"who": ""}),
        ("change", {"title": "", "about": ""}),
        ("change", {"title": "La chorale", "about": "", "mode": "private"}),
    ):
        assert (await send(town, care, deed=deed, **given)).status_code == 422, given
    assert (await send(town, care, deed="sing")).status_code == 400
    assert (await send(town, "/groups/nothing", deed="join")).status_code == 404


async def test_the_desk_says_who_makes_groups_and_closes_one(town: Town) -> None:
    fill(town)
    await sign_in(town, "bea")
    await send(town, "/groups/new", **{**CHOIR, "mode": "private"})
    await sign_in(town, "amel")
    assert "La chorale" not in (await town.get("/groups")).text
    assert (await town.get("/@chorale")).status_code == 404

    assert "La chorale" in (await town.get("/desk/groups")).text
    await send(town, "/desk/groups", name="chorale")
    await send(town, "/desk/place", deed="groups", groups="organisers")

    assert "La chorale" not in (await town.get("/desk/groups")).text
    journal = (await town.get("/desk/journal")).text
    assert "closed the group @chorale" in journal and "make groups, and no others" in journal
    await sign_in(town, "bea")
    assert (await send(town, "/groups/new", **{**CHOIR, "name": "jardin"})).status_code == 403
    assert "/groups/new" not in (await town.get("/groups")).text


async def test_a_group_has_a_picture(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    await send(town, "/groups/new", **CHOIR)
    files, where = {"picture": ("x.png", noise((80, 80)), "image/png")}, "/groups/chorale/picture"

    hung = await town.browser.post(where, files=files, headers=ORIGIN)

    assert hung.status_code == 303
    face = re.search(r'<img src="([^"]+/media/[^"]+)"', (await town.get("/@chorale")).text)
    assert face is not None
    document = await town.instance.get("/users/chorale")
    assert document.json()["icon"]["url"] == face[1]
    broken = {"picture": ("x.png", b"no picture", "image/png")}
    again = await town.browser.post(where, files=broken, headers=ORIGIN)
    assert again.status_code == 422 and 'role="alert"' in again.text
    await sign_in(town, "bea")
    assert (await town.browser.post(where, files=files, headers=ORIGIN)).status_code == 403


async def test_words_for_a_group_one_is_not_in_are_not_lost(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    await send(town, "/groups/new", **CHOIR)
    await sign_in(town, "bea")

    again = await send(town, "/write", source="Des mots choisis", group="chorale", once="x3")

    assert again.status_code == 403
    assert "Des mots choisis" in again.text and "join it first" in again.text
