"""Notifications, one by one and in groups; what comes from strangers; private conversations."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from microfed.outbound.notify import notify
from tests.fediverse import Fediverse, Instance, Neighbour
from tests.mastodon.conftest import Phone

pytestmark = pytest.mark.anyio


def types(found: list[dict[str, Any]]) -> list[str]:
    return [one["type"] for one in found]


async def test_what_happens_to_my_posts_is_told_newest_first(ana: Phone, bea: Phone) -> None:
    post = await ana.says("bonjour")
    await bea.post(f"/api/v1/accounts/{ana.id}/follow")
    await bea.post(f"/api/v1/statuses/{post['id']}/favourite")
    await bea.post(f"/api/v1/statuses/{post['id']}/reblog")
    answer = await bea.says("@ana salut", in_reply_to_id=post["id"])

    found = await ana.get("/api/v1/notifications")

    assert types(found) == ["mention", "reblog", "favourite", "follow"]
    assert found[0]["status"]["id"] == answer["id"]
    assert found[1]["status"]["id"] == post["id"]
    assert {one["account"]["acct"] for one in found} == {"bea"}
    page = await ana.get("/api/v1/notifications", limit=2, max_id=found[0]["id"])
    assert types(page) == ["reblog", "favourite"]
    assert types(await ana.get("/api/v1/notifications", **{"types[]": "follow"})) == ["follow"]
    left = await ana.get("/api/v1/notifications", **{"exclude_types[]": ["follow", "mention"]})
    assert types(left) == ["reblog", "favourite"]
    assert await ana.get("/api/v1/notifications", account_id=ana.id) == []


async def test_what_is_dismissed_is_gone_and_only_for_its_owner(ana: Phone, bea: Phone) -> None:
    for word in ("un", "deux", "trois"):
        await bea.says(f"@ana {word}")
    first, second, third = await ana.get("/api/v1/notifications")

    await bea.post(f"/api/v1/notifications/{first['id']}/dismiss", expects=404)
    await ana.post(f"/api/v1/notifications/{first['id']}/dismiss")
    await ana.post("/api/v1/notifications/dismiss", id=second["id"])
    assert [one["id"] for one in await ana.get("/api/v1/notifications")] == [third["id"]]
    await ana.get(f"/api/v1/notifications/{first['id']}", expects=404)
    await ana.post("/api/v1/notifications/clear")

    assert await ana.get("/api/v1/notifications") == []


async def test_several_who_like_the_same_post_are_one_group(
    here: Instance, ana: Phone, bea: Phone, phone: Callable[[Neighbour], Phone]
) -> None:
    post, other = await ana.says("bonjour"), await ana.says("encore")
    people = [bea, *(phone(here.add(name)) for name in ("cid", "dan"))]
    for one in people:
        await one.post(f"/api/v1/statuses/{post['id']}/favourite")
    await bea.post(f"/api/v1/statuses/{other['id']}/favourite")
    await bea.says("@ana et voilà")

    found = await ana.get("/api/v2/notifications")

    groups = found["notification_groups"]
    assert types(groups) == ["mention", "favourite", "favourite"]
    assert [one["notifications_count"] for one in groups] == [1, 1, 3]
    assert groups[2]["status_id"] == post["id"]
    assert groups[2]["sample_account_ids"] == [one.id for one in reversed(people)]
    assert {one["id"] for one in found["statuses"]} >= {post["id"], other["id"]}
    assert {one["acct"] for one in found["accounts"]} == {"bea", "cid", "dan"}
    key = groups[2]["group_key"]
    alone = await ana.get(f"/api/v2/notifications/{key}")
    assert alone["notification_groups"][0]["notifications_count"] == 3
    everyone = await ana.get(f"/api/v2/notifications/{key}/accounts")
    assert [one["acct"] for one in everyone] == ["dan", "cid", "bea"]
    await ana.post(f"/api/v2/notifications/{key}/dismiss")
    assert types((await ana.get("/api/v2/notifications"))["notification_groups"]) == [
        "mention",
        "favourite",
    ]


async def test_going_down_the_pages_each_group_comes_once(
    here: Instance, ana: Phone, bea: Phone
) -> None:
    post = await ana.says("bonjour")
    people = [here.add(f"p{number}") for number in range(5)]
    with here.house.db.writing() as tx:
        for number, person in enumerate(people):
            about = {"from_id": person.id, "post_id": int(post["id"])}
            notify(tx, owner_id=int(ana.id), kind="like", **about)
            if number % 2:
                notify(tx, owner_id=int(ana.id), kind="follow_request", from_id=person.id)

    seen, params = [], {"limit": 1}
    while True:
        page = (await ana.get("/api/v2/notifications", **params))["notification_groups"]
        if not page:
            break
        seen += types(page)
        params["max_id"] = page[-1]["most_recent_notification_id"]

    assert seen == ["favourite", "follow_request", "follow_request"]


async def test_partial_faces_are_enough_for_most_people(
    here: Instance, ana: Phone, phone: Callable[[Neighbour], Phone]
) -> None:
    post = await ana.says("bonjour")
    for name in ("bob", "cid"):
        await phone(here.add(name)).post(f"/api/v1/statuses/{post['id']}/favourite")

    found = await ana.get("/api/v2/notifications", expand_accounts="partial_avatars")

    assert [one["acct"] for one in found["accounts"]] == ["cid"]
    assert [one["acct"] for one in found["partial_accounts"]] == ["bob"]
    assert set(found["partial_accounts"][0]) >= {"id", "avatar", "locked", "bot", "url"}


async def test_what_is_unread_is_counted_from_the_marker(ana: Phone, bea: Phone) -> None:
    for word in ("un", "deux", "trois"):
        await bea.says(f"@ana {word}")
    newest, second, _ = await ana.get("/api/v1/notifications")
    assert await ana.get("/api/v1/notifications/unread_count") == {"count": 3}

    said = await ana.post("/api/v1/markers", notifications={"last_read_id": second["id"]})

    assert said["notifications"]["last_read_id"] == second["id"]
    assert said["notifications"]["version"] == 1
    assert await ana.get("/api/v1/notifications/unread_count") == {"count": 1}
    assert await ana.get("/api/v2/notifications/unread_count") == {"count": 1}
    await ana.post("/api/v1/markers", notifications={"last_read_id": newest["id"]})
    both = {"timeline[]": ["home", "notifications"]}
    assert (await ana.get("/api/v1/markers", **both))["notifications"]["version"] == 2
    assert await ana.get("/api/v1/notifications/unread_count") == {"count": 0}
    assert await bea.get("/api/v1/markers", **both) == {}


async def test_private_words_of_strangers_wait_to_be_looked_at(
    fediverse: Fediverse, here: Instance, ana: Phone
) -> None:
    there = await fediverse.instance("there.test")
    eva = there.add("eva")
    uri = here.neighbours["ana"].uri
    letter = {"to": [uri], "cc": [], "tag": [{"type": "Mention", "href": uri, "name": "@ana"}]}
    await eva.says("<p>psst</p>", **letter)
    await fediverse.settle()

    assert await ana.get("/api/v1/notifications") == []
    assert types(await ana.get("/api/v1/notifications", include_filtered="true")) == ["mention"]
    policy = await ana.get("/api/v2/notifications/policy")
    assert policy["summary"] == {"pending_requests_count": 1, "pending_notifications_count": 1}
    (request,) = await ana.get("/api/v1/notifications/requests")
    assert request["account"]["acct"] == "eva@there.test"
    assert request["notifications_count"] == "1"
    assert "psst" in request["last_status"]["content"]

    await ana.post(f"/api/v1/notifications/requests/{request['id']}/accept")
    await eva.says("<p>encore</p>", **letter)
    await fediverse.settle()

    assert types(await ana.get("/api/v1/notifications")) == ["mention", "mention"]
    assert await ana.get("/api/v1/notifications/requests") == []
    assert await ana.get("/api/v1/notifications/requests/merged") == {"merged": True}


async def test_a_request_that_is_refused_leaves_nothing_and_may_come_again(
    here: Instance, ana: Phone
) -> None:
    cid = here.add("cid")
    await ana.patch("/api/v2/notifications/policy", for_not_following="filter")
    with here.house.db.writing() as tx:
        notify(tx, owner_id=int(ana.id), kind="follow", from_id=cid.id)
    (request,) = await ana.get("/api/v1/notifications/requests")

    await ana.post("/api/v1/notifications/requests/dismiss", id=[request["id"]])

    assert await ana.get("/api/v1/notifications", include_filtered="true") == []
    with here.house.db.writing() as tx:
        notify(tx, owner_id=int(ana.id), kind="follow", from_id=cid.id)
    assert len(await ana.get("/api/v1/notifications/requests")) == 1


async def test_a_policy_can_drop_what_strangers_do_but_never_what_friends_do(
    here: Instance, ana: Phone, bea: Phone, phone: Callable[[Neighbour], Phone]
) -> None:
    await ana.patch("/api/v2/notifications/policy", expects=422, for_not_following="perhaps")
    shown = await ana.patch("/api/v2/notifications/policy", for_not_following="drop")
    assert shown["for_not_following"] == "drop"
    assert shown["for_private_mentions"] == "filter"
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")

    await phone(here.add("cid")).says("@ana bonjour")
    await bea.says("@ana bonjour")

    found = await ana.get("/api/v1/notifications", include_filtered="true")
    assert [one["account"]["acct"] for one in found] == ["bea"]


async def test_muted_people_and_muted_conversations_are_silent(ana: Phone, bea: Phone) -> None:
    post = await ana.says("bonjour")
    await ana.post(f"/api/v1/statuses/{post['id']}/mute")
    await bea.says("@ana salut", in_reply_to_id=post["id"])
    assert await ana.get("/api/v1/notifications") == []

    await ana.post(f"/api/v1/accounts/{bea.id}/mute")
    await bea.says("@ana hé")

    assert await ana.get("/api/v1/notifications") == []


async def test_whoever_asked_to_hear_of_each_post_does_but_not_of_answers(
    ana: Phone, bea: Phone
) -> None:
    await ana.post(f"/api/v1/accounts/{bea.id}/follow", notify=True)
    mine = await ana.says("une question")

    said = await bea.says("une nouvelle")
    await bea.says("@cid non", in_reply_to_id=mine["id"])

    (found,) = await ana.get("/api/v1/notifications", **{"types[]": "status"})
    assert found["status"]["id"] == said["id"]


async def test_whoever_passed_a_post_on_hears_that_it_changed(ana: Phone, bea: Phone) -> None:
    post = await bea.says("à huit heures")
    await ana.post(f"/api/v1/statuses/{post['id']}/reblog")

    await bea.put(f"/api/v1/statuses/{post['id']}", status="à neuf heures")
    await bea.put(f"/api/v1/statuses/{post['id']}", status="à dix heures")

    (found,) = await ana.get("/api/v1/notifications")
    assert found["type"] == "update"
    assert "dix" in found["status"]["content"]


async def test_an_admin_hears_of_reports_and_a_member_of_warnings(
    here: Instance, ana: Phone, phone: Callable[[Neighbour], Phone]
) -> None:
    keeper = phone(here.add("zoe", role="admin", scopes="read write admin:read admin:write"))
    bea = phone(here.add("bob"))
    post = await bea.says("achetez !")
    await ana.post("/api/v1/reports", account_id=bea.id, status_ids=[post["id"]], comment="pub")

    (told,) = await keeper.get("/api/v1/notifications")
    assert told["type"] == "admin.report"
    assert told["report"]["comment"] == "pub"
    assert told["report"]["target_account"]["acct"] == "bob"
    await keeper.post(f"/api/v1/admin/accounts/{bea.id}/action", type="none", text="doucement")

    (warning,) = await bea.get("/api/v1/notifications")
    assert warning["type"] == "moderation_warning"
    assert warning["moderation_warning"]["text"] == "doucement"
    assert warning["moderation_warning"]["action"] == "none"


async def test_a_private_talk_is_one_conversation_on_top_while_it_goes_on(
    ana: Phone, bea: Phone
) -> None:
    first = await ana.says("@bea tu viens ?", visibility="direct")
    other = await ana.says("@bea autre chose", visibility="direct")
    answer = await bea.says("@ana oui", in_reply_to_id=first["id"], visibility="direct")

    mine, theirs = [await one.get("/api/v1/conversations") for one in (ana, bea)]

    assert [one["last_status"]["id"] for one in mine] == [answer["id"], other["id"]]
    assert [one["unread"] for one in mine] == [True, False]
    assert [one["accounts"][0]["acct"] for one in mine] == ["bea", "bea"]
    assert [one["unread"] for one in theirs] == [False, True]
    read = await ana.post(f"/api/v1/conversations/{mine[0]['id']}/read")
    assert read["unread"] is False
    await bea.post(f"/api/v1/conversations/{mine[0]['id']}/read", expects=404)
    assert [one["id"] for one in await ana.get("/api/v1/timelines/direct")] == [
        answer["id"],
        other["id"],
        first["id"],
    ]


async def test_a_conversation_that_is_let_go_comes_back_with_the_next_word(
    ana: Phone, bea: Phone
) -> None:
    first = await ana.says("@bea tu viens ?", visibility="direct")
    (talk,) = await bea.get("/api/v1/conversations")
    await bea.delete(f"/api/v1/conversations/{talk['id']}")
    assert await bea.get("/api/v1/conversations") == []

    await ana.says("@bea alors ?", in_reply_to_id=first["id"], visibility="direct")

    (again,) = await bea.get("/api/v1/conversations")
    assert again["unread"] is True


async def test_when_the_last_word_is_taken_back_the_one_before_is_the_last(
    ana: Phone, bea: Phone
) -> None:
    first = await ana.says("@bea tu viens ?", visibility="direct")
    last = await ana.says("@bea hein ?", in_reply_to_id=first["id"], visibility="direct")

    await ana.delete(f"/api/v1/statuses/{last['id']}")
    (talk,) = await bea.get("/api/v1/conversations")
    assert talk["last_status"]["id"] == first["id"]
    await ana.delete(f"/api/v1/statuses/{first['id']}")

    assert await bea.get("/api/v1/conversations") == []


async def test_likes_of_another_day_are_another_group(here: Instance, ana: Phone) -> None:
    post = await ana.says("bonjour")
    cid, dan = here.add("cid"), here.add("dan")
    about = {"owner_id": int(ana.id), "kind": "like", "post_id": int(post["id"])}
    with here.house.db.writing() as tx:
        notify(tx, from_id=cid.id, **about)
    with here.house.db.writing() as tx:
        tx.now += timedelta(days=1)
        notify(tx, from_id=dan.id, **about)

    found = await ana.get("/api/v2/notifications")

    assert [one["notifications_count"] for one in found["notification_groups"]] == [1, 1]
