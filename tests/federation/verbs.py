"""Every activity others send, done honestly: what must have happened before, and the activity.

Each function prepares the world and returns what Bob, at south.test, then sends.
"""

from typing import Any

from tests.federation.world import World
from tests.fediverse import PUBLIC

Document = dict[str, Any]


async def follow(world: World) -> Document:
    return world.bob.does("Follow", world.ada.uri)


async def undo_follow(world: World) -> Document:
    asked = await follow(world)
    await world.take(world.bob, asked)
    return world.bob.does("Undo", asked)


async def accept(world: World) -> Document:
    return world.bob.does("Accept", world.asks_to_follow(world.bob))


async def reject(world: World) -> Document:
    return world.bob.does("Reject", world.asks_to_follow(world.bob))


async def reject_after_accept(world: World) -> Document:
    return world.bob.does("Reject", world.follows(world.bob))


async def undo_accept(world: World) -> Document:
    asked = world.asks_to_follow(world.bob)
    said_yes = world.bob.does("Accept", asked)
    await world.take(world.bob, said_yes)
    return world.bob.does("Undo", said_yes)


async def create(world: World) -> Document:
    world.follows(world.bob)
    return world.bob.creates(world.bob.note())


async def answer(world: World) -> Document:
    return world.bob.creates(world.bob.note("<p>indeed</p>", inReplyTo=world.says()))


async def mention(world: World) -> Document:
    tag = {"type": "Mention", "href": world.ada.uri, "name": "@ada@north.test"}
    return world.bob.creates(world.bob.note(to=[world.ada.uri], cc=[], tag=[tag]))


async def said(world: World) -> Document:
    """Bob said something that Ada has."""
    created = await create(world)
    await world.take(world.bob, created)
    note: Document = created["object"]
    return note


async def update_note(world: World) -> Document:
    note = await said(world)
    changed = {**note, "content": "<p>corrected</p>", "updated": "2026-11-02T10:00:00Z"}
    return world.bob.does("Update", changed, to=[PUBLIC])


async def update_person(world: World) -> Document:
    return world.bob.does("Update", {**world.bob.document, "name": "Robert"}, to=[PUBLIC])


async def delete_note(world: World) -> Document:
    note = await said(world)
    return world.bob.does("Delete", {"id": note["id"], "type": "Tombstone"}, to=[PUBLIC])


async def delete_note_by_id(world: World) -> Document:
    return world.bob.does("Delete", (await said(world))["id"], to=[PUBLIC])


async def delete_person(world: World) -> Document:
    await said(world)
    return world.bob.does("Delete", world.bob.uri, to=[PUBLIC])


async def announce(world: World) -> Document:
    return world.bob.does("Announce", world.says(), to=[PUBLIC], published="2026-11-02T10:00:00Z")


async def undo_announce(world: World) -> Document:
    passed_on = await announce(world)
    await world.take(world.bob, passed_on)
    return world.bob.does("Undo", passed_on)


async def like(world: World) -> Document:
    return world.bob.does("Like", world.says())


async def undo_like(world: World) -> Document:
    liked = await like(world)
    await world.take(world.bob, liked)
    return world.bob.does("Undo", liked)


async def undo_like_by_id(world: World) -> Document:
    liked = await like(world)
    await world.take(world.bob, liked)
    return world.bob.does("Undo", liked["id"])


async def block(world: World) -> Document:
    await world.take(world.bob, world.bob.does("Follow", world.ada.uri))
    return world.bob.does("Block", world.ada.uri)


async def undo_block(world: World) -> Document:
    blocked = await block(world)
    await world.take(world.bob, blocked)
    return world.bob.does("Undo", blocked)


async def flag(world: World) -> Document:
    return world.bob.does("Flag", [world.ada.uri, world.says("rude")], content="<p>rude</p>")


async def emoji_react(world: World) -> Document:
    return world.bob.does("EmojiReact", world.says(), content="🎉")


async def undo_emoji_react(world: World) -> Document:
    reacted = await emoji_react(world)
    await world.take(world.bob, reacted)
    return world.bob.does("Undo", reacted)


async def like_with_emoji(world: World) -> Document:
    return world.bob.does("Like", world.says(), content=":blobcat:", _misskey_reaction=":blobcat:")


async def add_featured(world: World) -> Document:
    note = await said(world)
    return world.bob.does("Add", note["id"], target=f"{world.bob.uri}/featured")


async def remove_featured(world: World) -> Document:
    added = await add_featured(world)
    await world.take(world.bob, added)
    return world.bob.does("Remove", added["object"], target=added["target"])


async def add_featured_tag(world: World) -> Document:
    world.bob.more["featuredTags"] = f"{world.bob.uri}/tags"
    updated = world.south.keep(world.bob.document)
    await world.take(world.bob, world.bob.does("Update", updated))
    tag = {"type": "Hashtag", "name": "#jardin", "href": "https://south.test/tags/jardin"}
    return world.bob.does("Add", tag, target=f"{world.bob.uri}/tags")


async def move(world: World) -> Document:
    world.follows(world.bob)
    robert = world.south.person("robert", alsoKnownAs=[world.bob.uri])
    await world.take(robert, robert.does("Like", world.says()))
    return world.bob.does("Move", world.bob.uri, target=robert.uri)


VERBS = {
    verb.__name__: verb
    for verb in (
        follow,
        undo_follow,
        accept,
        reject,
        reject_after_accept,
        create,
        answer,
        mention,
        update_note,
        update_person,
        delete_note,
        delete_note_by_id,
        delete_person,
        announce,
        undo_announce,
        like,
        undo_like,
        undo_like_by_id,
        block,
        undo_block,
        flag,
        emoji_react,
        undo_emoji_react,
        like_with_emoji,
        add_featured,
        remove_featured,
        add_featured_tag,
        move,
    )
}
