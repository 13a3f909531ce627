"""What a member does with their own words: correcting, taking back, asking, planning, keeping."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select

from microfed.errors import Invalid
from microfed.ids import id_at
from microfed.store.own import PlannedPost
from microfed.store.polls import Poll, Vote
from microfed.store.posts import Attachment, Pin, Post
from microfed.vocab.audience import Audience
from microfed.web.typed import later_in
from tests.web.conftest import ORIGIN, Town, fill, passed_on, send, sign_in
from tests.web.test_composing import RED, send_files, uploads

POLL = {"option0": "Samedi", "option1": "Dimanche", "lasts": "86400"}


async def asks(town: Town, **more: str) -> int:
    """Amel asks the neighbours when to meet; returns the post's id."""
    answer = await send(town, "/write", source="Quand ?", audience="local", **{**POLL, **more})
    assert answer.status_code == 303, answer.text
    return int(answer.headers["location"].rpartition("#p")[2])


def only(town: Town, **like: str) -> Post:
    """Return the one post that is so."""
    found: Post = town.change(lambda tx: tx.session.scalars(select(Post).filter_by(**like)).one())
    return found


def words_in(page: httpx.Response) -> str:
    """Return what stands in the form's field."""
    return re.findall(r'<textarea id="source"[^>]*>(.*?)</textarea>', page.text, re.S)[0]


async def test_words_are_corrected_and_the_old_ones_can_be_read(town: Town) -> None:
    # Given a post of a member
    said = fill(town)
    await sign_in(town, "bea")
    path = f"/posts/{said['bread']}"
    form = await town.get(f"{path}/edit")
    assert words_in(form) == "La boulangerie de la rue Piat rouvre mardi !"
    assert "Seen by everyone" in form.text

    # When they correct it
    fields = {"source": "La boulangerie rouvre mercredi !", "language": "fr", "warning": ""}
    answer = await send(town, f"{path}/edit", **fields)

    # Then the new words stand there, for whom they were, and lead to the old ones
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    page = await town.get(path)
    assert "rouvre mercredi" in page.text and f'href="{path}/history"' in page.text
    history = await town.get(f"{path}/history")
    assert history.text.index("rouvre mardi") < history.text.index("rouvre mercredi")


async def test_nobody_corrects_what_is_anothers(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "amel")
    path = f"/posts/{said['bread']}/edit"

    assert (await town.get(path)).status_code == 404
    assert (await send(town, path, source="Fermée")).status_code == 404
    assert (await town.get(f"/posts/{said['private']}/history")).status_code == 404


async def test_a_correction_without_words_or_too_long_keeps_what_was_typed(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "bea")
    path = f"/posts/{said['bread']}/edit"

    empty = await send(town, path, source=" ", warning="Pain")
    long = await send(town, path, source="x" * 5_001)

    assert (empty.status_code, long.status_code) == (422, 422)
    assert "To delete it, take it back." in empty.text and 'value="Pain"' in empty.text
    assert words_in(long) == "x" * 5_001


async def test_pictures_are_described_left_out_and_added_in_a_correction(town: Town) -> None:
    # Given a post with two pictures
    fill(town)
    await sign_in(town, "amel")
    brought = await send_files(town, [RED, RED], source="Tomates", audience="local")
    first, second = uploads(brought)
    fields = {"source": "Tomates", "audience": "local", f"m{first}": "", f"m{second}": ""}
    await send_files(town, [], deed="anyway", **fields)
    (post,) = town.change(
        lambda tx: tx.session.scalars(select(Post).filter_by(source="Tomates")).all()
    )
    form = await town.get(f"/posts/{post.id}/edit")
    assert uploads(form) == [first, second]

    # When one is described and the other left out
    fields |= {f"m{first}": "Trois tomates", f"x{second}": "1"}
    await town.browser.post(f"/posts/{post.id}/edit", data=fields, headers=ORIGIN)

    # Then so it is
    items = town.change(
        lambda tx: tx.session.scalars(select(Attachment).filter_by(post_id=post.id)).all()
    )
    assert [(item.id, item.description) for item in items] == [(int(first), "Trois tomates")]


async def test_taking_back_to_write_again_leads_to_the_same_words(town: Town) -> None:
    # Given an answer with a warning
    said = fill(town)
    await sign_in(town, "leo")
    await send(
        town,
        "/write",
        source="Je l'ai.",
        warning="Échelle",
        audience="local",
        answers=str(said["ladder"]),
    )
    (post,) = town.change(
        lambda tx: tx.session.scalars(select(Post).filter_by(warning="Échelle")).all()
    )

    # When its author takes it back to write it again
    answer = await send(town, f"/posts/{post.id}", deed="again")
    form = await town.get(answer.headers["location"])

    # Then it is gone, and its words, its warning and what it answers stand in the form
    assert town.change(lambda tx: tx.session.get(Post, post.id)) is None
    assert words_in(form) in ("Je l&#39;ai.", "Je l&#x27;ai.")
    assert 'value="Échelle"' in form.text
    assert f'name="answers" value="{said["ladder"]}"' in form.text


