from datetime import timedelta

from sqlalchemy import func, select, update

from microfed import clock
from microfed.store.own import PlannedPost
from microfed.store.polls import Poll
from microfed.workers.keep_time import KeepTime
from microfed.workers.running import Wake
from tests.fediverse import Instance
from tests.mastodon.conftest import Phone


def time_keeper(here: Instance) -> KeepTime:
    return KeepTime(here.house, Wake(here.house.db, "planned"))


async def test_what_was_planned_is_said_when_its_time_comes(here: Instance, ana: Phone) -> None:
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    await ana.says("Plus tard", scheduled_at=soon, poll={"options": ["a", "b"], "expires_in": 600})
    await ana.says("Réponse à rien", scheduled_at=soon)
    assert await time_keeper(here).do_due() == 0

    with here.house.db.writing() as tx:
        tx.connection.execute(update(PlannedPost).values(due_at=tx.now))
    assert await time_keeper(here).do_due() == 2

    home = await ana.get("/api/v1/timelines/home")
    assert {post["content"] for post in home} == {"<p>Plus tard</p>", "<p>Réponse à rien</p>"}
    assert await ana.get("/api/v1/scheduled_statuses") == []


async def test_what_can_no_longer_be_said_is_kept_with_the_reason(
    here: Instance, ana: Phone
) -> None:
    first = await ana.says("Question")
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    await ana.says("Réponse", scheduled_at=soon, in_reply_to_id=first["id"])
    await ana.delete(f"/api/v1/statuses/{first['id']}")
    with here.house.db.writing() as tx:
        tx.connection.execute(update(PlannedPost).values(due_at=tx.now))

    await time_keeper(here).do_due()

    with here.house.db.reading() as tx:
        kept = tx.session.scalars(select(PlannedPost)).one()
        assert (kept.due_at, kept.error) == (None, "there is no such post")


async def test_who_voted_hears_when_a_poll_is_over(here: Instance, ana: Phone, bea: Phone) -> None:
    said = await ana.says("?", poll={"options": ["a", "b"], "expires_in": 300})
    await bea.post(f"/api/v1/polls/{said['id']}/votes", choices=[0])
    with here.house.db.writing() as tx:
        tx.connection.execute(update(Poll).values(ends_at=tx.now))

    assert await time_keeper(here).do_due() == 1
    assert await time_keeper(here).do_due() == 0

    assert (await bea.get(f"/api/v1/polls/{said['id']}"))["expired"] is True
    with here.house.db.reading() as tx:
        told = tx.connection.scalar(select(func.count(Poll.id)).where(Poll.closed_at.is_not(None)))
        assert told == 1
