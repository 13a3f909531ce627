from tests.fediverse import Instance
from tests.mastodon.conftest import Phone


async def test_apps_find_all_they_decode_strictly(here: Instance, anyone: Phone) -> None:
    here.add("ines", role="admin", email="ines@here.test")

    told = await anyone.get("/api/v2/instance")

    assert told["domain"] == "here.test"
    assert told["version"].startswith("4.5.0+microfed-")
    assert told["contact"]["email"] == "ines@here.test"
    assert told["contact"]["account"]["acct"] == "ines"
    assert told["configuration"]["accounts"]["max_featured_tags"] == 10
    assert told["configuration"]["urls"]["streaming"] == "wss://here.test"
    assert told["registrations"]["enabled"] is False
    assert told["thumbnail"]["url"].startswith("https://here.test/")
    old = await anyone.get("/api/v1/instance")
    assert (old["uri"], old["stats"]["user_count"]) == ("here.test", 1)
    assert old["urls"] == {"streaming_api": "wss://here.test"}


async def test_its_parts_answer(anyone: Phone) -> None:
    for part in ("peers", "rules", "domain_blocks", "languages"):
        assert isinstance(await anyone.get(f"/api/v1/instance/{part}"), list)
    assert len(await anyone.get("/api/v1/instance/activity")) == 12
    for part in ("extended_description", "privacy_policy"):
        assert set(await anyone.get(f"/api/v1/instance/{part}")) == {"updated_at", "content"}
    await anyone.get("/api/v1/instance/terms_of_service", expects=404)
    assert await anyone.get("/api/v1/custom_emojis") == []


async def test_the_picture_of_whoever_has_none_is_one(anyone: Phone) -> None:
    for name in ("avatar", "header"):
        answer = await anyone.ask("GET", f"/pictures/{name}.png")
        assert answer.content.startswith(b"\x89PNG")


async def test_nobody_moves_in_by_an_app_where_the_doors_are_closed(ana: Phone) -> None:
    await ana.post("/api/v1/accounts", expects=401, username="eve")


async def test_a_wrong_address_is_refused_in_words_apps_know(anyone: Phone) -> None:
    assert await anyone.get("/api/v1/nothing", expects=404) == {
        "error": "Record not found",
        "error_description": "Not found",
    }
    await anyone.ask("DELETE", "/api/v1/timelines/home", expects=405)
