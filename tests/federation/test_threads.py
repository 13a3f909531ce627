"""Conversations completed, profiles filled, missed posts fetched: politely, within limits."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from microfed.operations.gathering import profile_was_opened, thread_was_opened, we_are_awake
from microfed.queries.collections import outbox_posts
from microfed.queries.people_lists import featured_tags
from microfed.queries.whole_posts import find_post
from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.posts import HomeEntry, Post
from microfed.workers.gather import MOST_ANCESTORS, MOST_DESCENDANTS
from tests.federation.world import World
from tests.strangers import CONTEXT

Documents = list[dict[str, Any]]


def _chain(world: World, length: int) -> Documents:
    """Bob talks to himself, each post below the one before."""
    posts: Documents = []
    for _ in range(length):
        more = {"inReplyTo": posts[-1]["id"]} if posts else {}
        posts.append(world.bob.note(**more))
    return posts


def _known(world: World, posts: Documents) -> int:
    uris = [post["id"] for post in posts]
    with world.north.house.db.reading() as tx:
        query = select(func.count(Post.id)).where(Post.uri.in_(uris))
        return tx.connection.scalar(query) or 0


async def test_of_ten_posts_two_came_and_all_ten_are_shown(world: World) -> None:
    # Given a conversation of ten posts at Bob's, of which the fifth came here, and its root
    world.follows(world.bob)
    posts = _chain(world, 10)
    for post, below in zip(posts, posts[1:], strict=False):
        page = {"type": "CollectionPage", "items": [below["id"]]}
        replies = {"id": f"{post['id']}/replies", "type": "Collection", "first": page}
        world.south.keep({**post, "replies": replies})
    await world.take(world.bob, world.bob.creates(posts[4]))
    assert _known(world, posts) == 5

    # When somebody opens it
    world.do(lambda tx: _open(tx, posts[4]["id"]))
    await world.fediverse.settle()

    # Then it is whole
    assert _known(world, posts) == 10


def _open(tx: Tx, uri: str) -> None:
    post = find_post(tx, uri)
    assert post is not None
    thread_was_opened(tx, post)


async def test_a_conversation_is_asked_for_as_one_where_its_server_lists_it(world: World) -> None:
    world.follows(world.bob)
    context = "https://south.test/contexts/1"
    posts = [world.bob.note(context=context) for _ in range(3)]
    answers = [world.carol.note(inReplyTo=posts[0]["id"]) for _ in range(3)]
    items = [post["id"] for post in (*posts, *answers)]
    world.south.keep(
        {"@context": CONTEXT, "id": context, "type": "OrderedCollection", "orderedItems": items}
    )
    await world.take(world.bob, world.bob.creates(posts[0]))

    world.do(lambda tx: _open(tx, posts[0]["id"]))
    await world.fediverse.settle()

    assert _known(world, [*posts, *answers]) == 6


async def test_an_endless_chain_costs_only_so_many_questions(world: World) -> None:
    world.follows(world.bob)
    posts = _chain(world, MOST_ANCESTORS + 20)
    world.south.asked.clear()

    await world.take(world.bob, world.bob.creates(posts[-1]))

    asked = [url for url in world.south.asked if "/posts/" in url]
    assert len(asked) == MOST_ANCESTORS


async def test_an_endless_collection_costs_only_so_many_questions(world: World) -> None:
    # Given a post whose answers go on page after page, each with many
    world.follows(world.bob)
    post = world.bob.note()
    pages = f"{post['id']}/replies"
    answers = [world.carol.note(inReplyTo=post["id"]) for _ in range(100)]
    items = [answer["id"] for answer in answers]
    for number in range(50):
        world.south.keep(
            {
                "@context": CONTEXT,
                "id": f"{pages}/{number}",
                "type": "CollectionPage",
                "items": items[number * 2 : number * 2 + 2],
                "next": f"{pages}/{number + 1}",
            }
        )
    world.south.keep({**post, "replies": {"type": "Collection", "first": f"{pages}/0"}})
    await world.take(world.bob, world.bob.creates(post))
    world.south.asked.clear()

    world.do(lambda tx: _open(tx, post["id"]))
    await world.fediverse.settle()

    assert 0 < len(world.south.asked) <= MOST_DESCENDANTS


async def test_a_conversation_is_not_asked_for_again_at_once(world: World) -> None:
    world.follows(world.bob)
    post = world.bob.note()
    await world.take(world.bob, world.bob.creates(post))
    world.do(lambda tx: _open(tx, post["id"]))
    await world.fediverse.settle()
    world.south.asked.clear()

    world.do(lambda tx: _open(tx, post["id"]))
    await world.fediverse.settle()

    assert world.south.asked == []


def _outbox(world: World, entries: list[Any]) -> None:
    world.south.keep(
        {
            "@context": CONTEXT,
            "id": f"{world.bob.uri}/outbox",
            "type": "OrderedCollection",
            "totalItems": len(entries),
            "first": {"type": "OrderedCollectionPage", "orderedItems": entries},
        }
    )


async def test_a_profile_seen_first_shows_its_latest_posts_and_what_it_features(
    world: World,
) -> None:
    # Given an outbox with 30 posts, one for followers, one that lies about its author
    notes = [world.bob.note(f"<p>{number}</p>") for number in range(30)]
    private = world.bob.note(to=[world.bob.followers], cc=[])
    forged = {**world.mallory.note(), "attributedTo": world.mallory.uri}
    _outbox(world, [world.bob.creates(note) for note in (private, forged, *notes)])
    pinned = world.bob.note("<p>about me</p>")
    world.south.keep(
        {
            "@context": CONTEXT,
            "id": f"{world.bob.uri}/featured",
            "type": "OrderedCollection",
            "orderedItems": [pinned, notes[29]["id"]],
        }
    )

    world.bob.more["featuredTags"] = f"{world.bob.uri}/tags"
    tags = [{"type": "Hashtag", "name": name} for name in ("#Jardin", "#a b", "#marché")]
    uri, kind = f"{world.bob.uri}/tags", "Collection"
    world.south.keep({"@context": CONTEXT, "id": uri, "type": kind, "items": tags})
    updated = world.south.keep(world.bob.document)
    await world.take(world.bob, world.bob.does("Update", updated))

    # When somebody opens the profile
    world.do(lambda tx: profile_was_opened(tx, world.actor(tx, world.bob.uri)))
    await world.fediverse.settle()

    # Then the first twenty public ones are there, in nobody's home
    with world.north.house.db.reading() as tx:
        actor = world.actor(tx, world.bob.uri)
        shown = {post.uri for post in outbox_posts(tx, actor, None, before=None)}
        homes = tx.connection.scalar(select(func.count(HomeEntry.post_id)))
        tags_shown = [row[2] for row in featured_tags(tx, actor.id)]
    assert shown == {note["id"] for note in (*notes[:20], notes[29], pinned)}
    assert homes == 0
    assert len(world.visible()["pins"]) == 2
    assert tags_shown == ["Jardin", "marché"]


async def test_after_a_long_silence_the_outboxes_of_the_followed_are_read(world: World) -> None:
    # Given Ada who follows Bob, and a place that was away for an hour in which he said something
    world.follows(world.bob)
    world.do(lambda tx: we_are_awake(tx))

    def sleep(tx: Tx) -> None:
        alive = tx.session.get_one(Setting, "last_alive_at")
        alive.value = (tx.now - timedelta(hours=1)).isoformat()

    world.do(sleep)
    note = world.bob.note(published="2099-01-01T00:00:00Z")
    _outbox(world, [world.bob.creates(note)])

    # When it wakes up
    polled = world.do(lambda tx: we_are_awake(tx, factor=0))
    await world.fediverse.settle()

    # Then the post stands in Ada's home
    assert polled == 1
    post = world.post(note["id"])
    assert post is not None
    assert {(row["owner_id"], row["post_id"]) for row in world.visible()["home_entries"]} == {
        (world.ada.id, post.id)
    }
    assert world.do(lambda tx: we_are_awake(tx)) == 0
