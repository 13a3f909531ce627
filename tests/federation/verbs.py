"""Every activity others send, done honestly: what must have happened before, and the activity.

Each function prepares the world and returns what Bob, at south.test, then sends.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

from microfed.operations.polls import Choice
from microfed.operations.posts import write_post
from microfed.operations.reactions import boost, find_like
from microfed.operations.reactions import like as like_post
from microfed.operations.saying import Draft
from microfed.queries.whole_posts import need_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
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


def _poll(world: World, **more: Any) -> Document:
    choices = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}}
        for name, votes in (("Samedi", 2), ("Dimanche", 1))
    ]
    return world.bob.note(type="Question", oneOf=choices, endTime="2100-01-01T00:00:00Z", **more)


async def create_poll(world: World) -> Document:
    world.follows(world.bob)
    return world.bob.creates(_poll(world))


async def update_tallies(world: World) -> Document:
    created = await create_poll(world)
    await world.take(world.bob, created)
    question = deepcopy(created["object"])
    question["oneOf"][0]["replies"]["totalItems"] = 7
    return world.bob.does("Update", question, to=[PUBLIC])


async def vote(world: World) -> Document:
    choice = Choice(("Samedi", "Dimanche"), timedelta(days=1))
    chosen = {
        "id": f"{world.bob.uri}/votes/1",
        "type": "Note",
        "name": "Samedi",
        "attributedTo": world.bob.uri,
        "to": [world.ada.uri],
        "inReplyTo": world.says(poll=choice),
    }
    return world.bob.does("Create", chosen, to=[world.ada.uri])


async def votes_as_a_list(world: World) -> Document:
    voted = await vote(world)
    return {**voted, "object": [voted["object"]]}


async def quote(world: World) -> Document:
    """Ada quoted Bob, whose server was asked."""
    note = await said(world)

    def work(tx: Tx) -> str:
        draft = Draft(source="look", quote_of=need_post(tx, note["id"]))
        return write_post(tx, author=world.actor(tx, world.ada.uri), draft=draft).uri

    uri = world.do(work)
    await world.fediverse.settle()
    return {"type": "QuoteRequest", "id": f"{uri}/quote", "instrument": uri, "object": note["id"]}


async def accept_quote(world: World) -> Document:
    asked = await quote(world)
    return world.bob.does("Accept", asked, result=f"{world.bob.uri}/stamps/1")


async def reject_quote(world: World) -> Document:
    return world.bob.does("Reject", await quote(world))


async def revoke_quote(world: World) -> Document:
    accepted = await accept_quote(world)
    await world.take(world.bob, accepted)
    return world.bob.does("Delete", accepted["result"])


async def quote_request(world: World) -> Document:
    quoting = world.bob.note("<p>look</p>", quote=world.says())
    await world.take(world.bob, world.bob.does("Like", quoting["quote"]))
    return world.bob.does("QuoteRequest", quoting["quote"], instrument=quoting)


async def approve_answer(world: World) -> Document:
    note = await said(world)

    def work(tx: Tx) -> str:
        draft = Draft(source="indeed", in_reply_to=need_post(tx, note["id"]))
        return write_post(tx, author=world.actor(tx, world.ada.uri), draft=draft).uri

    return world.bob.does("Accept", world.do(work), result=f"{world.bob.uri}/approvals/1")


def _done(world: World, uri: str, deed: Callable[[Tx, Actor, Post], str]) -> str:
    return world.do(lambda tx: deed(tx, world.actor(tx, world.ada.uri), need_post(tx, uri)))


async def approve_boost(world: World) -> Document:
    note = await said(world)
    boosted = _done(world, note["id"], lambda tx, me, post: boost(tx, actor=me, post=post).uri)
    return world.bob.does("Accept", boosted, result=f"{world.bob.uri}/approvals/1")


async def refuse_boost(world: World) -> Document:
    return world.bob.does("Reject", (await approve_boost(world))["object"])


async def refuse_like(world: World) -> Document:
    note = await said(world)

    def deed(tx: Tx, me: Actor, post: Post) -> str:
        like_post(tx, actor=me, post=post)
        found = find_like(tx, actor_id=me.id, post_id=post.id)
        assert found is not None
        return found.uri or ""

    return world.bob.does("Reject", _done(world, note["id"], deed))


async def suspended(world: World) -> Document:
    await world.take(world.bob, world.bob.does("Like", world.says()))
    return world.bob.does("Update", {**world.bob.document, "suspended": True})


async def refuse_answer(world: World) -> Document:
    return world.bob.does("Reject", (await approve_answer(world))["object"])


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
        create_poll,
        update_tallies,
        vote,
        votes_as_a_list,
        accept_quote,
        reject_quote,
        revoke_quote,
        quote_request,
        approve_answer,
        refuse_answer,
        approve_boost,
        refuse_boost,
        refuse_like,
        suspended,
    )
}
