"""What is a member's own: what is new, private conversations, lists, words not to be seen."""

import re

from sqlalchemy import select

from microfed.operations.follows import request_follow
from microfed.store.database import Tx
from microfed.store.filters import Filter
from microfed.store.lists import ListMember, PeopleList
from microfed.store.people import Actor
from microfed.store.queues import Notification
from microfed.store.reading import Conversation, NotificationRequest
from microfed.vocab.audience import Audience
from tests.web.conftest import Town, fill, send, sign_in


def follow(town: Town, who: str, whom: str) -> None:
    """Somebody follows somebody."""

    def work(tx: Tx) -> None:
        one, other = (tx.session.get_one(Actor, town.people[name]) for name in (who, whom))
        request_follow(tx, follower=one, target=other)

    town.change(work)


async def test_what_is_new_is_told_together_and_once(town: Town) -> None:
    # Given two who thank for the same, and one who speaks to its author
    said = fill(town)
    for name in ("amel", "leo"):
        await sign_in(town, name)
        await send(town, f"/posts/{said['bread']}", deed="like")
    town.says("leo", "@bea À quelle heure ?")

    # When she looks twice
    await sign_in(town, "bea")
    first, second = await town.get("/news"), await town.get("/news")

    # Then the thanks are one, with both, and nothing is new any more
    assert "thanks you" in first.text and "and so does 1 other" in first.text
    assert first.text.count("thanks you") == 1
    assert "À quelle heure ?" in first.text
    assert "news fresh" in first.text and "news fresh" not in second.text

    # And what she is done with is gone
    (key,) = re.findall(r'value="(like-[\d-]+)"', second.text)
    await send(town, "/news", key=key)
    third = await town.get("/news")
    assert "thanks you" not in third.text and "À quelle heure ?" in third.text
    await send(town, "/news", key="all")
    assert "Nothing new." in (await town.get("/news")).text
    assert (await send(town, "/news", key="nonsense")).status_code == 404


async def test_nobody_is_done_with_what_is_anothers(town: Town) -> None:
    fill(town)
    town.says("leo", "@bea Bonjour")
    await sign_in(town, "amel")

    await send(town, "/news", key="all")

    bea = town.people["bea"]
    left = town.change(
        lambda tx: tx.session.scalars(select(Notification).filter_by(owner_id=bea)).all()
    )
    assert len(left) == 1


async def test_private_words_of_a_stranger_wait_until_they_are_wanted(town: Town) -> None:
    # Given a member who lets strangers wait, and private words from one
    fill(town)
    await sign_in(town, "amel")
    await send(town, "/news/waiting", for_not_following="filter")
    town.says("bea", "@amel Psst", audience=Audience.PEOPLE)
    page = await town.get("/news/waiting")
    assert "Béa Martin" in page.text and "1 word waits" in page.text
    assert "1 person waits to be heard" in (await town.get("/news")).text

    # When she wants to hear them
    assert "Psst" not in (await town.get("/news")).text
    (waiting,) = town.change(lambda tx: tx.session.scalars(select(NotificationRequest)).all())
    await send(town, "/news/waiting", deed="accept", id=str(waiting.id))

    # Then they are told
    assert "Psst" in (await town.get("/news")).text
    assert "Nobody waits to be heard." in (await town.get("/news/waiting")).text


async def test_what_becomes_of_strangers_words_is_chosen(town: Town) -> None:
    fill(town)
    await sign_in(town, "bea")

    await send(town, "/news/waiting", for_not_following="drop", for_new_accounts="nonsense")
    page = await town.get("/news/waiting")
    town.says("leo", "@bea Bonjour")

    chosen = re.findall(r'<option value="(\w+)" selected>', page.text)
    assert chosen[0] == "drop"
    assert "Bonjour" not in (await town.get("/news")).text


async def test_a_private_conversation_is_read_put_off_and_taken_out(town: Town) -> None:
    # Given private words
    fill(town)
    id_ = town.says("leo", "@bea Le code est 4", audience=Audience.PEOPLE)
    await sign_in(town, "bea")
    talks = await town.get("/talks")
    assert "Le code est 4" in talks.text and "news fresh" in talks.text
    bea = town.people["bea"]
    (talk, *_) = town.change(
        lambda tx: tx.session.scalars(
            select(Conversation).filter_by(owner_id=bea, last_post_id=id_)
        ).all()
    )

    # When she reads them, wants to come back, and takes them out
    path = f"/talks/{talk.id}"
    read = await send(town, path, deed="read")
    calm = await town.get("/talks")
    await send(town, path, deed="unread")
    fresh = await town.get("/talks")
    await sign_in(town, "amel")
    others = await send(town, path, deed="forget")
    await sign_in(town, "bea")
    await send(town, path, deed="forget")

    # Then so it is, for herself alone
    assert read.headers["location"] == f"/posts/{id_}"
    assert "news fresh" not in calm.text and "news fresh" in fresh.text
    assert others.status_code == 404
    assert "Le code est 4" not in (await town.get("/talks")).text


