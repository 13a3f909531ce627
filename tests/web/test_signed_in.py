"""Members in their browser: reading at home, saying something, answering, thanking, following."""

import re

import pytest
from sqlalchemy import select

from microfed.operations.follows import request_follow
from microfed.store.people import Actor, Follow
from microfed.store.posts import Bookmark, Like, Post
from tests.web.conftest import Town, fill, passed_on, send, sign_in
from tests.web.test_headers import POLICY, UNSAFE
from tests.web.test_words import Marked, MarkedWords, raw_strings

PAGES = ["/home", "/posts/{answer}", "/posts/{answer}/delete", "/@amel", "/@leo", "/latest"]


@pytest.mark.parametrize("path", ["/home", "/posts/{answer}", "/posts/{answer}/delete"])
async def test_what_is_for_members_leads_others_to_the_door(town: Town, path: str) -> None:
    said = fill(town)

    page = await town.get(path.format(**said))

    assert page.status_code == 303
    assert page.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("path", ["/write", "/posts/{answer}", "/people/1"])
async def test_a_deed_needs_somebody_who_is_signed_in(town: Town, path: str) -> None:
    said = fill(town)

    answer = await send(town, path.format(**said), source="x", deed="like")

    assert answer.status_code == 401


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_of_a_member_is_kept_by_nobody_and_lets_in_nothing(
    town: Town, path: str
) -> None:
    said = fill(town)
    await sign_in(town, "amel")

    page = await town.get(path.format(**said))

    assert page.status_code == 200
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["cache-control"] in ("no-store", "private, no-cache")
    assert "Sign out" in page.text
    assert not UNSAFE.search(page.text)


@pytest.mark.parametrize("path", PAGES)
async def test_no_word_that_members_see_escapes_translation(town: Town, path: str) -> None:
    said = fill(town)
    passed_on(town, by="leo")
    await sign_in(town, "amel")
    town.instance.app.state.words = {"en": MarkedWords("en", Marked())}

    page = await town.get(path.format(**said))

    assert raw_strings(page.text) == []


async def test_what_a_member_says_is_for_the_neighbours_unless_they_choose(town: Town) -> None:
    # Given a member at home
    fill(town)
    await sign_in(town, "amel")
    home = await town.get("/home")
    assert '<option value="local" selected>' in home.text
    once = re.findall(r'name="once" value="([^"]+)"', home.text)[0]

    # When they send the form, twice
    form = {"source": "La fête est à 18 h", "audience": "local", "language": "fr", "once": once}
    answers = [await send(town, "/write", **form) for _ in range(2)]

    # Then it was said once, to the neighbours, and stands at home
    assert [answer.status_code for answer in answers] == [303, 303]
    posts = town.change(
        lambda tx: tx.session.scalars(select(Post).where(Post.source == form["source"])).all()
    )
    assert [(post.audience, post.language) for post in posts] == [("local", "fr")]
    assert answers[0].headers["location"] == f"/home#p{posts[0].id}"
    assert "La fête est à 18 h" in (await town.get("/home")).text


@pytest.mark.parametrize(
    ("source", "mistake"),
    [(" ", "There are no words in it yet."), ("x" * 5001, "This is too long")],
)
async def test_what_was_typed_stays_when_it_cannot_be_said(
    town: Town, source: str, mistake: str
) -> None:
    fill(town)
    await sign_in(town, "amel")

    page = await send(town, "/write", source=source, audience="public", warning="Attention")

    assert page.status_code == 422
    assert mistake in page.text
    assert f">{source}</textarea>" in page.text
    assert 'value="Attention"' in page.text
    assert '<option value="public" selected>' in page.text


async def test_an_answer_stands_in_the_conversation(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "bea")

    answer = await send(
        town,
        "/write",
        source="J'en ai une aussi.",
        audience="public",
        answers=str(said["ladder"]),
    )
    thread = await town.get(f"/@leo/{said['ladder']}")

    assert answer.status_code == 303
    assert "J'en ai une aussi." in thread.text.replace("&#39;", "'").replace("&#x27;", "'")


