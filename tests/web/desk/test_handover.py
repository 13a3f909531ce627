"""Handing the place over, at the desk; and agreeing on what cannot be taken back."""

from microfed.operations.members import change_role
from microfed.operations.moderation import act
from microfed.store.database import Tx
from microfed.store.people import Actor
from tests.people import has_device
from tests.web.conftest import Town, send, sign_in


async def test_the_list_says_what_is_open_and_what_is_done(desk: Town) -> None:
    alone = (await desk.get("/desk/handover")).text
    assert "Only @amel is admin." in alone
    assert "Nothing was ever put by." in alone
    assert "2 things" not in alone.split("<main")[0]
    assert "/desk/handover" in (await desk.get("/desk")).text

    def join(tx: Tx) -> None:
        change_role(tx, name="bea", role="admin")
        has_device(tx, desk.people["bea"])

    desk.change(join)
    assert "More than one person is admin: @amel, @bea." in (await desk.get("/desk/handover")).text


async def test_a_second_admin_agrees_to_what_cannot_be_taken_back(desk: Town) -> None:
    def prepare(tx: Tx) -> None:
        change_role(tx, name="bea", role="admin")
        has_device(tx, desk.people["bea"])
        leo = tx.session.get_one(Actor, desk.people["leo"])
        act(tx, by=None, target=leo, action="suspend")

    def is_gone(tx: Tx) -> bool:
        return tx.session.get_one(Actor, desk.people["leo"]).gone_at is not None

    desk.change(prepare)
    page = f"/desk/people/{desk.people['leo']}"

    first = await send(desk, page, deed="erase")
    again = await send(desk, page, deed="erase")
    assert [each.headers["location"][-4:] for each in (first, again)] == ["done", "late"]
    assert desk.change(is_gone) is False
    await sign_in(desk, "bea")
    assert "@amel asked for it just now." in (await desk.get(page)).text
    await send(desk, page, deed="erase")

    assert desk.change(is_gone) is True
    journal = (await desk.get("/desk/journal")).text
    assert "amel wants the account of @leo deleted; another admin must agree" in journal
