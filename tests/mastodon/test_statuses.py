from datetime import timedelta

from sqlalchemy import func, select

from microfed import clock
from microfed.store.posts import Post
from tests.fediverse import Instance
from tests.mastodon.conftest import Phone


def posts_stored(here: Instance) -> int:
    with here.house.db.reading() as tx:
        return tx.connection.scalar(select(func.count(Post.id))) or 0


async def test_a_post_is_said_read_corrected_and_taken_back(ana: Phone, anyone: Phone) -> None:
    said = await ana.says("Bonjour", spoiler_text="matin", language="fr")
    assert (said["content"], said["spoiler_text"], said["language"]) == (
        "<p>Bonjour</p>",
        "matin",
        "fr",
    )
    assert said["sensitive"] is True

    path = f"/api/v1/statuses/{said['id']}"
    edited = await ana.put(path, status="Bonsoir")
    assert edited["content"] == "<p>Bonsoir</p>"
    assert edited["edited_at"]
    assert (await anyone.get(path))["content"] == "<p>Bonsoir</p>"
    assert [one["content"] for one in await anyone.get(f"{path}/history")] == [
        "<p>Bonjour</p>",
        "<p>Bonsoir</p>",
    ]
    assert (await ana.get(f"{path}/source"))["text"] == "Bonsoir"

    assert (await ana.delete(path))["text"] == "Bonsoir"
    assert (await anyone.get(path, expects=404))["error"] == "Record not found"


