from collections.abc import Callable

from tests.fediverse import Fediverse, Instance, Neighbour
from tests.mastodon.conftest import Phone


async def test_an_app_learns_who_it_acts_for(ana: Phone) -> None:
    me = await ana.get("/api/v1/accounts/verify_credentials")

    assert (me["id"], me["acct"], me["source"]["privacy"]) == (ana.id, "ana", "public")
    assert me["avatar"].startswith("https://here.test/")
    assert me["role"]["permissions"] == "0"


async def test_a_profile_is_changed_and_read_by_everyone(ana: Phone, anyone: Phone) -> None:
    changed = await ana.ask(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        data={
            "display_name": "Ana L.",
            "note": "Jardins & <compost>",
            "locked": "true",
            "bot": "1",
            "source[privacy]": "private",
            "source[language]": "fr",
            "fields_attributes[0][name]": "Site",
            "fields_attributes[0][value]": "https://ana.example/",
            "fields_attributes[1][name]": "Rue",
            "fields_attributes[1][value]": "<b>",
        },
    )

    assert changed.json()["source"]["note"] == "Jardins & <compost>"
    assert changed.json()["source"]["fields"][0]["value"] == "https://ana.example/"
    seen = await anyone.get(f"/api/v1/accounts/{ana.id}")
    assert seen["display_name"] == "Ana L."
    assert seen["note"] == "<p>Jardins &amp; &lt;compost&gt;</p>"
    assert (seen["locked"], seen["bot"]) == (True, True)
    assert 'rel="nofollow noopener noreferrer me"' in seen["fields"][0]["value"]
    assert seen["fields"][1]["value"] == "&lt;b&gt;"
    prefs = await ana.get("/api/v1/preferences")
    assert prefs["posting:default:visibility"] == "private"
    assert (await ana.says("x"))["visibility"] == "private"
    refused = await ana.patch(
        "/api/v1/accounts/update_credentials", expects=422, display_name="x" * 31
    )
    assert "display_name" in refused["details"]


async def test_a_changed_profile_reaches_followers_elsewhere(
    fediverse: Fediverse, phone: Callable[[Neighbour], Phone]
) -> None:
    north, south = await fediverse.instance("north.test"), await fediverse.instance("south.test")
    ana, bob = phone(north.add("ana")), phone(south.add("bob"))
    (found,) = await bob.get("/api/v1/accounts/search", q="@ana@north.test", resolve="true")
    await bob.post(f"/api/v1/accounts/{found['id']}/follow")
    await fediverse.settle()

    await ana.patch("/api/v1/accounts/update_credentials", display_name="Ana du Nord")
    await fediverse.settle()

    assert (await bob.get(f"/api/v1/accounts/{found['id']}"))["display_name"] == "Ana du Nord"


async def test_following_is_asked_accepted_and_ended(ana: Phone, bea: Phone) -> None:
    between = await ana.post(f"/api/v1/accounts/{bea.id}/follow", notify=True)
    assert (between["following"], between["notifying"], between["showing_reblogs"]) == (
        True,
        True,
        True,
    )
    assert (await bea.get("/api/v1/accounts/relationships", **{"id[]": ana.id}))[0]["followed_by"]
    assert [one["acct"] for one in await bea.get(f"/api/v1/accounts/{bea.id}/followers")] == ["ana"]
    assert (await bea.get(f"/api/v1/accounts/{ana.id}"))["following_count"] == 1

    gone = await bea.post(f"/api/v1/accounts/{ana.id}/remove_from_followers")
    assert gone["followed_by"] is False
    assert (await ana.post(f"/api/v1/accounts/{bea.id}/unfollow"))["following"] is False


async def test_a_locked_neighbour_decides(ana: Phone, bea: Phone) -> None:
    await bea.patch("/api/v1/accounts/update_credentials", locked=True)

    asked = await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    assert (asked["following"], asked["requested"]) == (False, True)
    assert [one["id"] for one in await bea.get("/api/v1/follow_requests")] == [ana.id]
    mine = await bea.get("/api/v1/accounts/verify_credentials")
    assert mine["source"]["follow_requests_count"] == 1
    let_in = await bea.post(f"/api/v1/follow_requests/{ana.id}/authorize")

    assert let_in["followed_by"] is True
    await bea.post(f"/api/v1/follow_requests/{ana.id}/reject", expects=404)


