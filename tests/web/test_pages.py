"""The pages that anyone may read: what stands on them, and what must not."""

import pytest
from sqlalchemy import select

from microfed.store.posts import Post
from tests.web.conftest import Town, fill, id_of, passed_on, sign_in

AS2 = "application/activity+json"


async def test_the_front_page_shows_what_was_said_to_everyone(town: Town) -> None:
    fill(town)

    page = await town.get("/")

    assert page.status_code == 200
    assert "La boulangerie de la rue Piat rouvre mardi !" in page.text
    assert "Ménilmontant" in page.text
    assert "You come in by invitation" in page.text
    assert "Amel Haddad" in page.text


async def test_the_front_page_leaves_out_answers_and_what_is_not_for_everyone(town: Town) -> None:
    fill(town)

    page = await town.get("/")

    assert "elle est dans la cave" not in page.text
    assert "Le code de la cour a changé" not in page.text
    assert "pour demain" not in page.text


async def test_a_place_where_nobody_spoke_says_how_to_begin(town: Town) -> None:
    town.add("amel")

    page = await town.get("/")

    assert "Nobody has said anything to everyone yet." in page.text
    assert "say hello" in page.text


async def test_a_profile_shows_its_owner_and_what_they_said(town: Town) -> None:
    said = fill(town)

    page = await town.get("/@amel")

    assert page.status_code == 200
    assert '<h1 class="p-name" translate="no">Amel Haddad</h1>' in page.text
    assert "@amel@here.test" in page.text
    assert "Jardins partagés" in page.text
    assert "rue Piat" in page.text
    assert f'href="https://here.test/@amel/{said["warned"]}"' in page.text
    assert 'type="application/activity+json" href="https://here.test/users/amel"' in page.text
    assert "follower" not in page.text.lower()


async def test_a_profile_shows_what_was_passed_on_and_by_whom(town: Town) -> None:
    fill(town)
    passed_on(town, by="leo")

    page = await town.get("/@leo")

    assert "The market is in bloom." in page.text
    assert "Passed on by" in page.text
    assert '<div class="words e-content" lang="en">' in page.text
    assert "Tulips in buckets" in page.text
    # A picture elsewhere comes through us: nothing is loaded from a third party.
    assert 'src="https://here.test/media/remote/p' in page.text
    assert page.text.count("<img") == page.text.count('src="https://here.test/media/remote/')


async def test_a_long_profile_goes_on_where_the_page_ended(town: Town) -> None:
    town.add("leo")
    said = [town.says("leo", f"Numéro {n} de la série") for n in range(25)]

    first = await town.get("/@leo")
    older = await town.get(f"/@leo?before={said[5]}")

    assert "Numéro 24 de" in first.text
    assert "Numéro 5 de" in first.text
    assert "Numéro 4 de" not in first.text
    assert f'href="/@leo?before={said[5]}"' in first.text
    assert "Numéro 4 de" in older.text
    assert "Numéro 5 de" not in older.text
    assert 'rel="next"' not in older.text


async def test_a_post_stands_in_its_conversation(town: Town) -> None:
    said = fill(town)

    page = await town.get(f"/@amel/{said['answer']}")

    places = [page.text.index(f'id="p{said[which]}"') for which in ("ladder", "answer", "thanks")]
    assert places == sorted(places)
    assert "pour demain" not in page.text
    assert f'<link rel="canonical" href="https://here.test/@amel/{said["answer"]}">' in page.text
    assert 'property="og:description"' in page.text


async def test_what_stands_behind_a_warning_is_folded_and_safe(town: Town) -> None:
    said = fill(town)

    page = await town.get(f"/@amel/{said['warned']}")

    assert '<details class="warned"><summary><span class="p-summary"' in page.text
    assert "Araignées" in page.text
    assert "<script" not in page.text
    assert '<meta name="description" content="Araignées">' in page.text


@pytest.mark.parametrize("which", ["local", "private"])
async def test_what_is_not_for_everyone_has_no_page(town: Town, which: str) -> None:
    said = fill(town)

    page = await town.get(f"/@bea/{said[which]}")

    assert page.status_code == 404
    assert "There is nothing here" in page.text


async def test_a_post_is_not_shown_under_somebody_elses_name(town: Town) -> None:
    said = fill(town)

    assert (await town.get(f"/@leo/{said['bread']}")).status_code == 404


@pytest.mark.parametrize(
    "path", ["/@nobody", "/@instance.actor", "/nowhere", "/@amel/12x", "/@amel?before=x"]
)
async def test_an_address_that_leads_nowhere_says_how_to_go_on(town: Town, path: str) -> None:
    town.add("amel")

    page = await town.get(path)

    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<a class="button" href="/">To the front page</a>' in page.text


async def test_a_hashtag_gathers_what_was_said_under_it(town: Town) -> None:
    fill(town)

    page = await town.get("/tags/entraide")

    assert "Qui me prête une échelle" in page.text
    assert "La boulangerie" not in page.text


async def test_a_feed_tells_what_was_said_to_everyone(town: Town) -> None:
    said = fill(town)

    feed = await town.get("/@bea.atom")

    assert feed.headers["content-type"] == "application/atom+xml"
    assert f"<id>https://here.test/users/bea/posts/{said['bread']}</id>" in feed.text
    assert "&lt;p&gt;La boulangerie" in feed.text
    assert "Le code de la cour" not in feed.text
    assert "pour demain" not in feed.text


@pytest.mark.parametrize("what", ["/@bea", "/@bea/{bread}"])
async def test_the_address_of_a_page_also_gives_servers_the_document(town: Town, what: str) -> None:
    said = fill(town)

    document = await town.get(what.format(**said), Accept=AS2)

    assert document.headers["content-type"].startswith(AS2)
    assert document.json()["id"].startswith("https://here.test/users/bea")


async def test_the_page_about_the_place_names_who_looks_after_it(town: Town) -> None:
    fill(town)

    page = await town.get("/about")

    assert "3 neighbours live here." in page.text
    assert "Amel Haddad" in page.text
    assert "Béa Martin" not in page.text


async def test_a_browser_that_has_the_page_is_not_sent_it_again(town: Town) -> None:
    town.add("amel")
    page = await town.get("/about")

    again = await town.get("/about", **{"If-None-Match": page.headers["etag"]})

    assert again.status_code == 304
    assert again.content == b""


async def test_an_error_is_told_to_programs_in_their_words(town: Town) -> None:
    answer = await town.get("/@nobody", Accept="application/json")

    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_conversation_from_elsewhere_is_asked_for_and_looked_at_again_a_few_times(
    town: Town,
) -> None:
    # Given a post of somebody elsewhere, in a conversation nobody here opened yet
    fill(town)
    passed_on(town, by="leo")
    eva = id_of(town, "eva")
    (post,) = town.change(
        lambda tx: tx.session.scalars(select(Post.id).where(Post.actor_id == eva)).all()
    )
    await sign_in(town, "amel")

    # When a member opens it, then it says that others are asked, and looks again by itself
    page = await town.get(f"/posts/{post}")
    assert f'data-hx-get="/posts/{post}?look=1"' in page.text
    assert f'<a href="/posts/{post}">Look again</a>' in page.text

    # And the last look does not go on
    last = await town.get(f"/posts/{post}?look=4")
    assert "Look again" in last.text and "?look=5" not in last.text
    for nonsense in ("-1", "9", "x"):
        assert 'data-hx-get="/posts/' not in (await town.get(f"/posts/{post}?look={nonsense}")).text
