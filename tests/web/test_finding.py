"""Finding people and words, following hashtags, and the ways between this place and others."""

from xml.etree import ElementTree as etree

import pytest
from sqlalchemy import select

from microfed.store.own import FollowedTag
from tests.fediverse import Fediverse
from tests.web.conftest import Town, fill, id_of, passed_on, send, sign_in


async def test_people_words_and_hashtags_are_found(town: Town) -> None:
    fill(town)
    await sign_in(town, "bea")

    people = await town.get("/search?q=haddad")
    words = await town.get("/search?q=boulangerie")
    tags = await town.get("/search?q=entraid")
    nothing = await town.get("/search?q=zzzz")

    assert "Amel Haddad" in people.text
    assert "rouvre mardi" in words.text
    assert 'href="/tags/entraide"' in tags.text
    assert "Nothing found." in nothing.text and 'value="zzzz"' in nothing.text


async def test_nothing_is_found_that_one_may_not_see(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    assert "pour demain" not in (await town.get("/search?q=demain")).text


async def test_what_is_found_goes_on_where_the_page_ended(town: Town) -> None:
    fill(town)
    said = [town.says("leo", f"Le piano numéro {n}x") for n in range(22)]
    await sign_in(town, "bea")

    first = await town.get("/search?q=piano")
    older = await town.get(f"/search?q=piano&before={said[2]}")

    assert f'href="/search?q=piano&amp;before={said[2]}"' in first.text
    assert "numéro 1x" in older.text and "numéro 1x" not in first.text


async def test_a_pasted_address_leads_to_whoever_lives_there(
    town: Town, fediverse: Fediverse
) -> None:
    # Given somebody elsewhere of whom nobody here has heard
    fill(town)
    north = await fediverse.instance("north.test")
    zoe = north.add("zoe", display_name="Zoé")
    await zoe.says("Bonjour du nord")
    await sign_in(town, "amel")

    # When a member pastes their handle, or comes from their page to follow them
    found = await town.get("/search?q=@zoe@north.test")
    came = await town.get("/authorize_interaction?uri=acct:zoe@north.test")
    nobody = await town.get("/authorize_interaction?uri=https://north.test/nothing")

    # Then they stand before that person's page here
    path = f"/people/{id_of(town, 'zoe')}"
    assert [answer.headers["location"] for answer in (found, came)] == [path, path]
    assert "Zoé" in (await town.get(path)).text
    assert nobody.status_code == 404 and "nobody and nothing" in nobody.text


async def test_whoever_is_not_signed_in_comes_back_after_the_door(town: Town) -> None:
    fill(town)

    answer = await town.get("/authorize_interaction?uri=https://north.test/notes/1%23x")
    share = await town.get("/share?text=a%20b&url=https://x.test")

    assert answer.headers["location"] == (
        "/sign-in?next=/authorize_interaction%3Furi%3Dhttps%3A//north.test/notes/1%2523x"
    )
    assert share.headers["location"] == (
        "/sign-in?next=/share%3Ftext%3Da%2520b%26url%3Dhttps%3A//x.test"
    )


async def test_a_visitor_follows_from_their_own_place(town: Town, fediverse: Fediverse) -> None:
    # Given a visitor who lives elsewhere
    fill(town)
    north = await fediverse.instance("north.test")
    north.add("zoe")
    profile = await town.get("/@amel")
    assert 'action="/from-elsewhere"' in profile.text

    # When they say where
    uri = "https://here.test/users/amel"
    page = await send(town, "/from-elsewhere", handle="@zoe@north.test", uri=uri)

    # Then they see where they go, and go there by themselves
    assert page.status_code == 200
    assert (
        'href="https://north.test/authorize_interaction?uri=https%3A%2F%2Fhere.test%2Fusers%2Famel"'
        in page.text
    )
    assert ">north.test<" in page.text


@pytest.mark.parametrize(
    ("handle", "mistake"),
    [
        ("zoe", "looks like name@place.example"),
        ("", "looks like name@place.example"),
        ("a@b/c", "looks like name@place.example"),
        ("zoe@nowhere.test", "did not answer"),
        ("nobody@north.test", "did not answer"),
    ],
)
async def test_what_cannot_be_an_address_is_told(
    town: Town, fediverse: Fediverse, handle: str, mistake: str
) -> None:
    fill(town)
    await fediverse.instance("north.test")

    page = await send(town, "/from-elsewhere", handle=handle, uri="https://here.test/users/amel")

    assert page.status_code == 422
    assert mistake in page.text and f'value="{handle}"' in page.text
    assert "https://here.test/users/amel" in page.text


async def test_only_what_is_ours_is_taken_elsewhere(town: Town, fediverse: Fediverse) -> None:
    fill(town)
    north = await fediverse.instance("north.test")
    north.add("zoe")

    page = await send(town, "/from-elsewhere", handle="zoe@north.test", uri="https://evil.test/x")

    assert "evil.test" not in page.text


async def test_what_is_shared_stands_in_the_form(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    page = await town.get("/share?title=Marché&text=Samedi&url=https://x.test/marche")

    assert ">Marché\n\nSamedi\n\nhttps://x.test/marche</textarea>" in page.text


async def test_a_hashtag_is_followed_and_no_longer(town: Town) -> None:
    fill(town)
    await sign_in(town, "bea")
    before = await town.get("/tags/entraide")

    await send(town, "/tags/entraide", deed="follow", back="/tags/entraide")
    during, listed = await town.get("/tags/entraide"), await town.get("/tags")
    await send(town, "/tags/entraide", deed="unfollow", back="/tags")

    assert "Follow this hashtag" in before.text
    assert "Follow it no more" in during.text
    assert "#entraide" in listed.text
    assert "You follow no hashtag." in (await town.get("/tags")).text
    assert town.change(lambda tx: tx.session.scalars(select(FollowedTag)).all()) == []


async def test_the_page_of_somebody_elsewhere_is_searched_for_members_alone(town: Town) -> None:
    fill(town)
    passed_on(town, by="leo")

    assert (await town.get("/search?q=eva")).headers[
        "location"
    ] == "/sign-in?next=/search%3Fq%3Deva"


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/latest.atom", "What people say in Ménilmontant"),
        ("/tags/entraide.atom", "What is said under #entraide"),
        ("/@leo.atom", "Léo (@leo@here.test)"),
    ],
)
async def test_feeds_hold_what_was_said_to_everyone(town: Town, path: str, title: str) -> None:
    said = fill(town)

    feed = await town.get(path)

    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert f"<title>{title}</title>" in feed.text
    assert f"https://here.test/@leo/{said['ladder']}" in feed.text
    assert "Le code de la cour" not in feed.text
    assert etree.fromstring(feed.text.encode()).tag.endswith("feed")
