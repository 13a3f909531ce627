"""What a member takes along holds all of theirs, and can be read in here again."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from microfed.ids import id_at
from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.circles import make_circle
from microfed.operations.follows import request_follow
from microfed.operations.keeping import write_note
from microfed.operations.lists import make_list, put_on_list
from microfed.operations.taking_back import delete_post
from microfed.queries.archive_parts import PARTS
from microfed.store.bilan import BilanEntry
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import Actor
from microfed.store.posts import Attachment, Post
from microfed.uploading import take_and_process
from microfed.vocab.audience import Audience
from microfed.workers.do_jobs import DoJobs
from microfed.workers.running import Wake
from tests.archives import parts, said, zipped
from tests.web.conftest import Town, send, sign_in
from tests.web.settings.test_bringing import PNG, bring, brought, left


async def test_my_own_archive_holds_all_of_mine_and_is_read_in_here(
    amel: Town, tmp_path: Path
) -> None:
    # Given somebody with pictures, help, lists, filters, and words for some only
    def live(tx: Tx) -> None:
        me, leo = (tx.session.get_one(Actor, amel.people[name]) for name in ("amel", "leo"))
        publish_aid(
            tx, author=me, terms=Terms("offer", "loan", "Perceuse"), audience=Audience.LOCAL
        )
        write_note(tx, writer=me, about=leo, text="rue Piat")
        request_follow(tx, follower=me, target=leo)
        make_circle(tx, owner=me, title="Proches")
        spent = {"owner_id": me.id, "day": tx.now, "side": "here", "minutes": 20, "brought": []}
        insert_once(tx, BilanEntry, {"id": id_at(tx.now), **spent})
        put_on_list(tx, make_list(tx, owner=me, title="Voisins"), [leo.id])

    amel.change(live)
    amel.says("amel", "Le code de la cour", audience=Audience.LOCAL)
    amel.says("amel", "Pour celles qui suivent", audience=Audience.FOLLOWERS)
    house = amel.instance.house
    (tmp_path / "wall").write_bytes(PNG)
    wall = await take_and_process(
        house, owner_id=amel.people["amel"], source=tmp_path / "wall", description="Un mur"
    )
    amel.says("amel", "Un mur rouge", attachments=(wall,))
    await send(amel, "/settings/export", x="1")
    await DoJobs(house, Wake(house.db, "jobs")).do_due()
    archive = (await amel.get("/settings/export/archive.zip")).content

    # Then it holds them, readable
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        told = {name: json.loads(file.read(name)) for name in PARTS}
    assert [(aid["title"], aid["state"]) for aid in told["aid.json"]] == [("Perceuse", "open")]
    assert told["lists.json"][0]["people"] == ["https://here.test/users/leo"]
    assert told["notes_on_people.json"] == [
        {"about": "https://here.test/users/leo", "text": "rue Piat"}
    ]
    assert told["circles.json"] == [{"title": "Proches", "people": []}]
    assert [entry["minutes"] for entry in told["bilan.json"]] == [20]
    assert told["settings.json"][0]["language"] == "fr"

    # When she reads it in where all of it is, nothing is added; and after some was lost, that is
    await bring(amel, archive)
    assert (brought(amel), left(amel)) == ([], {"answer": 1, "known": 5})

    def lose(tx: Tx) -> None:
        me = tx.session.get_one(Actor, amel.people["amel"])
        mine = select(Post).where(Post.actor_id == me.id).order_by(Post.id.desc())
        for post in tx.session.scalars(mine).all():
            delete_post(tx, author=me, post=post)

    amel.change(lose)
    await bring(amel, archive)
    assert [post.audience for post in brought(amel)] == [
        *("quiet", "local", "local", "followers", "quiet")
    ]
    shown = amel.change(
        lambda tx: tx.session.scalars(
            select(Attachment).where(Attachment.post_id.is_not(None))
        ).one()
    )
    assert (shown.description, shown.post_id) == ("Un mur", brought(amel)[-1].id)


@pytest.mark.parametrize("near", ["circle", "group", "ring", "people"])
async def test_what_was_for_some_is_for_nobody_else(amel: Town, near: str) -> None:
    items = [said(1, to=[], cc=[]) | {"microfed": {"audience": near}}]

    await bring(amel, zipped(parts(items)))

    assert [post.audience for post in brought(amel)] == ["people"]


async def test_what_was_for_one_neighbourhood_is_not_for_another(amel: Town) -> None:
    items = [said(1, to=[], cc=[]) | {"microfed": {"audience": "local"}}]

    await bring(amel, zipped(parts(items)))

    (post,) = brought(amel)
    assert post.audience == "people"
    assert (await amel.get(f"/@amel/{post.id}")).status_code == 200
    await sign_in(amel, "bea")
    assert (await amel.get(f"/@amel/{post.id}")).status_code == 404
