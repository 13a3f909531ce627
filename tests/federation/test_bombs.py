"""Documents made to cost: each is cut or refused, the work stays bounded, nothing falls over."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from microfed.operations.elsewhere_parts import MOST_NOTIFIED
from microfed.store.polls import PollOption
from microfed.store.posts import Attachment, Mention, PostTag
from microfed.store.queues import Notification
from microfed.vocab.objects import MOST_ATTACHMENTS, MOST_CONTENT, MOST_OPTIONS, MOST_TAGS
from tests.federation.world import World
from tests.fediverse import PUBLIC

Note = dict[str, Any]


def _rows(world: World, table: Any) -> int:
    with world.north.house.db.reading() as tx:
        return tx.connection.scalar(select(func.count()).select_from(table)) or 0


def mentions(world: World) -> Note:
    people = [f"https://evil.test/users/{number}" for number in range(900)]
    tags = [{"type": "Mention", "href": uri, "name": "@x"} for uri in (*people, world.ada.uri)]
    return {"tag": tags, "cc": people}


def hashtags(_world: World) -> Note:
    return {"tag": [{"type": "Hashtag", "name": f"#tag{number}"} for number in range(900)]}


def attachments(_world: World) -> Note:
    url = "https://evil.test/1.png"
    return {"attachment": [{"type": "Image", "mediaType": "image/png", "url": url}] * 900}


def options(_world: World) -> Note:
    return {"type": "Question", "oneOf": [{"name": f"answer {n}"} for n in range(900)]}


def words(_world: World) -> Note:
    return {"content": "<p>" + "word " * 90_000 + "</p>"}


def unclosed(_world: World) -> Note:
    return {"content": "<a" * 100_000}


def emojis(_world: World) -> Note:
    icon = {"type": "Image", "url": "https://evil.test/e.png"}
    return {"tag": [{"type": "Emoji", "name": f":e{n}:", "icon": icon} for n in range(900)]}


@pytest.mark.parametrize(
    "bomb", [mentions, hashtags, attachments, options, words, unclosed, emojis]
)
async def test_a_bomb_is_cut_and_asks_nobody_anything(world: World, bomb: Any) -> None:
    world.follows(world.mallory)
    world.evil.asked.clear()
    note = world.mallory.note(**bomb(world))

    await world.take(world.mallory, world.mallory.creates(note))

    post = world.post(note["id"])
    assert post is not None
    assert len(post.content) <= MOST_CONTENT + 1_000
    assert _rows(world, Mention) <= 51
    assert _rows(world, Notification) <= MOST_NOTIFIED
    assert _rows(world, PostTag) <= MOST_TAGS
    assert _rows(world, Attachment) <= MOST_ATTACHMENTS
    assert _rows(world, PollOption) <= MOST_OPTIONS
    assert len(post.emojis or []) <= MOST_TAGS
    assert world.evil.asked == []


def _deep(depth: int) -> bytes:
    return b'{"type":"Create","actor":"x","object":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (_deep(40), 400),
        (_deep(400_000), 400),
        (b'{"type":"Create","actor":' + b'"x",' * 10 + b"}", 400),
        (b'{"a":1,"a":2}', 400),
        (b'{"a":NaN}', 400),
        (b'{"a":' + b"9" * 5_000 + b"}", 400),
        (json.dumps({"type": "Create", "actor": "x", "tag": [0] * 30_000}).encode(), 400),
        (b"{" + b" " * 1_100_000 + b"}", 413),
        (b"[]", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b'{"type":"Create"}', 400),
    ],
)
async def test_what_cannot_be_read_is_refused_before_anything_is_asked(
    world: World, body: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/activity+json"}
    answer = await world.north.client.post("/inbox", content=body, headers=headers)

    assert answer.status_code == status
    assert world.evil.asked == world.south.asked == []


async def test_keys_that_cannot_be_had_are_not_asked_for_again_and_again(world: World) -> None:
    nobody = world.evil.person("nobody")
    world.evil.documents.clear()
    world.evil.people.clear()

    for number in range(20):
        like = nobody.does("Like", f"{world.ada.uri}/posts/{number}", to=[PUBLIC])
        await nobody.sends(world.north, like)

    assert len(world.evil.asked) <= 2
