"""Pictures in the browser: brought, seen, described, left out, and said with the words."""

import re
from typing import Any

import httpx
from sqlalchemy import select

from microfed.store.posts import Attachment, Post
from tests.media.pictures import encoded, noise, picture
from tests.web.conftest import ORIGIN, Town, fill, send, sign_in
from tests.web.test_words import Marked, MarkedWords, raw_strings

RED = ("files", ("../../IMG 1.jpg", encoded(picture(), "PNG"), "text/html"))


async def send_files(town: Town, files: list[Any], **fields: str) -> httpx.Response:
    """Send the form of the writing page with files."""
    return await town.browser.post("/write", data=fields, files=files, headers=ORIGIN)


def uploads(page: httpx.Response) -> list[str]:
    return re.findall(r'<textarea id="m(\d+)"', page.text)


async def test_what_is_brought_is_seen_and_described_before_it_is_said(town: Town) -> None:
    # Given a member who brings two pictures with their words
    fill(town)
    await sign_in(town, "amel")
    page = await send_files(
        town, [RED, RED], source="Les tomates", audience="public", language="fr", once="k1"
    )
    assert page.status_code == 200
    first, second = uploads(page)
    assert "Not said yet" in page.text
    assert ">Les tomates</textarea>" in page.text
    assert page.text.count('width="64" height="48"') == 2

    # When they describe one, leave the other out, and say it
    form = {
        "source": "Les tomates",
        "audience": "public",
        "language": "fr",
        "once": "k1",
        f"m{first}": "Trois tomates rouges",
        f"f{first}": "0,0.8",
        f"m{second}": "",
        f"x{second}": "1",
        "sensitive": "1",
    }
    said = [await send_files(town, [], **form) for _ in range(2)]

    # Then it stands there once, with the picture, its words and what matters of it
    assert [answer.status_code for answer in said] == [303, 303]
    (post,) = town.change(
        lambda tx: tx.session.scalars(select(Post).filter_by(source="Les tomates")).all()
    )
    items = town.change(lambda tx: list(tx.session.scalars(select(Attachment))))
    assert [(item.post_id, item.description, item.focus_y) for item in items] == [
        (post.id, "Trois tomates rouges", 0.8)
    ]
    assert post.is_sensitive
    assert 'alt="Trois tomates rouges"' in (await town.get("/latest")).text


async def test_a_picture_alone_says_enough_even_without_a_description(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    page = await send_files(town, [RED], source="", audience="local", deed="add")
    (id_,) = uploads(page)

    fields = {"source": "", "audience": "local", f"m{id_}": ""}
    reminded = await send_files(town, [], **fields)
    answer = await send_files(town, [], deed="anyway", **fields)

    assert "Some neighbours cannot see it well" in reminded.text
    assert "Say it without a description" in reminded.text
    assert uploads(reminded) == [id_]
    assert answer.status_code == 303
    assert 'src="https://here.test/media/' in (await town.get("/home")).text


async def test_whoever_wants_no_reminder_has_none(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    await send(town, "/settings/posting", audience="local")
    (id_,) = uploads(await send_files(town, [RED], source="", audience="local"))

    answer = await send_files(town, [], source="", audience="local", **{f"m{id_}": ""})

    assert answer.status_code == 303


async def test_what_is_no_picture_is_told_and_the_words_stay(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    svg = ("files", ("x.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/jpeg"))

    page = await send_files(town, [svg], source="Regardez", audience="local")

    assert "no picture, sound or film" in page.text
    assert ">Regardez</textarea>" in page.text
    assert uploads(page) == []


async def test_a_broken_picture_says_so_and_is_left_out(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    broken = ("files", ("x.jpg", noise((300, 300))[:900], "image/jpeg"))

    page = await send_files(town, [RED, broken], source="Regardez", audience="local")
    good, bad = uploads(page)

    assert "One of the files cannot be shown" in page.text
    assert re.search(rf'name="x{bad}" value="1" checked', page.text)
    fields = {f"m{good}": "", f"m{bad}": "", f"x{bad}": "1", "deed": "anyway"}
    assert (await send_files(town, [], source="Regardez", **fields)).status_code == 303


async def test_no_more_than_four_and_nobody_elses(town: Town) -> None:
    fill(town)
    await sign_in(town, "bea")
    (hers,) = uploads(await send_files(town, [RED], source="x", deed="add"))
    await sign_in(town, "amel")

    full = await send_files(town, [RED] * 4, source="x", deed="add", **{f"m{hers}": "mine!"})
    page = await send_files(
        town, [RED], source="x", **{f"m{id_}": "x" * 1_501 for id_ in uploads(full)}
    )
    more = await send_files(town, [RED], source="x", **{f"m{id_}": "" for id_ in uploads(full)})

    assert len(uploads(full)) == 4
    assert hers not in uploads(full)
    assert "1,500 characters" in page.text and page.status_code == 422
    assert "Four pictures at most" in more.text


async def test_no_word_of_the_writing_page_escapes_translation(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    town.instance.app.state.words = {"en": MarkedWords("en", Marked())}

    page = await send_files(town, [RED], source="", deed="add", answers="")

    assert raw_strings(page.text) == []


async def test_files_from_another_site_are_not_even_read(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    answer = await town.browser.post(
        "/write", data={"source": "x"}, files=[RED], headers={"Origin": "https://evil.test"}
    )

    assert answer.status_code == 403
    assert town.change(lambda tx: tx.session.scalars(select(Attachment)).all()) == []
