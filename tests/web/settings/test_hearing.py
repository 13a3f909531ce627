"""A member says what they hear of from people they hardly know, and so it is."""

from sqlalchemy import select

from microfed.store.database import Tx
from microfed.store.people import Member
from microfed.store.queues import Notification
from tests.web.conftest import Town, send


def told(town: Town) -> list[tuple[str, bool]]:
    """Return what Amel is told: its kind, and whether it is kept apart."""
    mine = select(Notification).filter_by(owner_id=town.people["amel"]).order_by(Notification.id)

    def work(tx: Tx) -> list[tuple[str, bool]]:
        return [(one.kind, one.is_filtered) for one in tx.session.scalars(mine)]

    return list(town.change(work))


async def test_strangers_are_kept_apart_as_one_likes(amel: Town) -> None:
    before = told(amel)

    answer = await send(
        amel, "/settings/notifications", for_not_following="filter", for_private_mentions="drop"
    )
    page = await amel.get("/settings/notifications")
    amel.says("bea", "@amel Tu viens ?")
    await send(amel, "/settings/notifications", for_new_accounts="drop")
    amel.says("bea", "@amel Alors ?")

    assert answer.headers["location"] == "/settings/notifications?saved=1"
    assert page.text.count('<option value="filter" selected>') == 2
    assert page.text.count('<option value="drop" selected>') == 1
    assert told(amel)[len(before) :] == [("mention", True)]


async def test_what_is_not_offered_changes_nothing(amel: Town) -> None:
    await send(amel, "/settings/notifications", for_not_following="shout", for_ever="drop")

    habits = amel.change(lambda tx: tx.session.get_one(Member, amel.people["amel"]).preferences)
    assert habits.get("notification_policy", {}) == {}


async def test_reminders_of_what_one_comes_to_are_as_one_likes(amel: Town) -> None:
    before = await amel.get("/settings/notifications")
    await send(amel, "/settings/notifications", event_reminder="mail")
    await send(amel, "/settings/notifications", event_reminder="by pigeon")
    after = await amel.get("/settings/notifications")

    assert '<option value="news" selected>' in before.text
    assert '<option value="mail" selected>' in after.text
    habits = amel.change(lambda tx: tx.session.get_one(Member, amel.people["amel"]).preferences)
    assert habits["event_reminder"] == "mail"
