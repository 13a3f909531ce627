"""An offer goes from one neighbourhood to another: both boards show it, to the end."""

import pytest
from sqlalchemy import select

from microfed.operations.aid import publish_aid, set_state
from microfed.operations.aid_rows import Terms
from microfed.queries.aid import Wanted, board
from microfed.queries.visibility import Viewer
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.fediverse import Fediverse, Instance

pytestmark = pytest.mark.anyio


def shown(place: Instance, viewer: int, state: str = "") -> list[tuple[str, str, str]]:
    with place.house.db.writing() as tx:
        rows = board(tx, Viewer(viewer), Wanted(state=state))
        return [(aid.kind, aid.category, aid.title) for _, aid in rows]


async def test_an_offer_stands_on_both_boards_until_it_is_done(fediverse: Fediverse) -> None:
    belleville = await fediverse.instance("belleville.test")
    menil = await fediverse.instance("menil.test")
    amel, marc = belleville.add("amel"), menil.add("marc")
    await marc.does({"type": "Follow", "object": amel.uri})
    await fediverse.settle()

    with belleville.house.db.writing() as tx:
        post = publish_aid(
            tx,
            author=tx.session.get_one(Actor, amel.id),
            terms=Terms("offer", "loan", "Perceuse & <b>mèches</b>"),
            audience=Audience.PUBLIC,
        )
        id_, uri = post.id, post.uri
    await fediverse.settle()
    offered = ("offer", "loan", "Perceuse & <b>mèches</b>")
    assert shown(belleville, amel.id) == [offered]
    assert [row[:2] for row in shown(menil, marc.id)] == [offered[:2]]
    with menil.house.db.reading() as tx:
        read = tx.session.scalars(select(Post).where(Post.uri == uri)).one().content
    assert read.count("<a href=") == 2 and f"/entraide/{id_}" in read  # its page, and the hashtag

    with belleville.house.db.writing() as tx:
        author, said = tx.session.get_one(Actor, amel.id), tx.session.get_one(Post, id_)
        set_state(tx, author=author, post=said, state="done")
    await fediverse.settle()

    assert shown(menil, marc.id) == []
    assert [row[:2] for row in shown(menil, marc.id, "done")] == [offered[:2]]
