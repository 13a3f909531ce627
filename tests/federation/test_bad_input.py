"""Bad input at the inbox and the outbox: a clear answer, never a 500, and nothing changes."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from microfed import clock
from microfed.store.people import Follow
from microfed.store.posts import Post, Tombstone
from microfed.store.queues import Seen
from tests.federation.stranger import PUBLIC, Stranger, make_stranger
from tests.fediverse import AS2, Fediverse, Instance


@pytest.fixture
async def here(fediverse: Fediverse) -> AsyncIterator[Instance]:
    instance = await fediverse.instance("here.test")
    instance.add("bea")
    yield instance


@pytest.fixture
def ada(fediverse: Fediverse) -> Stranger:
    return make_stranger(fediverse, "ada@north.test")


def kept(instance: Instance) -> dict[str, int]:
    """How much of what is visible the instance holds."""
    with instance.house.db.reading() as tx:
        count = tx.connection.scalar
        return {
            table.__tablename__: count(select(func.count()).select_from(table)) or 0
            for table in (Post, Follow, Seen, Tombstone)
        }


def mention(ada: Stranger, here: Instance, number: int = 1) -> dict[str, Any]:
    bea = here.neighbours["bea"].uri
    note = ada.note(number, cc=[bea], tag=[{"type": "Mention", "href": bea, "name": "@bea"}])
    return ada.activity("Create", number, note)


async def test_a_well_signed_post_that_concerns_us_is_kept(here: Instance, ada: Stranger) -> None:
    for scheme in ("cavage", "rfc9421"):
        answer = await ada.sends(here, mention(ada, here), scheme=scheme)  # type: ignore[arg-type]
        assert answer.status_code == 202, answer.text

    assert kept(here)["posts"] == 1


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"headers": {"Signature": ""}}, 401),
        ({"headers": {"Digest": "SHA-256=AAAA"}}, 401),
        ({"headers": {"Date": "Mon, 01 Jan 2024 00:00:00 GMT"}}, 401),
        ({"headers": {"Date": "yesterday"}}, 401),
        ({"now": clock.now() - timedelta(hours=13)}, 401),
        ({"now": clock.now() + timedelta(hours=13)}, 401),
        ({"body": b'{"type":"Create"}'}, 400),
        (
            {"body": b'{"id":"https://north.test/x","type":"Like","actor":"https://north.test/a"}'},
            401,
        ),
        ({"body": b"not json"}, 400),
        ({"body": b"[" * 100_000}, 400),
        ({"body": b'{"a":NaN}'}, 400),
        ({"body": b"[]"}, 400),
        ({"body": b""}, 400),
        ({"headers": {"Content-Type": "text/plain"}}, 415),
        ({"headers": {"Content-Type": "multipart/form-data"}}, 415),
        (
            {
                "body": b'{"type":"Create","actor":"https://north.test/users/ada"}'
                + b" " * 1_000_001
            },
            413,
        ),
        ({"path": "/users/nobody/inbox"}, 404),
    ],
)
async def test_what_cannot_be_taken_in_is_refused_and_changes_nothing(
    here: Instance, ada: Stranger, what: dict[str, Any], expected: int
) -> None:
    before = kept(here)

    answer = await ada.sends(here, mention(ada, here), **what)

    assert answer.status_code == expected, answer.text
    assert answer.json()["error"]
    assert kept(here) == before


async def test_somebody_elses_key_proves_nothing(
    fediverse: Fediverse, here: Instance, ada: Stranger
) -> None:
    eve = make_stranger(fediverse, "eve@evil.test")
    forged = mention(ada, here)

    answer = await eve.sends(here, forged)

    assert answer.status_code == 401
    assert kept(here)["posts"] == 0


@pytest.mark.parametrize("number", ["\x00", "\ud800", str(2**63), "1" * 400])
async def test_odd_characters_and_numbers_are_no_fault_of_ours(
    here: Instance, ada: Stranger, number: str
) -> None:
    document = mention(ada, here)
    document["object"]["content"] = f"<p>{number}</p>"
    document["object"]["width"] = 2**63
    signed = await ada.sends(here, document)
    asked = await here.get("/users/bea/posts/" + number.encode("utf-8", "replace").hex())
    big = await here.get(f"/users/bea/posts/{2**63}")

    assert signed.status_code in (202, 400)
    assert asked.status_code == big.status_code == 404


async def test_another_hosts_object_has_no_effect(
    fediverse: Fediverse, here: Instance, ada: Stranger
) -> None:
    eve = make_stranger(fediverse, "eve@evil.test")
    theirs = ada.note(5, "<p>mine</p>", cc=[here.neighbours["bea"].uri])

    for document in (
        eve.activity("Create", 1, theirs),
        eve.activity("Create", 2, {**theirs, "attributedTo": eve.uri}),
        eve.activity("Update", 3, {**theirs, "content": "<p>changed</p>"}),
        eve.activity("Delete", 4, theirs["id"]),
    ):
        assert (await eve.sends(here, document)).status_code == 202

    assert kept(here)["posts"] == kept(here)["tombstones"] == 0


async def test_only_its_author_edits_or_deletes_a_post(
    fediverse: Fediverse, here: Instance, ada: Stranger
) -> None:
    # Given a post of Ada's that is known here
    eve = make_stranger(fediverse, "eve@evil.test")
    create = mention(ada, here)
    await ada.sends(here, create)
    note = create["object"]

    # When Eve changes and deletes it, Then it stands as it was
    changed = {**note, "content": "<p>changed</p>", "updated": "2030-01-01T00:00:00Z"}
    await eve.sends(here, eve.activity("Update", 1, changed))
    await eve.sends(here, eve.activity("Update", 2, {**changed, "attributedTo": eve.uri}))
    await eve.sends(here, eve.activity("Delete", 3, note["id"]))
    assert await contents(here) == ["<p>Bonjour</p>"]

    # And when Ada does, it changes and goes
    await ada.sends(here, ada.activity("Update", 4, changed))
    assert await contents(here) == ["<p>changed</p>"]
    await ada.sends(here, ada.activity("Delete", 5, note["id"]))
    assert await contents(here) == []


async def test_the_same_activity_five_times_has_one_effect(here: Instance, ada: Stranger) -> None:
    follow = ada.activity("Follow", 1, here.neighbours["bea"].uri)

    for path in ["/inbox", "/users/bea/inbox"] * 3:
        assert (await ada.sends(here, follow, path=path)).status_code == 202

    assert kept(here)["follows"] == 1


async def test_a_delete_before_its_create_wins(here: Instance, ada: Stranger) -> None:
    create = mention(ada, here)

    await ada.sends(here, ada.activity("Delete", 9, create["object"]["id"]))
    await ada.sends(here, create)

    assert kept(here)["posts"] == 0


async def test_an_undo_before_its_follow_wins(here: Instance, ada: Stranger) -> None:
    follow = ada.activity("Follow", 1, here.neighbours["bea"].uri)

    await ada.sends(here, ada.activity("Undo", 2, follow))
    await ada.sends(here, follow)

    assert kept(here)["follows"] == 0


async def test_unknown_activities_are_taken_and_dropped(here: Instance, ada: Stranger) -> None:
    answer = await ada.sends(here, ada.activity("Yodel", 1, here.neighbours["bea"].uri))

    assert answer.status_code == 202
    assert kept(here)["posts"] == 0


async def test_a_stranger_who_was_never_known_may_leave_unheard(
    fediverse: Fediverse, here: Instance, ada: Stranger
) -> None:
    answer = await ada.sends(here, ada.activity("Delete", 1, ada.uri))

    assert answer.status_code == 202
    assert ada.board.asked == []  # nobody asked for a key that is gone


async def test_a_dead_key_is_not_fetched_again_and_again(here: Instance, ada: Stranger) -> None:
    ada.board.documents[ada.uri] = 410

    for number in range(50):
        answer = await ada.sends(here, mention(ada, here, number))
        assert answer.status_code == 401

    assert len(ada.board.asked) <= 2


async def test_what_a_handler_lacks_is_fetched_and_then_done(
    fediverse: Fediverse, here: Instance, ada: Stranger
) -> None:
    # Given Bea follows Ada, and a post of Cleo's that is not known here
    await here.neighbours["bea"].does({"type": "Follow", "object": ada.uri})
    await fediverse.settle()
    (follow,) = [d for d in ada.board.inbox if d["type"] == "Follow"]
    await ada.sends(here, ada.activity("Accept", 1, follow))
    cleo = make_stranger(fediverse, "cleo@east.test")
    note = cleo.note(7, "<p>De l'est</p>")

    # When Ada passes it on
    answer = await ada.sends(here, ada.activity("Announce", 2, note["id"], to=[PUBLIC]))

    # Then it was promised at once, and a worker fetches it
    assert answer.status_code == 202
    await fediverse.settle()
    assert await contents(here) == ["", "<p>De l'est</p>"]
    assert fediverse.waiting(here)["received"] == 0


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"type": "Note"}, 422),
        ({"type": "Note", "content": "x" * 60_000}, 422),
        ({"content": "no type"}, 422),
        ({"type": "Follow"}, 422),
        ({"type": "Create", "object": "https://north.test/notes/1"}, 422),
        ({"type": "Create", "actor": "https://north.test/users/ada", "object": {}}, 403),
        ({"type": "Delete", "object": "https://here.test/users/bea/posts/1"}, 404),
        ({"type": "Undo", "object": "https://here.test/none"}, 404),
        ({"type": "Announce", "object": "https://here.test/none"}, 404),
        ({"type": "Yodel", "actor": "https://north.test/users/ada", "object": "x"}, 403),
    ],
)
async def test_a_client_is_told_what_is_wrong(
    here: Instance, document: dict[str, Any], expected: int
) -> None:
    before = kept(here)

    answer = await here.neighbours["bea"].does(document, expects=expected)

    assert answer["detail"]
    assert kept(here) == before


async def test_an_outbox_belongs_to_its_owner(here: Instance) -> None:
    cleo = here.add("cleo")
    reader = here.add("dan", scopes="read")
    note = json.dumps({"type": "Note", "content": "x", "to": PUBLIC})

    async def post(path: str, token: str | None, kind: str = AS2) -> int:
        headers = {"Content-Type": kind}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return (await here.client.post(path, content=note, headers=headers)).status_code

    assert await post("/users/bea/outbox", None) == 401
    assert await post("/users/bea/outbox", "nonsense") == 401
    assert await post("/users/bea/outbox", cleo.token) == 403
    assert await post("/users/dan/outbox", reader.token) == 403
    assert await post("/users/cleo/outbox", cleo.token, "text/plain") == 415
    assert kept(here)["posts"] == 0
    assert await post("/users/cleo/outbox", cleo.token) == 201


async def contents(instance: Instance) -> list[str]:
    with instance.house.db.reading() as tx:
        return list(tx.connection.scalars(select(Post.content).order_by(Post.content)))
