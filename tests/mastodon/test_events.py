"""An event as an app for Mastodon reads it: a post with its title, hour, place and link."""

from datetime import timedelta

import pytest

from microfed.operations.event_answers import answer_event
from microfed.operations.event_reminders import remind
from microfed.operations.event_rows import Plan
from microfed.operations.events import cancel_event, publish_event
from microfed.store.database import Tx
from microfed.store.events import Event
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.fediverse import Fediverse

pytestmark = pytest.mark.anyio


async def test_an_event_is_a_readable_post_and_its_news_are_of_a_kind_apps_know(
    fediverse: Fediverse,
) -> None:
    place = await fediverse.instance("here.test")
    amel, bea = place.add("amel"), place.add("bea")

    def plan(tx: Tx) -> int:
        starts = tx.now + timedelta(days=3)
        plan = Plan("Repair café", starts, zone="Europe/Paris", place="Maison")
        author = tx.session.get_one(Actor, amel.id)
        post = publish_event(tx, author=author, plan=plan, audience=Audience.PUBLIC)
        answer_event(tx, actor=tx.session.get_one(Actor, bea.id), post=post, wish="going")
        return post.id

    with place.house.db.writing() as tx:
        id_ = plan(tx)
        year = tx.session.get_one(Event, id_).starts_at.year
    app = {"Authorization": f"Bearer {bea.token}"}
    status = (await place.client.get(f"/api/v1/statuses/{id_}", headers=app)).json()
    link = f"https://here.test/agenda/{id_}"
    for said in ("Repair café", str(year), "Maison", link):
        assert said in status["content"]
    assert (status["url"], status["spoiler_text"]) == (link, "")

    edit = {"status": "another hour"}
    own = {"Authorization": f"Bearer {amel.token}"}
    refused = await place.client.put(f"/api/v1/statuses/{id_}", headers=own, json=edit)
    assert refused.status_code == 422 and "on its page" in refused.json()["error"]

    with place.house.db.writing() as tx:
        event = tx.session.get_one(Event, id_)
        remind(tx, id_, starts=int(event.starts_at.timestamp()))
        author, post = tx.session.get_one(Actor, amel.id), tx.session.get_one(Post, id_)
        cancel_event(tx, author=author, post=post)

    for path in ("/api/v1/notifications", "/api/v1/notifications?types[]=update"):
        told = (await place.client.get(path, headers=app)).json()
        assert [one["type"] for one in told] == ["update", "update"]
        assert told[0]["status"]["id"] == str(id_)
    none = await place.client.get("/api/v1/notifications?exclude_types[]=update", headers=app)
    assert none.json() == []
    grouped = (await place.client.get("/api/v2/notifications", headers=app)).json()
    assert {group["type"] for group in grouped["notification_groups"]} == {"update"}
    # That somebody answered has no word in apps.
    assert (await place.client.get("/api/v1/notifications", headers=own)).json() == []
