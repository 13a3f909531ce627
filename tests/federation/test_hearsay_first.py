"""A post that came round before its author brought it: by an ally, a relay, or a thread."""

import pytest

from microfed.fetching import bring
from microfed.outbound.deliver import deliver
from microfed.queries.people import need_actor
from tests.fediverse import PUBLIC, Fediverse
from tests.mastodon.conftest import Phone

pytestmark = pytest.mark.anyio


async def test_what_came_by_hearsay_first_is_news_all_the_same(fediverse: Fediverse) -> None:
    # Given Bea at south, who follows Ana at north, and a post that names her
    north, south = await fediverse.instance("north.test"), await fediverse.instance("south.test")
    ana, bea = north.add("ana"), south.add("bea")
    await bea.does({"type": "Follow", "object": ana.uri})
    await fediverse.settle()
    mention = {"type": "Mention", "href": bea.uri, "name": "@bea@south.test"}
    said = await ana.says("bonjour", to=[PUBLIC], cc=[f"{ana.uri}/followers"], tag=[mention])
    uri = said["object"]["id"]
    phone = Phone(south.client, bea.token)

    # When an ally, a relay or a thread brings it before its author does
    await bring(south.house, uri)
    assert await phone.get("/api/v1/timelines/home") == []
    await fediverse.settle()

    # Then it stands at home, once, and she is told that she is named
    assert [one["uri"] for one in await phone.get("/api/v1/timelines/home")] == [uri]
    told = await phone.get("/api/v1/notifications", include_filtered=True)
    assert [(one["type"], one["status"]["uri"]) for one in told] == [("mention", uri)]
    again = {**said, "id": f"{said['id']}2"}
    with north.house.db.writing() as tx:
        inboxes = ["https://south.test/inbox"]
        deliver(tx, again, sender=need_actor(tx, ana.uri), inboxes=inboxes)
    await fediverse.settle()
    assert len(await phone.get("/api/v1/timelines/home")) == 1