async def test_an_answer_to_a_narrow_post_offers_no_wider_choice(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "leo")

    page = await town.get(f"/posts/{said['private']}")

    assert re.findall(r'<option value="(people|local|public|quiet|followers)"', page.text) == [
        "people"
    ]


async def test_a_member_sees_what_is_for_neighbours_but_not_what_is_for_others(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "amel")

    assert (await town.get(f"/@bea/{said['local']}")).status_code == 200
    assert (await town.get(f"/@bea/{said['private']}")).status_code == 404
    assert (await town.get(f"/posts/{said['private']}")).status_code == 404
    assert (await send(town, f"/posts/{said['private']}", deed="like")).status_code == 404
    assert (await send(town, "/write", source="x", answers=str(said["private"]))).status_code == 404


async def test_thanking_passing_on_and_keeping_are_done_and_undone(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "amel")
    path = f"/posts/{said['bread']}"

    for deed in ("like", "boost", "bookmark"):
        answer = await send(town, path, deed=deed, back="/home?before=9")
        assert answer.headers["location"] == f"/home?before=9#p{said['bread']}"
    done = await town.get(path)
    for deed in ("unlike", "unboost", "unbookmark"):
        await send(town, path, deed=deed)

    for word in ("Thanked", "Passed on", "Kept"):
        assert f'aria-pressed="true">{word}</button>' in done.text
    left = town.change(
        lambda tx: [
            *tx.session.scalars(select(Like)),
            *tx.session.scalars(select(Bookmark)),
            *tx.session.scalars(select(Post).where(Post.boost_of_id.is_not(None))),
        ]
    )
    assert left == []


async def test_what_one_said_can_be_taken_back_by_oneself_alone(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "bea")

    asked = await town.get(f"/posts/{said['bread']}/delete")
    done = await send(town, f"/posts/{said['bread']}", deed="delete")
    others = await send(town, f"/posts/{said['ladder']}", deed="delete")

    assert "Take this back?" in asked.text
    assert done.headers["location"] == "/home"
    assert (await town.get(f"/@bea/{said['bread']}")).status_code == 410
    assert others.status_code == 403


async def test_following_a_neighbour_and_no_longer(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    assert 'value="follow">Follow</button>' in (await town.get("/@leo")).text

    await send(town, f"/people/{town.people['leo']}", deed="follow", back="/@leo")
    after = await town.get("/@leo")
    home_before = await town.get("/home")
    town.says("leo", "Le piano est accordé")
    home = await town.get("/home")
    await send(town, f"/people/{town.people['leo']}", deed="unfollow")

    assert 'value="unfollow">Follow no more</button>' in after.text
    assert "Le piano est accordé" not in home_before.text
    assert "Le piano est accordé" in home.text
    assert town.change(lambda tx: tx.session.scalars(select(Follow)).all()) == []


async def test_home_goes_on_where_the_page_ended(town: Town) -> None:
    fill(town)

    def follow(tx: object) -> None:
        amel, leo = (
            tx.session.get_one(Actor, town.people[name])  # type: ignore[attr-defined]
            for name in ("amel", "leo")
        )
        request_follow(tx, follower=amel, target=leo)  # type: ignore[arg-type]

    town.change(follow)
    said = [town.says("leo", f"Nouvelle {n} du piano") for n in range(22)]
    await sign_in(town, "amel")

    first = await town.get("/home")
    older = await town.get(f"/home?before={said[2]}")

    assert f'href="/home?before={said[2]}"' in first.text
    assert "Nouvelle 1 du" not in first.text
    assert "Nouvelle 1 du" in older.text


@pytest.mark.parametrize("path", ["/write", "/posts/{bread}", "/people/{bread}", "/choices"])
async def test_a_deed_from_another_site_is_refused(town: Town, path: str) -> None:
    said = fill(town)
    await sign_in(town, "amel")

    answer = await town.browser.post(
        path.format(**said),
        data={"source": "x", "deed": "like"},
        headers={"Origin": "https://evil.test"},
    )

    assert answer.status_code == 403
