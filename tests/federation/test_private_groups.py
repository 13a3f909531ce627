"""A private group: to all but its members it does not exist, by whatever road they come."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from microfed.c2s.routes import routes as c2s
from microfed.federation.routes import routes as federation
from microfed.mastodon.routes import operations as mastodon
from microfed.operations.follows import request_follow
from microfed.operations.groups import Terms, invite, make_group
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.store.people import Actor
from microfed.web.routes import routes as web
from microfed.web.routes import shared
from tests.federation.world import World
from tests.fediverse import AS2

pytestmark = pytest.mark.anyio
GROUP, NOBODY = "chorale", "qwertzu"
SECRET = "Rendez-vous sous le pont"
# These answer for ever, or what anybody types.
_NOT_ASKED = ("/stream", "/api/v1/streaming", "/tags/", "/static/", "/nodeinfo/", "/accent/")


@pytest.fixture
def secret(world: World) -> dict[str, int]:
    """Ada and Bea are in a private group, in which Ada said something; Eva is not."""
    eva = world.north.add("eva")

    def work(tx: Any) -> dict[str, int]:
        ada, bea = world.actor(tx, world.ada.uri), world.actor(tx, world.bea.uri)
        terms = Terms("La chorale", SECRET, "private")
        group = make_group(tx, founder=ada, name=GROUP, terms=terms)
        invite(tx, actor=group, by=ada, person=bea)
        request_follow(tx, follower=bea, target=group)
        post = write_post(tx, author=ada, draft=Draft(f"{SECRET} @bea @eva", group=group))
        answer = write_post(tx, author=bea, draft=Draft(SECRET, in_reply_to=post))
        assert answer.group_id == group.id
        return {"group": group.id, "post": post.id, "answer": answer.id, "eva": eva.id}

    return world.do(work)


def _routes() -> Iterator[tuple[str, str]]:
    """Every address that has a name or a number in it, with each way to ask."""
    for route in (*federation, *c2s, *mastodon, *web, *(Route(path, _none) for path in shared)):
        path = route.path
        if "{name}" not in path and "{id" not in path:
            continue
        if not any(part in path for part in _NOT_ASKED):
            for method in sorted(set(route.methods or ()) - {"HEAD"}):
                yield method, path


async def _none(_request: Any) -> Any:
    raise AssertionError


def _at(path: str, name: str, id_: int) -> str:
    path = path.replace("{name}", name).replace("{id:int}", str(id_)).replace("{id}", str(id_))
    return path.replace("{version:int}", "1").replace("{kind}", "csv").replace("{size}", "a6")


def _plain(answer: httpx.Response, name: str, id_: int) -> tuple[int, str]:
    """Return what an answer says, whoever was asked for."""
    text = answer.text.replace(name, "X").replace(str(id_), "0")
    return answer.status_code, text if answer.status_code != 200 else ""


async def test_whoever_guesses_its_name_or_numbers_finds_nothing(
    world: World, secret: dict[str, int]
) -> None:
    # Given somebody who lives here, with an app, and somebody from nowhere
    bearer = {"Authorization": f"Bearer {world.north.neighbours['eva'].token}"}
    client, differ, asked = world.north.client, {}, 0

    # When they ask at every address there is, for the group or for its words
    for method, path in _routes():
        # An app's addresses answer alike whatever is asked for; pages and documents do not.
        is_api = path.startswith("/api/")
        anyone = [{"Accept": AS2}] if is_api else [{"Accept": AS2}, {"Accept": "text/html"}]
        for said in (*anyone, {"Accept": AS2, **bearer}):
            for id_ in (secret["group"], secret["post"]) if "{id" in path else (secret["group"],):
                here, there = _at(path, GROUP, id_), _at(path, NOBODY, id_ - 7)
                got = await client.request(method, here, headers=said)
                same = await client.request(method, there, headers=said)
                asked += 1
                wrong = _plain(got, GROUP, id_) != _plain(same, NOBODY, id_ - 7)
                if SECRET in got.text or wrong:
                    differ[method, here, tuple(said)] = (got.status_code, same.status_code)

    # Then nothing is otherwise than for a name nobody ever had
    assert differ == {}
    assert asked > 400


async def test_lists_searches_and_figures_give_nothing_away(
    world: World, secret: dict[str, int]
) -> None:
    eva = {"Authorization": f"Bearer {world.north.neighbours['eva'].token}"}
    uri, id_ = f"https://north.test/users/{GROUP}", secret["group"]
    for path in (
        f"/api/v2/search?q={GROUP}&resolve=true",
        f"/api/v2/search?q={uri}&resolve=true",
        f"/api/v2/search?q=@{GROUP}@north.test",
        f"/api/v2/search?q={uri}/posts/{secret['post']}",
        "/api/v2/search?q=Rendez-vous",
        f"/api/v1/accounts/search?q={GROUP}",
        f"/api/v1/accounts?id[]={id_}",
        f"/api/v1/accounts/relationships?id[]={id_}",
        f"/api/v1/statuses?id[]={secret['post']}",
        f"/api/v1/accounts/{world.ada.id}/following",
        f"/api/v1/accounts/{world.ada.id}/statuses",
        f"/api/v1/accounts/{world.bea.id}/statuses",
        "/api/v1/directory?local=true",
        "/api/v2/suggestions",
        "/api/v1/timelines/public?local=true",
        "/api/v1/timelines/home",
        "/api/v1/notifications",
        "/api/v1/conversations",
        "/users/ada/outbox?page=true",
        "/users/ada/following?page=true",
        "/users/bea/following?page=true",
        "/groups",
        "/annuaire",
        "/lettre",
        "/lettre.atom",
        "/agenda",
        "/entraide",
        "/allies",
        "/mine",
        "/home",
        "/news",
        "/@ada",
        "/@ada.atom",
        "/latest",
        f"/autocomplete?q={GROUP}",
        "/nodeinfo/2.1",
    ):
        for headers in ({}, eva):
            answer = await world.north.client.get(path, headers=headers)
            assert SECRET not in answer.text, path
            assert f'"{id_}"' not in answer.text and uri not in answer.text, path
            assert "La chorale" not in answer.text, path
    finger = "/.well-known/webfinger?resource=acct:{}@north.test"
    assert (await world.north.client.get(finger.format(GROUP))).status_code == 404
    ada = (await world.north.get("/users/ada/following")).json()
    assert ada["totalItems"] == 0


async def test_whoever_leaves_reads_no_more_at_once(world: World, secret: dict[str, int]) -> None:
    bea = {"Authorization": f"Bearer {world.bea.token}"}
    path = f"/api/v1/statuses/{secret['post']}"
    read = await world.north.client.get(path, headers=bea)
    assert read.status_code == 200 and read.json()["microfed"] == {"audience": "group"}
    assert (await world.north.client.post(f"{path}/reblog", headers=bea)).status_code >= 400
    home = await world.north.client.get("/api/v1/timelines/home", headers=bea)
    assert [one["id"] for one in home.json()] == [str(secret["answer"]), str(secret["post"])]

    follow = {"type": "Follow", "object": f"https://north.test/users/{GROUP}"}
    await world.bea.does({"type": "Undo", "object": {**follow, "actor": world.bea.uri}})

    assert (await world.north.client.get(path, headers=bea)).status_code == 404
    home = await world.north.client.get("/api/v1/timelines/home", headers=bea)
    assert [one["id"] for one in home.json()] == [str(secret["answer"])]  # her own words
    own = f"/api/v1/statuses/{secret['answer']}/context"
    context = (await world.north.client.get(own, headers=bea)).json()
    assert context == {"ancestors": [], "descendants": []}


async def test_a_program_speaks_in_it_for_who_is_in_it(
    world: World, secret: dict[str, int]
) -> None:
    uri = f"https://north.test/users/{GROUP}"
    note = {"type": "Note", "content": "<p>par un programme</p>", "to": [uri], "audience": uri}

    said = await world.bea.does({"type": "Create", "object": note})
    assert said["object"]["to"] == [f"{uri}/followers", uri]
    assert said["object"]["audience"] == uri and said["object"]["cc"] == []
    open_ = await world.bea.does(
        {
            "type": "Create",
            "object": {**note, "to": [uri, "https://www.w3.org/ns/activitystreams#Public"]},
        }
    )
    assert open_["object"]["to"] == [f"{uri}/followers", uri]  # never further than the group

    eva = world.north.neighbours["eva"]
    away = await eva.does({"type": "Create", "object": note})
    assert "audience" not in away["object"] and uri not in str(away["object"]["to"])
    with world.north.house.db.reading() as tx:
        assert tx.session.get_one(Actor, secret["group"]).followers_count == 2