async def test_what_someone_said_is_listed_as_asked(ana: Phone, bea: Phone, anyone: Phone) -> None:
    first = await ana.says("Un #jardin")
    other = await bea.says("Deux")
    await ana.says("@bea Trois", in_reply_to_id=other["id"])
    await ana.post(f"/api/v1/statuses/{other['id']}/reblog")
    await ana.says("pour moi", visibility="private")
    await ana.says("@bea chut", visibility="direct")
    await ana.post(f"/api/v1/statuses/{first['id']}/pin")
    path = f"/api/v1/accounts/{ana.id}/statuses"

    assert len(await anyone.get(path)) == 3
    assert len(await ana.get(path)) == 4
    assert len(await anyone.get(path, exclude_replies="true")) == 2
    assert len(await anyone.get(path, exclude_reblogs="true")) == 2
    assert [one["id"] for one in await anyone.get(path, tagged="Jardin")] == [first["id"]]
    assert [one["id"] for one in await anyone.get(path, pinned="true")] == [first["id"]]
    assert await anyone.get(path, only_media="true") == []


async def test_notes_and_endorsements_stay_with_whoever_made_them(ana: Phone, bea: Phone) -> None:
    path = f"/api/v1/accounts/{bea.id}"
    noted = await ana.post(f"{path}/note", comment="du 3e étage")
    assert noted["note"] == "du 3e étage"
    await ana.post(f"{path}/endorse", expects=403)
    await ana.post(f"{path}/follow")
    assert (await ana.post(f"{path}/endorse"))["endorsed"] is True
    assert [one["id"] for one in await ana.get("/api/v1/endorsements")] == [bea.id]
    assert [one["id"] for one in await bea.get(f"/api/v1/accounts/{ana.id}/endorsements")] == [
        bea.id
    ]
    assert (await ana.post(f"{path}/unpin"))["endorsed"] is False
    (theirs,) = await bea.get("/api/v1/accounts/relationships", id=ana.id)
    assert theirs["note"] == ""


async def test_hidden_followers_are_seen_by_nobody_else(ana: Phone, bea: Phone) -> None:
    await bea.post(f"/api/v1/accounts/{ana.id}/follow")
    await ana.patch("/api/v1/accounts/update_credentials", hide_collections=True)

    assert await bea.get(f"/api/v1/accounts/{ana.id}/followers") == []
    assert len(await ana.get(f"/api/v1/accounts/{ana.id}/followers")) == 1


async def test_people_are_found_by_name_and_address(ana: Phone, bea: Phone) -> None:
    assert [one["acct"] for one in await ana.get("/api/v1/accounts/search", q="be")] == ["bea"]
    assert (await ana.get("/api/v1/accounts/lookup", acct="bea@here.test"))["id"] == bea.id
    await ana.get("/api/v1/accounts/lookup", acct="nobody", expects=404)
    assert len(await ana.get("/api/v1/directory", local="true")) == 2
    several = await ana.get("/api/v1/accounts", **{"id[]": [ana.id, bea.id, "1"]})
    assert [one["id"] for one in several] == [ana.id, bea.id]


async def test_those_i_follow_who_follow_someone_are_familiar(
    here: Instance, ana: Phone, bea: Phone, phone: Callable[[Neighbour], Phone]
) -> None:
    eve = phone(here.add("eve"))
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    await bea.post(f"/api/v1/accounts/{eve.id}/follow")

    found = await ana.get("/api/v1/accounts/familiar_followers", **{"id[]": eve.id})

    assert [one["acct"] for one in found[0]["accounts"]] == ["bea"]


async def test_a_profile_is_read_and_changed_the_new_way(ana: Phone) -> None:
    changed = await ana.patch("/api/v1/profile", show_media=False, note="Bonjour")

    assert (changed["show_media"], changed["note"], changed["avatar"]) == (False, "Bonjour", None)
    assert (await ana.get("/api/v1/profile")) == changed
    await ana.delete("/api/v1/profile/avatar")


async def test_nobody_here_waits_for_a_letter_that_confirms(ana: Phone) -> None:
    answer = await ana.post("/api/v1/emails/confirmations", expects=403, email="ana@mail.test")

    assert "awaiting confirmation" in answer["error"]