async def test_nobody_takes_back_what_is_anothers_to_write_it(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "amel")

    answer = await send(town, f"/posts/{said['bread']}", deed="again")

    assert answer.status_code == 403
    assert town.change(lambda tx: tx.session.scalars(select(PlannedPost)).all()) == []


async def test_a_post_is_put_at_the_top_of_ones_page_and_no_longer(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "bea")
    path = f"/posts/{said['bread']}"

    await send(town, path, deed="pin")
    page, profile = await town.get(path), await town.get("/@bea")
    await send(town, path, deed="unpin")

    assert 'aria-pressed="true">At the top of my page' in page.text
    assert "Kept at the top" in profile.text
    assert town.change(lambda tx: tx.session.scalars(select(Pin)).all()) == []
    assert (await send(town, f"/posts/{said['ladder']}", deed="pin")).status_code == 422


async def test_a_question_is_asked_and_answered_once(town: Town) -> None:
    # Given a question
    fill(town)
    await sign_in(town, "amel")
    id_ = await asks(town)
    own = await town.get(f"/posts/{id_}")
    assert "/vote" not in own.text

    # When a neighbour votes, and tries once more
    await sign_in(town, "leo")
    path = f"/posts/{id_}/vote"
    form = await town.get(f"/posts/{id_}")
    await send(town, path)  # nothing chosen yet
    first = await send(town, path, choice="1", back=f"/posts/{id_}")
    second = await send(town, path, choice="0")

    # Then the first choice counts, and is shown
    assert 'type="radio" name="choice" value="1"' in form.text
    assert (first.status_code, second.status_code) == (303, 422)
    votes = town.change(lambda tx: [v.position for v in tx.session.scalars(select(Vote))])
    assert votes == [1]
    after = await town.get(f"/posts/{id_}")
    assert "your choice" in after.text and "1 vote" in after.text and path not in after.text


