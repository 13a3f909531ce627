"""Mails to a real mail server: their links work, once, and nothing else is in them."""

import re

import pytest
from sqlalchemy import select, update

from microfed.errors import Invalid, TooMany
from microfed.operations.letters import CAP_BY_ADDRESS, write_letter
from microfed.operations.moderation import act, lift
from microfed.store.letters import LetterKey, Mail
from microfed.store.people import Actor, Member
from tests.mails.conftest import Post, send_mails
from tests.mails.conftest import place as place
from tests.mails.conftest import post as post
from tests.web.conftest import ORIGIN, PASSWORD, Town, send, sign_in
from tests.web.conftest import town as town


def link_in(post: Post) -> str:
    """Return the path of the one link in the newest mail."""
    text = post.mails[-1].get_content()
    (link,) = re.findall(r"https://here\.test(/\S+)", text)
    return str(link)


def waiting(town: Town) -> list[tuple[str, str]]:
    def work(tx):  # type: ignore[no-untyped-def]
        rows = tx.connection.execute(select(Mail.address, Mail.kind).where(Mail.sent_at.is_(None)))
        return [tuple(row) for row in rows]

    return list(town.change(work))


async def test_who_forgot_their_password_chooses_another_once(place: Town, post: Post) -> None:
    place.add("amel", email="amel@mail.test", language="fr")
    await send(place, "/forgotten", name="amel")
    await send_mails(place)
    path = link_in(post)
    assert post.mails[0]["Subject"] == "Un autre mot de passe pour here.test"
    assert (await place.get(path)).status_code == 200

    wrong = await send(place, path, fresh="court", again="court")
    answer = await send(place, path, fresh=PASSWORD, again=PASSWORD)
    again = await send(place, path, fresh="encore un autre mot", again="encore un autre mot")

    assert (wrong.status_code, answer.status_code, again.status_code) == (422, 303, 410)
    came = await send(place, "/sign-in", name="amel", password=PASSWORD, next="/home")
    assert came.headers["location"] == "/home"


async def test_a_link_is_too_old_after_an_hour(place: Town, post: Post) -> None:
    place.add("amel", email="amel@mail.test")
    await send(place, "/forgotten", name="amel@mail.test")
    await send_mails(place)
    place.change(lambda tx: tx.connection.execute(update(LetterKey).values(expires_at=tx.now)))

    assert (await place.get(link_in(post))).status_code == 410


async def test_nobody_learns_who_has_an_account(place: Town) -> None:
    place.add("amel", email="amel@mail.test")
    place.add("leo")

    answers = [await send(place, "/forgotten", name=name) for name in ("amel", "leo", "nobody")]

    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    assert waiting(place) == [("amel@mail.test", "reset")]


async def test_an_address_is_a_members_once_they_follow_the_link(place: Town, post: Post) -> None:
    place.add("amel", email="old@mail.test")
    await sign_in(place, "amel")

    def email() -> str:
        return str(place.change(lambda tx: tx.session.get_one(Member, place.people["amel"]).email))

    await send(place, "/settings/address", email="New@mail.test", password=PASSWORD)
    await send_mails(place)
    assert (email(), post.recipients) == ("old@mail.test", ["new@mail.test"])
    # Mail programs look at links by themselves.
    await place.get(link_in(post))
    assert email() == "old@mail.test"

    answer = await send(place, link_in(post), yes="1")

    assert (answer.status_code, email()) == (200, "new@mail.test")
    assert (await send(place, link_in(post), yes="1")).status_code == 410


@pytest.mark.parametrize(
    "address",
    ["a@b.test\r\nBcc: x@y.test", 'a"b@mail.test', "a,b@mail.test", "a@b@mail.test", "é@mail.test"],
)
async def test_no_address_brings_another_header(place: Town, post: Post, address: str) -> None:
    place.add("amel")
    await sign_in(place, "amel")

    answer = await send(place, "/settings/address", email=address, password=PASSWORD)
    await send_mails(place)

    assert (answer.status_code, post.mails) == (422, [])
    with pytest.raises(Invalid):
        place.change(lambda tx: write_letter(tx, kind="warn", address=address, language="fr"))


async def test_one_address_is_not_written_to_without_end(place: Town) -> None:
    place.add("amel", email="amel@mail.test")

    for _ in range(30):
        await send(place, "/forgotten", name="amel")

    assert len(waiting(place)) == CAP_BY_ADDRESS
    with pytest.raises(TooMany):
        place.change(
            lambda tx: write_letter(
                tx, kind="confirm", address="AMEL@mail.test", language="fr", by_id=1
            )
        )


async def test_a_mail_waits_for_a_mail_server_that_is_busy(place: Town, post: Post) -> None:
    place.add("amel", email="amel@mail.test")
    await send(place, "/forgotten", name="amel")
    post.refuses = ["451 later, please"]

    await send_mails(place)
    assert (post.mails, await send_mails(place)) == ([], 0)
    place.change(lambda tx: tx.connection.execute(update(Mail).values(due_at=tx.now)))
    await send_mails(place)

    assert len(post.mails) == 1
    assert await send_mails(place) == 0


async def test_a_mail_that_is_refused_for_good_is_kept_for_the_desk(
    place: Town, post: Post
) -> None:
    place.add("amel", email="amel@mail.test", role="admin")
    await send(place, "/forgotten", name="amel")
    post.refuses = ["550 no such person"]

    await send_mails(place)

    await sign_in(place, "amel")
    page = await place.get("/desk/mails")
    assert "550" in page.text
    assert "/reset/" not in page.text


async def test_mails_are_plain_and_tell_nobody_that_they_were_read(place: Town, post: Post) -> None:
    place.add("amel", email="amel@mail.test", language="en")
    place.add("bea", role="admin")

    def judge(tx):  # type: ignore[no-untyped-def]
        amel, bea = (tx.session.get_one(Actor, place.people[name]) for name in ("amel", "bea"))
        act(tx, by=bea, target=amel, action="silence", text="Less loud,\n\nplease. 50 % less.")
        lift(tx, by=bea, target=amel, action="silence")

    place.change(judge)
    await send_mails(place)

    assert [mail["Subject"] for mail in post.mails] == [
        "You are kept quiet on here.test",
        "It was taken back: here.test",
    ]
    assert "50 % less." in post.mails[0].get_content()
    for mail in post.mails:
        assert mail.get_content_type() == "text/plain"
        assert mail["From"] == "microfed@here.test"
        assert mail["Message-ID"].endswith("@here.test>")
    words = place.change(lambda tx: set(tx.connection.scalars(select(Mail.text))))
    assert words == {""}


async def test_without_a_mail_server_the_admin_hands_the_link_over(town: Town) -> None:
    town.add("amel", role="admin")
    town.add("leo", email="leo@mail.test")
    answer = await send(town, "/forgotten", name="leo")
    assert "ask them for it" in answer.text.lower()
    await sign_in(town, "amel")

    page = await town.get("/desk/mails")

    assert re.search(r"https://here\.test/reset/\S+", page.text)
    assert (await town.browser.get("/desk/mails", headers=ORIGIN)).status_code == 200
