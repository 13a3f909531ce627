"""Filters: what a member would rather not see is marked, and their apps hold it back."""

import pytest

from tests.fediverse import Instance
from tests.mastodon.conftest import Phone

pytestmark = pytest.mark.anyio
WORDS = [{"keyword": "Foot", "whole_word": True}]


async def made(ana: Phone, **more: object) -> dict[str, object]:
    wish = {
        "title": "Sport",
        "context": ["public", "home"],
        "keywords_attributes": WORDS,
    }
    answer: dict[str, object] = await ana.post("/api/v2/filters", **{**wish, **more})
    return answer


async def test_posts_with_a_filtered_word_say_so_to_that_member_alone(
    ana: Phone, bea: Phone
) -> None:
    sieve = await made(ana, filter_action="hide")
    caught = await bea.says("Ce soir : FOOT !")
    await bea.says("Le footing du matin")
    await ana.says("moi j'aime le foot")

    page = await ana.get("/api/v1/timelines/public")

    found = {one["content"]: one["filtered"] for one in page}
    assert [bool(one) for one in found.values()] == [False, False, True]
    (result,) = next(one["filtered"] for one in page if one["id"] == caught["id"])
    assert result["keyword_matches"] == ["FOOT"]
    assert result["filter"]["id"] == sieve["id"]
    assert result["filter"]["filter_action"] == "hide"
    assert "keywords" not in result["filter"]
    (theirs,) = [
        one for one in await bea.get("/api/v1/timelines/public") if one["id"] == caught["id"]
    ]
    assert theirs["filtered"] == []


@pytest.mark.parametrize(
    "post",
    [
        {"status": "rien", "spoiler_text": "du foot"},
        {"status": "on vote ?", "poll": {"options": ["foot", "vélo"], "expires_in": 600}},
    ],
)
async def test_warnings_and_choices_are_looked_at_too(
    ana: Phone, bea: Phone, post: dict[str, object]
) -> None:
    await made(ana)
    said = await bea.says(**post)

    assert (await ana.get(f"/api/v1/statuses/{said['id']}"))["filtered"] != []


async def test_a_boost_of_a_filtered_post_is_held_back_too(ana: Phone, bea: Phone) -> None:
    await made(ana)
    said = await bea.says("du foot")
    boost = await bea.post(f"/api/v1/statuses/{said['id']}/reblog")

    shown = await ana.get(f"/api/v1/statuses/{boost['id']}")

    assert shown["filtered"] and shown["reblog"]["filtered"]


async def test_one_very_post_can_be_held_back(ana: Phone, bea: Phone) -> None:
    said = await bea.says("bonjour")
    sieve = await made(ana, keywords_attributes=[])

    row = await ana.post(f"/api/v2/filters/{sieve['id']}/statuses", status_id=said["id"])

    (result,) = (await ana.get(f"/api/v1/statuses/{said['id']}"))["filtered"]
    assert result["status_matches"] == [said["id"]]
    assert result["keyword_matches"] is None
    assert await ana.get(f"/api/v2/filters/{sieve['id']}/statuses") == [row]
    await ana.delete(f"/api/v2/filters/statuses/{row['id']}")
    assert (await ana.get(f"/api/v1/statuses/{said['id']}"))["filtered"] == []


async def test_a_filter_is_changed_with_its_keywords_at_once(ana: Phone) -> None:
    sieve = await made(ana)
    (word,) = sieve["keywords"]  # type: ignore[misc]

    changed = await ana.put(
        f"/api/v2/filters/{sieve['id']}",
        title="Ballons",
        context=["thread"],
        expires_in=3600,
        keywords_attributes=[
            {"id": word["id"], "_destroy": True},
            {"keyword": "handball", "whole_word": False},
        ],
    )

    assert changed["title"] == "Ballons"
    assert changed["context"] == ["thread"]
    assert changed["expires_at"] is not None
    assert [one["keyword"] for one in changed["keywords"]] == ["handball"]
    keyword = changed["keywords"][0]["id"]
    put = await ana.put(f"/api/v2/filters/keywords/{keyword}", keyword="rugby", whole_word=True)
    assert (put["keyword"], put["whole_word"]) == ("rugby", True)
    await ana.delete(f"/api/v2/filters/keywords/{keyword}")
    assert await ana.get(f"/api/v2/filters/{sieve['id']}/keywords") == []
    await ana.delete(f"/api/v2/filters/{sieve['id']}")
    assert await ana.get("/api/v2/filters") == []


async def test_a_bad_filter_is_refused_whole(ana: Phone) -> None:
    await made_badly(ana, title="")
    await made_badly(ana, context=[])
    await made_badly(ana, context=["everywhere"])
    await made_badly(ana, filter_action="burn")
    await made_badly(ana, expires_in=-5)
    await made_badly(ana, keywords_attributes=[{"keyword": "bien"}, {"keyword": " "}])

    assert await ana.get("/api/v2/filters") == []


async def made_badly(ana: Phone, **more: object) -> None:
    wish = {"title": "x", "context": ["home"], "keywords_attributes": WORDS}
    answer = await ana.post("/api/v2/filters", expects=422, **{**wish, **more})
    assert answer["error"].startswith("Validation failed")


async def test_old_apps_keep_each_keyword_as_a_filter_of_its_own(
    here: Instance, ana: Phone, bea: Phone
) -> None:
    old = await ana.post("/api/v1/filters", phrase="foot", context=["home"], irreversible=True)
    assert old["irreversible"] is True
    (sieve,) = await ana.get("/api/v2/filters")
    assert (sieve["title"], sieve["filter_action"]) == ("foot", "hide")

    changed = await ana.put(f"/api/v1/filters/{old['id']}", phrase="rugby", context=["public"])

    assert (changed["phrase"], changed["context"]) == ("rugby", ["public"])
    assert await ana.get(f"/api/v1/filters/{old['id']}") == changed
    await bea.get(f"/api/v1/filters/{old['id']}", expects=404)
    await ana.delete(f"/api/v1/filters/{old['id']}")
    assert await ana.get("/api/v2/filters") == []