async def test_a_post_may_be_sent_as_a_form_or_multipart(ana: Phone) -> None:
    form = await ana.ask(
        "POST",
        "/api/v1/statuses",
        content=b"status=Oui%3F&poll[options][]=oui&poll[options][]=non&poll[expires_in]=3600",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert [o["title"] for o in form.json()["poll"]["options"]] == ["oui", "non"]

    parts = await ana.ask(
        "POST", "/api/v1/statuses", files={"status": (None, "Oui"), "visibility": (None, "private")}
    )
    assert parts.json()["visibility"] == "private"


async def test_the_same_key_says_it_once(ana: Phone, here: Instance) -> None:
    answers = [
        await ana.ask(
            "POST",
            "/api/v1/statuses",
            json={"status": "Une fois"},
            headers={"Idempotency-Key": "k1"},
        )
        for _ in range(3)
    ]

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert posts_stored(here) == 1


async def test_a_bad_poll_leaves_no_post(ana: Phone, here: Instance) -> None:
    for poll in (
        {"options": ["une"], "expires_in": 3600},
        {"options": ["une", "une"], "expires_in": 3600},
        {"options": ["une", "deux"], "expires_in": 1},
        {"options": ["une", "x" * 51], "expires_in": 3600},
    ):
        refused = await ana.post("/api/v1/statuses", expects=422, status="?", poll=poll)
        assert refused["error"].startswith("Validation failed")
        assert refused["details"]
    await ana.post("/api/v1/statuses", expects=422, status="?", media_ids=["123"])
    await ana.post("/api/v1/statuses", expects=422, status=" ")
    await ana.post("/api/v1/statuses", expects=422, status="?", visibility="nobody")
    await ana.post("/api/v1/statuses", expects=404, status="?", in_reply_to_id="123")

    assert posts_stored(here) == 0


async def test_what_stays_here_is_private_to_apps_and_unseen_outside(
    ana: Phone, bea: Phone, anyone: Phone
) -> None:
    for said in (
        await ana.says("a", visibility="local"),
        await ana.says("b", local_only=True),
        await ana.says("c 👁"),
        await ana.says("d 👁\ufe0f"),
    ):
        assert said["visibility"] == "private"
        assert said["microfed"] == {"audience": "local"}
        assert said["local_only"] is True
        await bea.get(f"/api/v1/statuses/{said['id']}")
        await anyone.get(f"/api/v1/statuses/{said['id']}", expects=404)
    assert said["content"] == "<p>d</p>"


async def test_each_audience_is_told_in_a_word_that_apps_know(ana: Phone, bea: Phone) -> None:
    await bea.post(f"/api/v1/accounts/{ana.id}/follow")
    circle = await ana.post("/api/v1/circles", title="Chorale")
    await ana.post("/api/v1/statuses", expects=422, status="x", visibility="circle")
    given = {"status": "x", "visibility": "circle", "circle_id": circle["id"]}
    await ana.post("/api/v1/statuses", expects=422, **given)  # nobody is in it
    await ana.post(f"/api/v1/circles/{circle['id']}/accounts", account_ids=[bea.id])
    words = {}
    for word in ("public", "unlisted", "private", "direct", "ring", "circle"):
        more = {"circle_id": circle["id"]} if word == "circle" else {}
        said = await ana.says("x", visibility=word, **more)
        words[word] = (said["visibility"], said["microfed"]["audience"])

    assert words == {
        "public": ("public", "public"),
        "unlisted": ("unlisted", "quiet"),
        "private": ("private", "followers"),
        "direct": ("direct", "people"),
        "ring": ("private", "ring"),
        "circle": ("private", "circle"),
    }


async def test_likes_boosts_and_bookmarks_show_on_the_post(ana: Phone, bea: Phone) -> None:
    path = f"/api/v1/statuses/{(await ana.says('Bonjour'))['id']}"

    liked = await bea.post(f"{path}/favourite")
    assert (liked["favourited"], liked["favourites_count"]) == (True, 1)
    boosted = await bea.post(f"{path}/reblog")
    assert boosted["reblog"]["reblogs_count"] == 1
    assert boosted["reblog"]["reblogged"] is True
    assert boosted["account"]["acct"] == "bea"
    kept = await bea.post(f"{path}/bookmark")
    assert kept["bookmarked"] is True
    assert [one["acct"] for one in await ana.get(f"{path}/favourited_by")] == ["bea"]
    assert [one["acct"] for one in await ana.get(f"{path}/reblogged_by")] == ["bea"]
    assert len(await bea.get("/api/v1/bookmarks")) == len(await bea.get("/api/v1/favourites")) == 1
    home = await bea.get("/api/v1/timelines/home")
    assert home[0]["reblog"]["content"] == "<p>Bonjour</p>"

    undone = [
        await bea.post(f"{path}/{deed}") for deed in ("unfavourite", "unreblog", "unbookmark")
    ][-1]
    assert (undone["favourited"], undone["reblogged"], undone["bookmarked"]) == (False,) * 3
    assert (undone["favourites_count"], undone["reblogs_count"]) == (0, 0)
    assert await bea.get("/api/v1/bookmarks") == []


async def test_a_conversation_is_read_from_any_place_in_it(ana: Phone, bea: Phone) -> None:
    first = await ana.says("Un")
    second = await bea.says("@ana Deux", in_reply_to_id=first["id"])
    third = await ana.says("@bea Trois", in_reply_to_id=second["id"])

    around = await ana.get(f"/api/v1/statuses/{second['id']}/context")

    assert [one["id"] for one in around["ancestors"]] == [first["id"]]
    assert [one["id"] for one in around["descendants"]] == [third["id"]]
    assert second["in_reply_to_account_id"] == first["account"]["id"]
    assert second["mentions"][0]["acct"] == "ana"
    assert (await ana.get(f"/api/v1/statuses/{first['id']}"))["replies_count"] == 1


async def test_a_poll_is_voted_on_once_and_its_author_may_not(ana: Phone, bea: Phone) -> None:
    said = await ana.says("?", poll={"options": ["oui", "non"], "expires_in": 3600})
    assert said["poll"]["voted"] is True
    path = f"/api/v1/polls/{said['poll']['id']}"

    assert (await bea.get(path))["voted"] is False
    after = await bea.post(f"{path}/votes", choices=[1])

    assert (after["voted"], after["own_votes"], after["votes_count"], after["voters_count"]) == (
        True,
        [1],
        1,
        1,
    )
    assert [option["votes_count"] for option in after["options"]] == [0, 1]
    await bea.post(f"{path}/votes", expects=422, choices=[0])
    await ana.post(f"{path}/votes", expects=422, choices=[0])
    await bea.post(f"{path}/votes", expects=422, choices=[7])
    assert (await ana.get(f"/api/v1/statuses/{said['id']}"))["poll"]["votes_count"] == 1


async def test_totals_are_hidden_until_the_end_when_asked(ana: Phone, bea: Phone) -> None:
    said = await ana.says(
        "?", poll={"options": ["oui", "non"], "expires_in": 3600, "hide_totals": True}
    )

    after = await bea.post(f"/api/v1/polls/{said['poll']['id']}/votes", choices=["0"])

    assert [option["votes_count"] for option in after["options"]] == [None, None]


async def test_a_planned_post_waits_can_be_moved_and_dropped(ana: Phone, here: Instance) -> None:
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    planned = await ana.says("Demain", scheduled_at=soon, visibility="private")
    path = f"/api/v1/scheduled_statuses/{planned['id']}"

    assert planned["params"]["text"] == "Demain"
    assert [one["id"] for one in await ana.get("/api/v1/scheduled_statuses")] == [planned["id"]]
    later = (clock.now() + timedelta(hours=2)).isoformat()
    assert (await ana.put(path, scheduled_at=later))["scheduled_at"] > planned["scheduled_at"]
    near = clock.now().isoformat()
    await ana.post("/api/v1/statuses", expects=422, status="x", scheduled_at=near)
    assert posts_stored(here) == 0
    await ana.delete(path)
    await ana.get(path, expects=404)


async def test_a_quote_shows_what_it_quotes_and_is_taken_out_again(
    ana: Phone, bea: Phone, anyone: Phone
) -> None:
    quoted = await ana.says("Original")
    quoting = await bea.says("Regardez", quoted_status_id=quoted["id"])
    assert quoting["quote"]["state"] == "accepted"
    assert quoting["quote"]["quoted_status"]["content"] == "<p>Original</p>"
    again = await ana.says("Encore", quoted_status_id=quoting["id"])
    assert again["quote"]["quoted_status"]["quote"] == {
        "state": "accepted",
        "quoted_status_id": quoted["id"],
    }
    path = f"/api/v1/statuses/{quoted['id']}"
    assert [one["id"] for one in await ana.get(f"{path}/quotes")] == [quoting["id"]]
    assert (await anyone.get(path))["quotes_count"] == 1

    revoked = await ana.post(f"{path}/quotes/{quoting['id']}/revoke")

    assert revoked["quote"] == {"state": "revoked", "quoted_status": None}
    assert (await anyone.get(path))["quotes_count"] == 0
    await ana.put(f"{path}/interaction_policy", quote_approval_policy="nobody")
    await bea.post("/api/v1/statuses", expects=422, status="x", quoted_status_id=quoted["id"])


async def test_others_posts_cannot_be_changed(ana: Phone, bea: Phone) -> None:
    path = f"/api/v1/statuses/{(await ana.says('Bonjour', visibility='private'))['id']}"

    await bea.get(path, expects=404)
    await bea.put(path, expects=404, status="x")
    await bea.delete(path, expects=404)
    await bea.post(f"{path}/favourite", expects=404)


async def test_pins_stand_first_and_there_are_at_most_five(ana: Phone, bea: Phone) -> None:
    said = [await ana.says(f"{n}") for n in range(6)]

    for post in said[:5]:
        assert (await ana.post(f"/api/v1/statuses/{post['id']}/pin"))["pinned"] is True

    await ana.post(f"/api/v1/statuses/{said[5]['id']}/pin", expects=422)
    await bea.post(f"/api/v1/statuses/{said[0]['id']}/pin", expects=422)
    await ana.post(f"/api/v1/statuses/{said[0]['id']}/unpin")


async def test_a_translation_is_not_available(ana: Phone) -> None:
    said = await ana.says("Bonjour")

    answer = await ana.post(f"/api/v1/statuses/{said['id']}/translate", expects=503)

    assert "not available" in answer["error"]


async def test_pages_lead_to_each_other(ana: Phone) -> None:
    said = [(await ana.says(f"{n}"))["id"] for n in range(5)]

    first = await ana.ask("GET", "/api/v1/timelines/home", params={"limit": 2})
    assert [one["id"] for one in first.json()] == said[:2:-1]
    older = await ana.ask("GET", first.links["next"]["url"])
    assert [one["id"] for one in older.json()] == said[2:0:-1]
    newer = await ana.ask("GET", older.links["prev"]["url"])
    assert [one["id"] for one in newer.json()] == said[:2:-1]
    closest = await ana.get("/api/v1/timelines/home", min_id=said[0], limit=2)
    assert [one["id"] for one in closest] == [said[2], said[1]]
    latest = await ana.get("/api/v1/timelines/home", since_id=said[0], limit=2)
    assert [one["id"] for one in latest] == [said[4], said[3]]
