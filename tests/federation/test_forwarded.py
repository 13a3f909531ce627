"""What one server hands on of another: answers, relayed posts, what a group's members do."""

from microfed import clock
from microfed.operations.relays import subscribe
from microfed.outbound.proofs import prove
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from tests.federation.verbs import Document
from tests.federation.world import World
from tests.fediverse import PUBLIC, Fediverse
from tests.strangers import Stranger, ed25519_of


def proven(stranger: Stranger, activity: Document) -> Document:
    key_id, private = f"{stranger.uri}#ed25519-key", ed25519_of(stranger.uri)[0]
    return prove(activity, key_id=key_id, private_pem=private, created=clock.now())


async def test_a_proof_by_its_author_makes_whoever_brings_it_irrelevant(world: World) -> None:
    world.follows(world.bob)
    created = world.bob.creates(world.bob.note())
    world.south.documents.pop(created["object"]["id"])

    await world.take(world.mallory, proven(world.bob, created))

    assert world.post(created["object"]["id"]) is not None


async def test_a_proof_that_does_not_fit_proves_nothing(world: World) -> None:
    world.follows(world.bob)
    created = world.bob.creates(world.bob.note())
    world.south.documents.pop(created["object"]["id"])
    good = proven(world.bob, created)
    before = world.visible()

    forged = {**good, "object": {**created["object"], "content": "<p>forged</p>"}}
    await world.mallory.sends(world.north, forged)
    by_mallory = proven(world.mallory, created)
    await world.mallory.sends(world.north, by_mallory)
    stolen = {**by_mallory["proof"], "verificationMethod": f"{world.bob.uri}#ed25519-key"}
    await world.mallory.sends(world.north, {**by_mallory, "proof": stolen})
    await world.fediverse.settle()

    assert world.visible() == before


async def test_without_a_proof_only_the_address_is_believed(world: World) -> None:
    world.follows(world.bob)
    note = world.bob.note("<p>what Bob wrote</p>")
    told = world.bob.creates({**note, "content": "<p>what Mallory says he wrote</p>"})

    await world.take(world.mallory, told)

    post = world.post(note["id"])
    assert post is not None
    assert post.content == "<p>what Bob wrote</p>"


async def test_nobody_sends_us_round_for_what_nobody_reads(world: World) -> None:
    note = world.bob.note()

    await world.take(world.mallory, world.bob.creates(note), expects=401)

    assert note["id"] not in world.south.asked


async def test_a_deletion_that_is_told_is_looked_up(world: World) -> None:
    world.follows(world.bob)
    gone, stays = world.bob.note(), world.bob.note()
    for note in (gone, stays):
        await world.take(world.bob, world.bob.creates(note))
    world.south.statuses[gone["id"]] = 410

    for note in (gone, stays):
        await world.take(world.mallory, world.bob.does("Delete", note["id"]))

    assert world.post(gone["id"]) is None
    assert world.post(stays["id"]) is not None


async def test_an_answer_reaches_those_who_follow_whoever_was_asked(fediverse: Fediverse) -> None:
    # Given Ada, whom Cleo follows from a third place, and Bea, whom Cleo does not know
    north, south, west = [await fediverse.instance(f"{name}.test") for name in ("n", "s", "w")]
    ada, bea, cleo = north.add("ada"), south.add("bea"), west.add("cleo")
    await cleo.does({"type": "Follow", "object": ada.uri})
    await bea.does({"type": "Follow", "object": ada.uri})
    await fediverse.settle()
    asked = await ada.says("<p>Who has a ladder?</p>")
    await fediverse.settle()

    # When Bea answers, corrects herself, and takes it back
    answer = await bea.says("<p>I do</p>", inReplyTo=asked["object"]["id"])
    await fediverse.settle()
    uri = answer["object"]["id"]
    thread = asked["object"]["id"].rpartition("/")[2]
    context = f"/contexts/{thread}"
    assert (await west.get(uri)).status_code == 421
    known = [item for item in fediverse.network.sent if item.url.startswith("https://w.test")]
    forwarded = [item for item in known if uri.encode() in item.body]

    # Then Cleo's place has it, and has not had to believe Ada's
    assert {item.status for item in forwarded} == {202}
    assert uri in (await north.get(context)).json()["orderedItems"]
    with west.house.db.reading() as tx:
        from_bea = _posts(tx, uri)
    assert from_bea == [uri]
    await bea.does({"type": "Delete", "object": uri})
    await fediverse.settle()
    with west.house.db.reading() as tx:
        assert _posts(tx, uri) == []