async def test_a_list_is_made_filled_read_and_let_go(town: Town) -> None:
    # Given a member who follows two
    fill(town)
    follow(town, "amel", "leo")
    follow(town, "amel", "bea")
    await sign_in(town, "amel")

    # When she makes a list, and puts one on it
    made = await send(town, "/lists", title="Bricoleurs")
    path = made.headers["location"].removesuffix("/people")
    await send(town, path, deed="put", who=str(town.people["leo"]))
    town.says("leo", "Ma perceuse est libre")
    town.says("bea", "Le pain est chaud")

    # Then what that one says stands there
    page, people = await town.get(path), await town.get(f"{path}/people")
    assert "perceuse" in page.text and "pain est chaud" not in page.text
    assert people.text.index("Take off") < people.text.index("Béa Martin")

    # And nobody else has it
    await sign_in(town, "bea")
    assert (await town.get(path)).status_code == 404
    assert (await send(town, path, deed="drop")).status_code == 404

    # And it changes, and goes
    await sign_in(town, "amel")
    await send(town, path, deed="change", title="Outils", replies="none", exclusive="1")
    (found,) = town.change(lambda tx: tx.session.scalars(select(PeopleList)).all())
    assert (found.title, found.replies, found.is_exclusive) == ("Outils", "none", True)
    await send(town, path, deed="take", who=str(town.people["leo"]))
    assert town.change(lambda tx: tx.session.scalars(select(ListMember)).all()) == []
    await send(town, path, deed="drop")
    assert "Outils" not in (await town.get("/lists")).text


async def test_a_list_without_a_name_is_not_made(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    page = await send(town, "/lists", title=" ")

    assert page.status_code == 422 and "A list needs a name" in page.text


async def test_words_one_would_rather_not_see_are_folded_or_left_out(town: Town) -> None:
    # Given a member who filters two words
    fill(town)
    await sign_in(town, "amel")
    everywhere = {f"in-{name}": "1" for name in ("home", "public", "thread", "account")}
    await send(town, "/filters", words="boulangerie\npain", title="Faim", **everywhere)
    await send(town, "/filters", words="échelle", action="hide", whole="1", **everywhere)

    # Then what holds the one is folded, the other left out, and nobody else notices
    latest = await town.get("/latest")
    assert "Held back: Faim" in latest.text
    assert "Qui me prête" not in latest.text
    assert "Qui me prête" not in (await town.get("/@leo")).text
    await sign_in(town, "leo")
    assert "Held back" not in (await town.get("/latest")).text

    # And once they go, all is as before
    await sign_in(town, "amel")
    page = await town.get("/filters")
    assert "boulangerie, pain" in page.text
    for one in town.change(lambda tx: [row.id for row in tx.session.scalars(select(Filter))]):
        await send(town, f"/filters/{one}", sure="1")
    assert "Qui me prête" in (await town.get("/latest")).text


async def test_a_filter_of_nothing_is_not_made_and_keeps_what_was_typed(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    page = await send(town, "/filters", words="politique", title="Calme")

    assert page.status_code == 422 and "at least one place" in page.text
    assert ">politique</textarea>" in page.text and 'value="Calme"' in page.text
    assert town.change(lambda tx: tx.session.scalars(select(Filter)).all()) == []


async def test_a_filter_is_changed_and_keeps_its_term(town: Town) -> None:
    # Given a filter for a week
    fill(town)
    await sign_in(town, "amel")
    await send(
        town, "/filters", words="pain\nsel", title="Faim", lasts="604800", **{"in-home": "1"}
    )
    (before,) = town.change(lambda tx: tx.session.scalars(select(Filter)).all())

    # When its owner changes the words and the places
    form = await town.get(f"/filters/{before.id}")
    assert ">pain\nsel</textarea>" in form.text and "As long as before" in form.text
    changed = {"deed": "change", "words": "sel\npoivre", "title": "Goût", "lasts": "keep"}
    answer = await send(town, f"/filters/{before.id}", **changed, **{"in-thread": "1"})

    # Then it is the same filter with those, and ends when it would have
    assert answer.status_code == 303
    (after,) = town.change(lambda tx: tx.session.scalars(select(Filter)).all())
    assert (after.id, after.title, after.contexts) == (before.id, "Goût", ["thread"])
    assert after.expires_at == before.expires_at
    assert "sel, poivre" in (await town.get("/filters")).text

    # And a change that makes no sense changes nothing and keeps what was typed
    wrong = await send(town, f"/filters/{before.id}", deed="change", words="", title="Vide")
    assert wrong.status_code == 422 and 'value="Vide"' in wrong.text
    assert "sel, poivre" in (await town.get("/filters")).text
    await sign_in(town, "leo")
    assert (await town.get(f"/filters/{before.id}")).status_code == 404
    assert (await send(town, f"/filters/{before.id}", **changed)).status_code in (404, 422)


async def test_whom_one_follows_and_who_follows_stand_on_pages_of_ones_own(town: Town) -> None:
    fill(town)
    follow(town, "amel", "leo")
    follow(town, "bea", "amel")
    await sign_in(town, "amel")

    following, followers = await town.get("/following"), await town.get("/followers")
    assert "Léo" in following.text and "Béa" not in following.text
    assert "Béa Martin" in followers.text and "@leo" not in followers.text

    await send(town, f"/people/{town.people['leo']}", deed="unfollow", back="/following")
    await send(town, f"/people/{town.people['bea']}", deed="send-away", back="/followers")
    assert "You follow nobody yet." in (await town.get("/following")).text
    assert "Nobody follows you yet." in (await town.get("/followers")).text
