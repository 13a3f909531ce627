"""Introductions in the browser and by apps: proposed, answered, and nothing disclosed meanwhile."""

from typing import Any

import pytest
from starlette.routing import Route

from microfed.mastodon.routes import AREAS
from microfed.operations.introductions import propose
from microfed.operations.tokens import give_token
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.queues import Notification
from tests.web.conftest import Town, send, sign_in
from tests.web.conftest import town as town
from tests.web.every_page import page_routes

WHY = "Vous cherchez tous les deux un quatuor."
# Nobody here but who proposes it can know these names.
HIDDEN = ("Xylophonette", "Clavecinette")


@pytest.fixture
async def place(town: Town) -> Town:
    town.add("amel", display_name="Amel")
    for name, shown in zip(("bea", "leo"), HIDDEN, strict=True):
        town.add(name, display_name=shown)

    def hide(tx: Tx) -> None:
        for name in ("bea", "leo"):
            tx.session.get_one(Actor, town.people[name]).is_discoverable = False

    town.change(hide)
    await sign_in(town, "amel")
    return town


def form(**more: str) -> dict[str, str]:
    return {"deed": "propose", "one": "@bea", "other": "leo", "reason": WHY, **more}


async def text_of(place: Town, name: str, path: str = "/introductions") -> str:
    await sign_in(place, name)
    return (await place.get(path)).text


def newest(place: Town) -> str:
    """Return the id of what was proposed last."""
    found = place.change(lambda tx: tx.session.query(Notification.about_id).order_by("id").all())
    return str(found[-1][0])


async def test_an_introduction_from_the_proposal_to_the_conversation(place: Town) -> None:
    sent = await send(place, "/introductions", **form())
    assert sent.headers["location"] == "/introductions?sent=1"
    assert "Both are asked now" in (await place.get("/introductions?sent=1")).text
    id_ = newest(place)

    assert "Amel</a> would like you to meet somebody" in await text_of(place, "bea", "/news")
    assert WHY in await text_of(place, "bea")
    first = await send(place, "/introductions", deed="yes", id=id_)
    assert first.headers["location"] == "/introductions"
    assert "You said yes" in (await place.get("/introductions")).text

    await sign_in(place, "leo")
    second = await send(place, "/introductions", deed="yes", id=id_)
    talk = await place.get(second.headers["location"])
    assert HIDDEN[0] not in talk.text  # by the name they are called at, which their page tells
    # And an answer goes to both of the others
    assert ">@bea </textarea>" in talk.text
    assert "@bea" in talk.text and "@leo" in talk.text and WHY in talk.text
    assert "Both said yes" in await text_of(place, "amel")


async def test_a_form_that_is_wrong_keeps_what_was_typed_and_says_what_to_do(place: Town) -> None:
    for given, said in (
        ({"one": "nobody"}, "Nobody of this name"),
        ({"other": "bea"}, "Choose somebody else"),
        ({"other": "noe@nowhere.test"}, "Choose somebody else"),
        ({"one": "amel"}, "Nobody of this name"),
        ({"one": ""}, "Nobody of this name"),
        ({"reason": "x" * 1_001}, "Say why they should meet"),
    ):
        answer = await send(place, "/introductions", **form(**given))
        assert answer.status_code == 422 and said in answer.text
        assert (given.get("reason") or WHY) in answer.text
    for wrong in ({"deed": "dance"}, {"deed": "yes", "id": "x"}, {"deed": "yes", "id": "1"}):
        assert (await send(place, "/introductions", **wrong)).status_code in (400, 404)

    await send(place, "/introductions", **form())
    again = await send(place, "/introductions", **form())
    assert again.status_code == 422 and "Once is enough" in again.text
    id_ = newest(place)
    assert (await send(place, "/introductions", deed="yes", id=id_)).status_code == 404
    await send(place, "/introductions", deed="withdraw", id=id_)
    gone = await send(place, "/introductions", deed="withdraw", id=id_)
    assert gone.status_code == 409 and "This is over" in gone.text


async def test_whoever_is_not_signed_in_comes_to_the_door(place: Town) -> None:
    place.browser.cookies.clear()

    assert (await place.get("/introductions")).headers["location"].startswith("/sign-in")
    assert (await send(place, "/introductions", **form())).status_code == 401


def app_paths() -> list[str]:
    """Return every question that apps ask without naming anything."""
    routes = [route for area in AREAS for route in area.routes if isinstance(route, Route)]
    return sorted(
        {route.path for route in routes if "GET" in (route.methods or ()) and "{" not in route.path}
        - {path for path in (r.path for r in routes) if "streaming" in path or "oembed" in path}
    )


async def test_nothing_is_disclosed_to_either_before_both_said_yes(place: Town) -> None:
    def ask(tx: Tx) -> dict[str, str]:
        people = [tx.session.get_one(Actor, place.people[n]) for n in ("amel", "bea", "leo")]
        propose(tx, proposer=people[0], one=people[1], other=people[2], reason=WHY)
        return {
            name: give_token(tx, member_id=place.people[name], scopes=["read", "write", "follow"])
            for name in ("bea", "leo")
        }

    tokens: dict[str, str] = place.change(ask)
    await sign_in(place, "leo")
    await send(place, "/introductions", deed="yes", id=newest(place))

    paths = app_paths()
    assert "/api/v1/notifications" in paths and len(paths) > 40
    for name, other in (("bea", HIDDEN[1]), ("leo", HIDDEN[0])):
        place.browser.cookies.clear()
        headers = {"Authorization": f"Bearer {tokens[name]}"}
        own = place.people[name]
        more = [f"/users/{name}/{box}?page=true" for box in ("inbox", "outbox")]
        more += [f"/api/v1/accounts/{own}/statuses", "/api/v2/search?q=violon", "/ring"]
        for path in (*paths, *more):
            seen = await place.get(path, **headers)
            assert seen.status_code < 500 and other not in seen.text, path
        kinds = (await place.get("/api/v1/notifications", **headers)).json()
        assert kinds == []
        grouped = (await place.get("/api/v2/notifications", **headers)).json()
        assert grouped["notification_groups"] == []
        await sign_in(place, name)
        for path in sorted(p for p in page_routes() if "{" not in p and "desk" not in p):
            seen = await place.get(path)
            assert seen.status_code < 500 and other not in seen.text, path
            assert "leo said" not in seen.text


async def test_apps_read_the_other_notifications_beside_one_they_have_no_word_for(
    place: Town,
) -> None:
    await send(place, "/introductions", **form())
    place.says("amel", "@bea Tu viens samedi ?")
    token = place.change(
        lambda tx: give_token(tx, member_id=place.people["bea"], scopes=["read", "write"])
    )
    headers: dict[str, Any] = {"Authorization": f"Bearer {token}"}

    one_by_one = (await place.get("/api/v1/notifications", **headers)).json()
    by_group = (await place.get("/api/v2/notifications", **headers)).json()

    assert [one["type"] for one in one_by_one] == ["mention"]
    assert [one["type"] for one in by_group["notification_groups"]] == ["mention"]
    shown = await place.get(f"/api/v1/notifications/{_hidden(place)}", **headers)
    assert shown.status_code == 404
    assert (await place.get("/api/v1/notifications/unread_count", **headers)).json() == {"count": 1}


def _hidden(place: Town) -> int:
    """Return the notification that only pages show."""
    found = place.change(
        lambda tx: (
            tx.session.query(Notification.id)
            .filter_by(kind="introduction", owner_id=place.people["bea"])
            .one()[0]
        )
    )
    return int(found)