def _posts(tx: Tx, uri: str) -> list[str]:
    post = find_post(tx, uri)
    return [] if post is None else [post.uri]


async def test_a_relay_brings_posts_that_are_read_where_they_live(world: World) -> None:
    # Given a relay of Mastodon's kind that took us in
    relay = world.evil.person("relay", type="Application")
    inbox = "https://evil.test/inbox"
    world.do(lambda tx: subscribe(tx, address=inbox))
    await world.fediverse.settle()
    (_, asked), *_ = world.evil.taken
    assert asked["object"] == PUBLIC
    await world.take(relay, relay.does("Accept", asked))

    # When it brings a post of somebody nobody here follows, in one way and in the other
    first, second = world.bob.note("<p>one</p>"), world.bob.note("<p>two</p>")
    await world.take(relay, world.bob.creates(first))
    await world.take(relay, relay.does("Announce", second["id"], to=[PUBLIC]))

    # Then both are here, as Bob wrote them, and nobody boosted anything
    for note in (first, second):
        post = world.post(note["id"])
        assert post is not None
        assert post.boosts_count == 0
    # And what Ada says to everyone goes to the relay
    world.says("hello relay")
    await world.fediverse.settle()
    _, last = world.evil.taken[-1]
    assert (last["type"], last["proof"]["type"]) == ("Create", "DataIntegrityProof")


def _group(world: World) -> Stranger:
    group = world.south.person("garden", type="Group")
    world.south.keep(group.document)
    return group


async def _join(world: World, group: Stranger) -> None:
    await world.take(group, group.does("Like", world.says()))
    world.follows(group)


async def test_a_group_passes_on_what_its_members_do(world: World) -> None:
    group = _group(world)
    await _join(world, group)
    page = world.carol.note("<p>seeds</p>", type="Page", name="Seeds to share", to=[PUBLIC])
    comment = world.carol.note("<p>which?</p>", inReplyTo=page["id"])

    # When it announces the same post in both ways, and an answer to it
    await world.take(group, group.does("Announce", world.carol.creates(page), to=[PUBLIC]))
    await world.take(group, group.does("Announce", page["id"], to=[PUBLIC]))
    await world.take(group, group.does("Announce", world.carol.creates(comment), to=[PUBLIC]))

    # Then there is the post with one boost, and the answer below it
    post = world.post(page["id"])
    assert post is not None
    assert (post.title, post.boosts_count, post.replies_count) == ("Seeds to share", 1, 1)

    # When a member likes it, and somebody elsewhere is said to
    like = world.carol.does("Like", page["id"])
    await world.take(group, group.does("Announce", like))
    await world.take(group, group.does("Announce", world.mallory.does("Like", page["id"])))

    # Then only what happened on the group's own server counts
    post = world.post(page["id"])
    assert post is not None
    assert post.likes_count == 1
    await world.take(group, group.does("Announce", world.carol.does("Undo", like)))
    post = world.post(page["id"])
    assert post is not None
    assert post.likes_count == 0

    # When a change and a deletion are announced, both are looked up
    world.south.keep({**page, "content": "<p>seeds!</p>", "updated": "2026-11-02T10:00:00Z"})
    await world.take(group, group.does("Announce", world.carol.does("Update", page)))
    post = world.post(page["id"])
    assert post is not None
    assert post.content == "<p>seeds!</p>"
    world.south.statuses[page["id"]] = 404
    await world.take(group, group.does("Announce", world.carol.does("Delete", page["id"])))
    assert world.post(page["id"]) is None


async def test_a_group_cannot_speak_for_another_server(world: World) -> None:
    group = _group(world)
    await _join(world, group)
    forged = world.mallory.note("<p>truth</p>")
    lie = {**forged, "content": "<p>lie</p>"}

    await world.take(group, group.does("Announce", world.mallory.creates(lie), to=[PUBLIC]))

    post = world.post(forged["id"])
    assert post is not None
    assert post.content == "<p>truth</p>"
