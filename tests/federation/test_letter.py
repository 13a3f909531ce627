"""The letter of one neighbourhood as an allied one gets it: the part that is for everyone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.weekly import choose_schedule
from microfed.queries.letter import SCHEDULE
from microfed.store.access import Setting
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from microfed.workers.keep_time import KeepTime
from microfed.workers.running import Wake
from tests.federation.test_alliances import proposes
from tests.fediverse import Fediverse

pytestmark = pytest.mark.anyio


async def test_an_allied_place_reads_the_letter_without_what_is_among_neighbours(
    fediverse: Fediverse,
) -> None:
    # Given Ménilmontant, which follows Belleville, and a week there
    belleville = await fediverse.instance("belleville.test")
    menil = await fediverse.instance("menil.test")
    leo = belleville.add("leo")
    await proposes(menil, belleville)
    await fediverse.settle()
    with belleville.house.db.writing() as tx:
        me = tx.session.get_one(Actor, leo.id)
        for title, audience in (("Perceuse", Audience.PUBLIC), ("Clé", Audience.LOCAL)):
            publish_aid(tx, author=me, terms=Terms("offer", "loan", title), audience=audience)
        choose_schedule(tx, by=None, is_on=True, day=0, hour=0)
        kept = tx.session.get_one(Setting, SCHEDULE)
        kept.value = {**kept.value, "since": (tx.now - timedelta(days=8)).isoformat()}

    # When its day has come, and the worker looks twice
    for _ in range(2):
        await KeepTime(belleville.house, Wake(belleville.house.db, "planned")).do_due()
        await fediverse.settle()

    # Then it stands there once, readable, with a link to its page
    with menil.house.db.reading() as tx:
        (post,) = tx.session.scalars(select(Post).where(Post.kind == "article")).all()
        author = tx.session.get_one(Actor, post.actor_id)
    assert author.uri == "https://belleville.test/actor"
    assert (post.url or "").startswith("https://belleville.test/lettre/20")
    assert "Perceuse" in post.content and "Clé" not in post.content
    said = b"".join(sent.body for sent in fediverse.network.sent)
    assert b"Perceuse" in said and "Clé".encode() not in said
