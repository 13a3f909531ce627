"""Announcements: said to all who live here, put away, answered with an emoji."""

from datetime import timedelta

import pytest

from microfed.errors import Forbidden, Invalid
from microfed.operations.announcements import (
    Notice,
    announce_here,
    change_announcement,
    publish_due,
    take_down,
)
from microfed.operations.emojis import add_emoji
from microfed.operations.files import Kept
from microfed.queries.announcements import need_announcement
from microfed.store.people import Actor
from tests.fediverse import Instance
from tests.mastodon.conftest import Phone

pytestmark = pytest.mark.anyio


def say(here: Instance, text: str, **more: object) -> int:
    with here.house.db.writing() as tx:
        return announce_here(tx, by=None, notice=Notice(text, **more)).id  # type: ignore[arg-type]


async def test_what_is_announced_is_read_until_it_is_put_away(
    here: Instance, ana: Phone, bea: Phone
) -> None:
    id_ = say(here, "Fête samedi ! https://here.test #fête")

    (shown,) = await ana.get("/api/v1/announcements")
    assert shown["id"] == str(id_)
    assert "Fête samedi" in shown["content"]
    assert shown["read"] is False
    assert [tag["name"] for tag in shown["tags"]] == ["fête"]
    await ana.post(f"/api/v1/announcements/{id_}/dismiss")

    assert await ana.get("/api/v1/announcements") == []
    (again,) = await ana.get("/api/v1/announcements", with_dismissed="true")
    assert again["read"] is True
    assert len(await bea.get("/api/v1/announcements")) == 1


async def test_neighbours_answer_with_emojis(here: Instance, ana: Phone, bea: Phone) -> None:
    with here.house.db.writing() as tx:
        add_emoji(
            tx, by=None, shortcode="lampion", file=Kept("aa/lampion.png", "original", 10, "0" * 64)
        )
    id_ = say(here, "Fête samedi !")
    path = f"/api/v1/announcements/{id_}/reactions"

    for one, name in ((ana, "🎉"), (bea, "🎉"), (bea, "lampion"), (bea, "lampion")):
        await one.put(f"{path}/{name}")

    (shown,) = await ana.get("/api/v1/announcements")
    party, lantern = shown["reactions"]
    assert (party["name"], party["count"], party["me"]) == ("🎉", 2, True)
    assert (lantern["name"], lantern["count"], lantern["me"]) == ("lampion", 1, False)
    assert lantern["url"].startswith("https://here.test/")
    await ana.delete(f"{path}/🎉")
    await ana.delete(f"{path}/🎉", expects=404)
    (shown,) = await ana.get("/api/v1/announcements")
    assert shown["reactions"][0]["count"] == 1
    for wrong in ("coucou", "nochsoeiner", "  "):
        await ana.put(f"{path}/{wrong}", expects=422)


async def test_what_is_planned_is_announced_in_its_time_and_goes_when_it_is_over(
    here: Instance, ana: Phone
) -> None:
    with here.house.db.writing() as tx:
        later = tx.now + timedelta(hours=1)
        end = tx.now + timedelta(hours=2)
    id_ = say(here, "Bientôt", due_at=later, starts_at=later, ends_at=end)
    assert await ana.get("/api/v1/announcements") == []
    await ana.post(f"/api/v1/announcements/{id_}/dismiss", expects=404)

    with here.house.db.writing() as tx:
        tx.now = later
        assert publish_due(tx) == 1

    (shown,) = await ana.get("/api/v1/announcements")
    assert shown["starts_at"] is not None
    with here.house.db.writing() as tx:
        found = need_announcement(tx, id_)
        over = Notice("Passé", ends_at=tx.now - timedelta(seconds=1))
        change_announcement(tx, found, by=None, notice=over)
    assert await ana.get("/api/v1/announcements") == []


async def test_admins_and_organisers_announce_and_members_do_not(here: Instance) -> None:
    people = {role: here.add(role, role=role) for role in ("admin", "organiser", "member")}
    with here.house.db.writing() as tx:
        who = {role: tx.session.get_one(Actor, one.id) for role, one in people.items()}
        for role in ("admin", "organiser"):
            announce_here(tx, by=who[role], notice=Notice(f"de {role}"))
        with pytest.raises(Forbidden):
            announce_here(tx, by=who["member"], notice=Notice("de moi"))
        made = announce_here(tx, by=None, notice=Notice("x"))
        with pytest.raises(Forbidden):
            take_down(tx, made, by=who["member"])
        take_down(tx, made, by=who["organiser"])


async def test_a_bad_announcement_is_refused(here: Instance) -> None:
    with here.house.db.writing() as tx:
        before = tx.now - timedelta(days=1)
        for wrong in (
            Notice(" "),
            Notice("x" * 5_001),
            Notice("x", starts_at=tx.now, ends_at=before),
        ):
            with pytest.raises(Invalid):
                announce_here(tx, by=None, notice=wrong)