async def test_several_answers_are_chosen_where_one_may(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    id_ = await asks(town, multiple="1", hides="1")
    await sign_in(town, "leo")

    await send(town, f"/posts/{id_}/vote", choice0="0", choice1="1")

    assert town.change(lambda tx: len(tx.session.scalars(select(Vote)).all())) == 2
    assert "votes</span>" not in (await town.get(f"/posts/{id_}")).text


async def test_a_question_that_cannot_be_is_given_back(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    page = await send(
        town, "/write", source="Quand ?", audience="local", option0="Samedi", lasts="604800"
    )

    assert page.status_code == 422
    assert "two to four answers" in page.text
    assert 'name="option0" value="Samedi"' in page.text
    assert '<option value="604800" selected>' in page.text
    assert town.change(lambda tx: tx.session.scalars(select(Poll)).all()) == []


async def test_a_correction_leaves_a_question_its_answers(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    id_ = await asks(town)

    await send(town, f"/posts/{id_}/edit", source="Quand donc ?", language="fr")

    page = (await town.get(f"/posts/{id_}")).text
    assert "Quand donc ?" in page and "Samedi" in page and "Dimanche" in page


async def test_something_is_planned_changed_and_thrown_away(town: Town) -> None:
    # Given something to be said in three hours
    fill(town)
    await sign_in(town, "amel")
    form = {"source": "Réunion demain", "audience": "local", "later": "3", "unit": "hours"}
    answers = [await send(town, "/write", once="k", **form) for _ in range(2)]
    (planned,) = town.change(lambda tx: tx.session.scalars(select(PlannedPost)).all())
    assert answers[0].headers["location"] == f"/planned#d{planned.id}"
    assert abs(planned.due_at - datetime.now(UTC) - timedelta(hours=3)) < timedelta(minutes=5)
    assert "To be said in 3 hours" in (await town.get("/planned")).text
    assert "Réunion demain" not in (await town.get("/home")).text

    # When its author stops it to change it, and says it now
    change = await send(town, f"/planned/{planned.id}", deed="change")
    page = await town.get(change.headers["location"])
    assert words_in(page) == "Réunion demain"
    await send(town, "/write", source="Réunion !", audience="local", draft=str(planned.id))

    # Then it is said, and waits no more
    assert "Réunion !" in (await town.get("/home")).text
    assert town.change(lambda tx: tx.session.scalars(select(PlannedPost)).all()) == []


async def test_too_soon_is_told_and_the_words_stay(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    page = await send(
        town, "/write", source="Tout de suite", audience="local", later="2", unit="minutes"
    )

    assert page.status_code == 422
    assert "Later begins in five minutes" in page.text
    assert words_in(page) == "Tout de suite"


async def test_a_draft_is_kept_found_again_and_thrown_away(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    kept = await send(
        town, "/write", deed="keep", source="Pas fini", warning="W", audience="followers"
    )
    id_ = int(kept.headers["location"].rpartition("#d")[2])
    again = {"deed": "keep", "source": "Presque", "audience": "followers", "draft": str(id_)}
    await send(town, "/write", **again)

    drafts = await town.get("/planned")
    form = await town.get(f"/write?draft={id_}")
    await sign_in(town, "leo")
    others = [
        await town.get(f"/write?draft={id_}"),
        await send(town, f"/planned/{id_}", deed="drop"),
    ]
    await sign_in(town, "amel")
    await send(town, f"/planned/{id_}", deed="drop")

    assert "Presque" in drafts.text and "Pas fini" not in drafts.text
    assert words_in(form) == "Presque"
    assert '<option value="followers" selected>' in form.text
    assert [answer.status_code for answer in others] == [404, 404]
    assert "Nothing waits here." in (await town.get("/planned")).text


async def test_what_could_not_be_said_in_time_is_a_draft_that_says_so(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    now = datetime.now(UTC)
    town.change(
        lambda tx: tx.session.add(
            PlannedPost(
                id=id_at(now),
                actor_id=town.people["amel"],
                due_at=None,
                parameters={"text": "Trop tard", "audience": "local"},
                error="no",
            )
        )
    )

    page = await town.get("/planned")

    assert "Trop tard" in page.text and "could not be said when its time came" in page.text


async def test_words_are_given_back_to_whoever_was_signed_out_meanwhile(town: Town) -> None:
    said = fill(town)

    page = await send(
        town,
        "/write",
        source="Une longue lettre",
        warning="W",
        audience="followers",
        once="k9",
        m12="Un chat",
        answers=str(said["ladder"]),
    )

    assert page.status_code == 401
    assert "nothing is lost" in page.text
    assert words_in(page) == "Une longue lettre"
    assert '<option value="followers" selected>' in page.text
    for field in ('name="once" value="k9"', 'name="m12" value="Un chat"', 'value="W"'):
        assert field in page.text
    assert f'name="answers" value="{said["ladder"]}"' in page.text


async def test_who_sees_a_post_is_told_in_plain_words(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "amel")

    page = await town.get(f"/posts/{said['local']}")

    assert "Seen by those who live here, and by nobody else." in page.text


async def test_a_boost_is_nothing_to_correct(town: Town) -> None:
    fill(town)
    boost = passed_on(town, by="leo")
    await sign_in(town, "leo")

    assert (await town.get(f"/posts/{boost}/edit")).status_code == 404
    assert (await town.get(f"/posts/{boost}/history")).status_code == 404


async def test_an_answer_to_a_private_word_that_was_kept_stays_private(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "leo")
    kept = await send(
        town,
        "/write",
        deed="keep",
        source="D'accord",
        audience="public",
        answers=str(said["private"]),
    )

    form = await town.get("/write?draft=" + kept.headers["location"].rpartition("#d")[2])

    assert '<option value="people" selected>' in form.text
    assert '<option value="public"' not in form.text
    assert Audience.PEOPLE == "people"


async def test_something_is_planned_for_a_day_and_an_hour_where_the_place_is(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    form = {"source": "Pique-nique", "audience": "local", "day": "2031-07-14", "hour": "18:30"}

    answer = await send(town, "/write", **form)

    (planned,) = town.change(lambda tx: tx.session.scalars(select(PlannedPost)).all())
    assert answer.headers["location"] == f"/planned#d{planned.id}"
    zone = ZoneInfo(town.instance.house.settings.timezone)
    meant = datetime(2031, 7, 14, 18, 30, tzinfo=zone)
    assert abs(planned.due_at - meant) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("day", "hour", "said"),
    [
        ("2031-02-30", "10:00", "Choose a day and an hour that there are."),
        ("2031-02-03", "", "Choose a day and an hour that there are."),
        ("", "10:00", "Choose a day and an hour that there are."),
        ("2001-02-03", "10:00", "Later begins in five minutes"),
    ],
)
async def test_a_moment_that_is_none_is_told_and_the_words_stay(
    town: Town, day: str, hour: str, said: str
) -> None:
    fill(town)
    await sign_in(town, "amel")

    page = await send(town, "/write", source="Demain", audience="local", day=day, hour=hour)

    assert page.status_code == 422 and said in page.text
    assert words_in(page) == "Demain"
    assert f'value="{day}"' in page.text
    assert town.change(lambda tx: tx.session.scalars(select(PlannedPost)).all()) == []


async def test_an_hour_that_the_clock_leaps_over_is_none() -> None:
    zone = ZoneInfo("Europe/Paris")
    given = {"day": "2031-03-30", "hour": "02:30"}

    with pytest.raises(Invalid):
        later_in(given, now=datetime(2031, 3, 1, tzinfo=UTC), zone=zone)

    after = later_in(
        {**given, "hour": "03:30"}, now=datetime(2031, 3, 30, 1, 0, tzinfo=UTC), zone=zone
    )
    assert after == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("day", "hour", "zone"),
    [("0001-01-01", "00:00", "Europe/Paris"), ("9999-12-31", "23:59", "America/New_York")],
)
def test_a_moment_at_the_end_of_the_calendar_is_refused(day: str, hour: str, zone: str) -> None:
    with pytest.raises(Invalid):
        later_in({"day": day, "hour": hour}, now=datetime.now(UTC), zone=ZoneInfo(zone))
