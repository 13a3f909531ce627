from tests.fediverse import Instance
from tests.mastodon.conftest import Phone


async def test_what_a_neighbour_says_stands_on_the_public_timeline(
    here: Instance, ana: Phone, anyone: Phone
) -> None:
    await here.neighbours["ana"].says("<p>Bonjour #Quartier</p>")

    (post,) = await anyone.get("/api/v1/timelines/public")

    assert post["content"] == "<p>Bonjour #Quartier</p>"
    assert post["account"]["acct"] == "ana"
    assert "favourited" not in post
    (mine,) = await ana.get("/api/v1/timelines/home")
    assert mine["favourited"] is False
    assert mine["pinned"] is False


async def test_an_unknown_token_is_refused_in_the_words_apps_know(here: Instance) -> None:
    answer = await Phone(here.client, "nobody").get("/api/v1/timelines/home", expects=401)

    assert answer == {"error": "The access token is invalid"}
