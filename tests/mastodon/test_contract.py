"""What is answered is what apps decode: every address, every field, against entities.txt."""

from typing import Any

import pytest

from tests.fediverse import Fediverse, Instance
from tests.mastodon.conftest import Phone
from tests.mastodon.contract import answers, entities, problems
from tests.mastodon.lives import Ids, live
from tests.mastodon.table import scopes, served

# Streams answer for as long as somebody listens: tests/mastodon/test_streaming.py.
STREAMS = "/api/v1/streaming"
# What nobody has in this life: terms and links that are only there where somebody wrote them; and
# an app's own word about itself, below.
EMPTY = {
    "/api/v1/apps/verify_credentials",
    "/api/v1/instance/terms_of_service",
    "/api/v1/instance/terms_of_service/{}",
    "/api/v1/statuses/{}/card",
}


def readable(here: Instance) -> set[str]:
    return {
        path
        for method, path in served(here)
        if method == "GET" and path.startswith("/api/v") and not path.startswith(STREAMS)
    }


@pytest.fixture
async def ids(fediverse: Fediverse, here: Instance, ana: Phone, bea: Phone) -> Ids:
    return await live(fediverse, here, ana, bea)


async def test_every_address_that_can_be_read_has_a_row(here: Instance) -> None:
    apis = {
        path for path in readable(here) if not path.startswith(("/api/v1/admin", "/api/v2/admin"))
    }

    assert apis - set(answers()) == set()


async def test_each_answer_is_what_apps_decode(
    here: Instance, ana: Phone, anyone: Phone, ids: Ids
) -> None:
    wrong: list[str] = []
    met: set[str] = set()
    open_ones = {path for (_, path), scope in scopes().items() if scope.startswith("open")}

    for path in sorted(readable(here) & set(answers()) - EMPTY):
        type_, example = answers()[path]
        address = example.format(**ids)
        for who in (ana, anyone) if path in open_ones else (ana,):
            answer = await who.client.get(
                address, headers={"Authorization": f"Bearer {who.token}"} if who.token else {}
            )
            if answer.status_code != 200:
                wrong.append(f"{address} answers {answer.status_code} {answer.text[:100]}")
                continue
            wrong += [f"{address}: {one}" for one in problems(answer.json(), type_, met)]

    assert "\n".join(wrong) == ""
    assert {"Account", "Status", "Poll", "MediaAttachment", "Quote", "CustomEmoji"} <= met


async def test_an_app_is_told_about_itself(here: Instance) -> None:
    wish = {"client_name": "Appli", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    app = (await here.client.post("/api/v1/apps", data=wish)).json()
    keys = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    given = await here.client.post(
        "/oauth/token", data={"grant_type": "client_credentials", **keys}
    )
    auth = {"Authorization": f"Bearer {given.json()['access_token']}"}
    again = (await here.client.get("/api/v1/apps/verify_credentials", headers=auth)).json()

    assert problems(app, "CredentialApplication", set()) == []
    assert problems(again, "Application", set()) == []


async def test_a_table_that_is_not_kept_is_noticed() -> None:
    met: set[str] = set()
    tag: dict[str, Any] = {"name": "x", "url": "https://here.test/tags/x"}

    assert problems([tag], "[Status::Tag]", met) == []
    assert problems([tag | {"name": None}], "[Status::Tag]", met) != []
    assert problems([{"name": "x"}], "[Status::Tag]", met) != []
    assert problems({"automatic": ["all"]}, "QuoteApproval", met) != []
    assert met == {"Status::Tag", "QuoteApproval"}
    assert set(entities()) > met
