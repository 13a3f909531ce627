"""The file that members take along opens in any browser: no network, no script, no page missing."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Browser
from sqlalchemy import update

from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.circles import make_circle
from microfed.operations.follows import request_follow
from microfed.operations.keeping import bookmark, write_note
from microfed.operations.lists import make_list, put_on_list
from microfed.operations.reactions import boost
from microfed.queries.archive_parts import PARTS
from microfed.queries.archives import LISTS
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.uploading import take_and_process
from microfed.vocab.audience import Audience
from microfed.web.archive_words import SECTIONS, TWICE
from microfed.workers import archive as worker
from microfed.workers.do_jobs import DoJobs
from microfed.workers.running import Wake
from tests.components.needed import ensure_axe
from tests.web.conftest import Town, send
from tests.web.settings.test_bringing import PNG
from tests.web.test_axe import RULES, RUN

LINK = re.compile(r'(?:href|src)="([^"#]+)')


async def lived(town: Town, tmp_path: Path) -> None:
    """Amel has some of everything."""
    (tmp_path / "wall").write_bytes(PNG)
    wall = await take_and_process(
        town.instance.house,
        owner_id=town.people["amel"],
        source=tmp_path / "wall",
        description="Un mur rouge, rue Piat",
    )
    town.says("amel", "Un mur rouge #mur", attachments=(wall,))
    town.says("amel", "<b>huit pattes</b>", warning="Araignées", audience=Audience.LOCAL)
    bread = town.says("bea", "La boulangerie rouvre.")

    def live(tx: Tx) -> None:
        me, leo, bea = (
            tx.session.get_one(Actor, town.people[name]) for name in ("amel", "leo", "bea")
        )
        me.note = "<p>Jardins partagés, compost et vélo.</p>"
        me.fields = [{"name": "Rue", "value": "<p>rue Piat</p>"}]
        terms = Terms("offer", "loan", "Perceuse", place="rue Piat")
        publish_aid(tx, author=me, terms=terms, audience=Audience.LOCAL)
        write_note(tx, writer=me, about=leo, text="rue Piat, 3e étage")
        request_follow(tx, follower=me, target=leo)
        request_follow(tx, follower=bea, target=me)
        make_circle(tx, owner=me, title="Proches")
        put_on_list(tx, make_list(tx, owner=me, title="Voisins"), [leo.id])
        post = tx.session.get_one(Post, bread)
        boost(tx, actor=me, post=post)
        bookmark(tx, actor=me, post=post)

    town.change(live)


async def take_along(town: Town) -> bytes:
    """Have everything gathered, and download it."""
    await send(town, "/settings/export", x="1")
    house = town.instance.house
    while await DoJobs(house, Wake(house.db, "jobs")).do_due():
        pass
    answer = await town.get("/settings/export/archive.zip")
    assert answer.status_code == 200
    return answer.content


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_it_opens_without_a_network_and_leads_everywhere(
    amel: Town, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    # Given a life in more posts than one page holds
    monkeypatch.setattr(worker, "PAGE", 2)
    await lived(amel, tmp_path)
    mine = update(Member).where(Member.id == amel.people["amel"])
    amel.change(lambda tx: tx.connection.execute(mine.values(language=language)))

    # When it is taken along and unpacked
    with zipfile.ZipFile(io.BytesIO(await take_along(amel))) as file:
        file.extractall(tmp_path / "away")
    away = tmp_path / "away"

    # Then each link leads to a page or picture that is in it, or is an address of the world
    pages = [away / "index.html", away / "lists.html", *sorted((away / "posts").glob("*.html"))]
    assert len(pages) == 5
    for page in pages:
        text = page.read_text()
        assert f'<html lang="{language}">' in text
        assert "<script" not in text
        for link in LINK.findall(text):
            is_away = link.startswith("https://here.test/")
            assert is_away or (page.parent / link).resolve().is_file(), (page.name, link)

    # And a browser shows them, pictures and all, with the keyboard alone, and to everybody
    context = await browser.new_context(
        offline=True, java_script_enabled=True, viewport={"width": 360, "height": 700}
    )
    shown = await context.new_page()
    axe = ensure_axe().read_text()
    for page in pages:
        await shown.goto(page.as_uri())
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await shown.evaluate(wide) <= 0, page.name
        await shown.evaluate(axe)
        assert await shown.evaluate(RUN, RULES) == [], page.name
    await shown.goto(pages[0].as_uri())
    for _ in range(5):
        await shown.keyboard.press("Tab")
    await shown.keyboard.press("Enter")
    await shown.wait_for_url("**/posts/0002.html")
    picture = "document.querySelector('figure img')"
    await shown.wait_for_function(f"{picture}?.naturalWidth > 0")
    assert await shown.evaluate(f"{picture}.alt") == "Un mur rouge, rue Piat"
    await context.close()


async def test_each_list_has_its_words_there() -> None:
    named = set(PARTS) | {f"{name}.csv" for name in LISTS}

    assert set(SECTIONS) | TWICE == named
    assert not set(SECTIONS) & TWICE
