"""What members do about each other: asking to follow, not reading, shutting out, reporting."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.moderation import Report
from microfed.store.own import PersonalNote, SilencedHost
from microfed.store.people import Actor, Block, Follow, Mute
from microfed.store.queues import Delivery
from tests.web.conftest import Town, fill, id_of, passed_on, send, sign_in


def rows(town: Town, kind: Any) -> list[Any]:
    """Return all rows of a table."""
    return list(town.change(lambda tx: tx.session.scalars(select(kind)).all()))


async def do(town: Town, name: str, deed: str, **fields: str) -> int:
    """Do something about somebody; returns the status of the answer."""
    answer = await send(town, f"/people/{id_of(town, name)}", deed=deed, **fields)
    return answer.status_code


async def test_who_asks_to_follow_is_let_or_not(town: Town) -> None:
    # Given a member who wants to be asked, and two who ask
    fill(town)

    def lock(tx: Tx) -> None:
        tx.session.get_one(Actor, town.people["amel"]).is_locked = True

    town.change(lock)
    for name in ("leo", "bea"):
        await sign_in(town, name)
        await do(town, "amel", "follow")

    # When she lets one and not the other
    await sign_in(town, "amel")
    asked = await town.get("/requests")
    profile = await town.get("/@leo")
    await do(town, "leo", "accept", back="/requests")
    await do(town, "bea", "refuse", back="/requests")

    # Then one follows
    assert "Léo" in asked.text and "Béa Martin" in asked.text
    assert "Let them follow you" in profile.text
    (follow,) = rows(town, Follow)
    assert follow.follower_id == town.people["leo"] and follow.accepted_at is not None
    assert "Nobody asks at the moment." in (await town.get("/requests")).text

    # And follows no more when she does not want it
    assert "Follows you." in (await town.get("/@leo")).text
    await do(town, "leo", "send-away")
    assert rows(town, Follow) == []


async def test_how_one_follows_is_chosen(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    await do(town, "leo", "tune", notifies="1")
    assert rows(town, Follow) == []
    await do(town, "leo", "follow")

    await do(town, "leo", "tune", notifies="1")

    (follow,) = rows(town, Follow)
    assert follow.notifies and not follow.shows_boosts
    assert 'name="notifies" value="1" checked' in (await town.get("/@leo")).text


async def test_somebody_is_not_heard_for_a_day_and_again(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    form = await town.get(f"/people/{town.people['leo']}/silence")
    assert "Hear less of Léo" in form.text

    await do(town, "leo", "mute", lasts="86400")
    (mute,) = rows(town, Mute)
    listed = await town.get("/silenced")
    page = await town.get("/@leo")
    await do(town, "leo", "unmute", back="/silenced")

    assert abs(mute.expires_at - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=5)
    assert not mute.hides_notifications
    assert "Léo" in listed.text and "until" in listed.text
    assert "You do not read them at the moment." in page.text
    assert "You read everybody." in (await town.get("/silenced")).text


async def test_somebody_is_shut_out_and_let_in_again(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    await do(town, "leo", "block")
    blocked = rows(town, Block)
    listed = await town.get("/silenced")
    page = await town.get("/@leo")
    await do(town, "leo", "unblock", back="/silenced")

    assert [block.blocked_id for block in blocked] == [town.people["leo"]]
    assert "Shut out no more" in listed.text
    assert "You have shut them out." in page.text
    assert rows(town, Block) == []


async def test_a_whole_place_is_not_heard_any_more(town: Town) -> None:
    fill(town)
    passed_on(town, by="leo")
    await sign_in(town, "amel")

    await do(town, "eva", "shut-out")
    listed = await town.get("/silenced")
    silenced = [one.host for one in rows(town, SilencedHost)]
    await send(town, "/silenced", host="north.test")

    assert silenced == ["north.test"]
    assert "north.test" in listed.text
    assert rows(town, SilencedHost) == []


async def test_a_note_about_somebody_is_for_oneself(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    await do(town, "leo", "note", note="A une échelle")

    mine = await town.get("/@leo")
    await sign_in(town, "bea")
    others = await town.get("/@leo")

    assert "A une échelle" in mine.text
    assert "A une échelle" not in others.text
    assert len(rows(town, PersonalNote)) == 1


@pytest.mark.parametrize("deed", ["", "dance", "pin"])
async def test_what_is_no_deed_is_refused(town: Town, deed: str) -> None:
    fill(town)
    await sign_in(town, "amel")

    assert await do(town, "leo", deed) == 400


async def test_somebody_elsewhere_has_a_page_here_for_members_alone(town: Town) -> None:
    fill(town)
    passed_on(town, by="leo")
    eva = id_of(town, "eva")
    stranger = await town.get(f"/people/{eva}")
    await sign_in(town, "amel")

    page = await town.get(f"/people/{eva}")
    neighbour = await town.get(f"/people/{town.people['leo']}")
    latest = await town.get("/@leo")

    assert stranger.headers["location"] == f"/sign-in?next=/people/{eva}"
    assert "@eva@north.test" in page.text and "The market is in bloom." in page.text
    assert neighbour.headers["location"] == "/@leo"
    assert f'href="/people/{eva}"' in latest.text
    assert (await town.get("/people/12345")).status_code == 404


async def test_something_wrong_is_told_with_its_rules_and_words(town: Town) -> None:
    # Given rules, and somebody elsewhere who breaks one
    fill(town)
    passed_on(town, by="leo")
    rules = ["Be kind", "No advertising"]
    town.change(lambda tx: tx.session.add(Setting(name="rules", value=rules)))
    await sign_in(town, "bea")
    eva = id_of(town, "eva")
    page = await town.get(f"/people/{eva}/report")
    assert "No advertising" in page.text and "The market is in bloom." in page.text
    (post,) = [part.split('"')[0] for part in page.text.split('name="post')[1:]]

    # When a member tells
    answer = await send(
        town,
        f"/people/{eva}/report",
        reason="violation",
        rule2="1",
        comment="Trop de publicité",
        forward="1",
        **{f"post{post}": "1"},
    )

    # Then those who look after the place know it, and hers too
    assert "Thank you" in answer.text
    (told,) = rows(town, Report)
    assert (told.category, told.rule_ids, told.post_ids) == ("violation", [2], [int(post)])
    assert (told.comment, told.is_forwarded) == ("Trop de publicité", True)
    assert len(rows(town, Delivery)) == 1


async def test_a_report_is_never_about_oneself_or_what_one_may_not_see(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "amel")
    amel, bea = town.people["amel"], town.people["bea"]

    assert (await town.get(f"/people/{amel}/report")).status_code == 403
    hidden = await send(town, f"/people/{bea}/report", **{f"post{said['private']}": "1"})
    long = await send(town, f"/people/{bea}/report", comment="x" * 1_001, reason="spam")

    assert hidden.status_code == 404
    assert long.status_code == 422 and "x" * 1_001 in long.text
    assert 'value="spam" checked' in long.text
    assert rows(town, Report) == []


async def test_what_one_keeps_and_thanked_for_is_found_again(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "amel")
    await send(town, f"/posts/{said['bread']}", deed="bookmark")
    await send(town, f"/posts/{said['ladder']}", deed="like")

    kept, thanked = await town.get("/kept"), await town.get("/thanked")

    assert "boulangerie" in kept.text and "échelle" not in kept.text
    assert "échelle" in thanked.text and "boulangerie" not in thanked.text


@pytest.mark.parametrize("path", ["/kept", "/thanked", "/requests", "/silenced", "/mine"])
async def test_what_is_ones_own_is_behind_the_door(town: Town, path: str) -> None:
    fill(town)

    assert (await town.get(path)).headers["location"] == f"/sign-in?next={path}"
