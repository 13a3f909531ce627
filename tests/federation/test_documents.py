"""What the servers out there send, in the shapes they send it: each is read and does what it says.

`tests/documents/<software>/` holds an actor and, in order, what that actor sends. Two addresses
stand for a post and a poll of Ada's; keys are put in when they are read.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import func, select

from microfed.operations.polls import Choice
from microfed.store.moderation import Report
from microfed.store.people import Block, Follow
from microfed.store.polls import Vote
from microfed.store.posts import Like, Mention, Pin, Post, PostTag, Tag
from microfed.store.queues import Received
from microfed.store.quotes import QuoteStamp
from tests.federation.world import World
from tests.strangers import Stranger, ed25519_of, rsa_of, strange_server

_A_DAY = timedelta(days=1)
_RECEIVED = Received
FOLDER = Path(__file__).parent.parent / "documents"
SOFTWARE = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
REQUIRED = {
    *("mastodon", "misskey", "akkoma", "gotosocial", "lemmy", "piefed", "peertube", "pixelfed"),
    *("friendica", "wordpress", "mobilizon", "bridgyfed", "hollo", "snac2", "threads"),
    *("hubzilla", "gancio", "takahe", "nodebb", "mitra"),
}


class Sender(Stranger):
    """Somebody whose document is as their software writes it."""

    given: dict[str, Any]

    @property
    def uri(self) -> str:
        uri: str = self.given["id"]
        return uri

    @property
    def key_id(self) -> str:
        key: str = self.given["publicKey"]["id"]
        return key

    @property
    def document(self) -> dict[str, Any]:
        return self.given


def _pkcs1(pem: str) -> str:
    key = serialization.load_pem_public_key(pem.encode())
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1).decode()


def _sender(world: World, software: str, name: str) -> Sender:
    text = (FOLDER / software / f"{name}.json").read_text()
    given = json.loads(text)
    public = rsa_of(given["id"])[1]
    pem = given["publicKey"]["publicKeyPem"]
    given["publicKey"]["publicKeyPem"] = _pkcs1(public) if "PKCS1" in pem else public
    if "assertionMethod" in given:
        given["assertionMethod"]["publicKeyMultibase"] = ed25519_of(given["id"])[1]
    host = given["id"].split("/")[2]
    known = world.fediverse.network.apps.get(host)
    server = strange_server(world.fediverse, host) if known is None else known
    sender = Sender.__new__(Sender)
    sender.given = given
    Stranger.__init__(sender, server, given["preferredUsername"])  # type: ignore[arg-type]
    sender.server.people[given["preferredUsername"]] = sender
    if not given["publicKey"]["id"].startswith(f"{given['id']}#"):
        sender.server.documents[given["publicKey"]["id"]] = {
            key: given[key] for key in ("@context", "id", "type", "preferredUsername", "publicKey")
        }
    return sender


def _count(world: World, table: Any, *conditions: Any) -> int:
    with world.north.house.db.reading() as tx:
        query = select(func.count()).select_from(table).where(*conditions)
        return tx.connection.scalar(query) or 0


async def _play(world: World, software: str, *, upto: str = "99") -> dict[str, tuple[Any, Any]]:
    """Send all that a software sends; return what could be seen before and after each."""
    post = world.says("a post of Ada's")
    poll = world.says("when?", poll=Choice(("Saturday", "Sunday"), _A_DAY, is_multiple=True))
    sender = _sender(world, software, "actor")
    for path in sorted((FOLDER / software).glob("member.json")):
        _sender(world, software, path.stem)
    for path in sorted((FOLDER / software).glob("object-*.json")):
        sender.server.keep(json.loads(path.read_text()))
    # Somebody here follows them, as somebody must for their posts to come.
    await world.take(sender, sender.does("Like", post))
    world.follows(sender)
    seen = {}
    for path in sorted((FOLDER / software).glob("[0-9]*.json")):
        if path.stem[:2] > upto:
            break
        text = path.read_text()
        text = text.replace("https://north.test/users/ada/posts/1", post)
        text = text.replace("https://north.test/users/ada/posts/poll", poll)
        # What a community tells is looked up where it lives.
        if "announce-delete" in path.stem:
            sender.server.statuses[json.loads(text)["object"]["object"]] = 410
        if "announce-update" in path.stem:
            context = {"@context": "https://www.w3.org/ns/activitystreams"}
            sender.server.keep({**context, **json.loads(text)["object"]["object"]})
        before = world.visible()
        await world.take(sender, json.loads(text))
        seen[path.stem] = (before, world.visible())
    return seen


# What concerns nobody here, or is not ours to keep: understood, answered 202, and no more.
WITHOUT_EFFECT = {
    *("lemmy/02-announce-page", "lemmy/06-announce-dislike", "lemmy/07-announce-block"),
    *("lemmy/08-announce-add-moderator", "lemmy/081-announce-lock", "piefed/02-announce-page"),
    *("mobilizon/05-join", "mobilizon/06-leave"),
    *("peertube/02-dislike", "peertube/03-view", "pixelfed/03-story", "friendica/03-dislike"),
    # They liked Ada's post to introduce themselves, so this like is their second.
    *("mastodon/06-like", "misskey/03-like", "akkoma/03-emoji-react", "gotosocial/04-like"),
    *("pixelfed/02-like", "bridgyfed/03-like", "hollo/03-like", "snac2/03-like"),
    *("threads/03-like", "friendica/05-like", "peertube/07-like", "mitra/04-emoji-react"),
    *("takahe/02-like", "nodebb/02-like", "hubzilla/02-add-to-conversation"),
}


@pytest.mark.parametrize("software", SOFTWARE)
async def test_all_that_a_software_sends_does_what_it_says(world: World, software: str) -> None:
    seen = await _play(world, software)

    without = {f"{software}/{name}" for name, (before, after) in seen.items() if before == after}
    assert without == {name for name in WITHOUT_EFFECT if name.startswith(f"{software}/")}
    assert _count(world, _RECEIVED, _RECEIVED.error.is_not(None)) == 0


def test_every_software_that_must_be_understood_is_here() -> None:
    assert set(SOFTWARE) >= REQUIRED


async def _post(world: World, software: str, uri: str, *, upto: str) -> Post:
    await _play_until(world, software, upto)
    post = world.post(uri)
    assert post is not None
    return post


async def _play_until(world: World, software: str, upto: str) -> None:
    post = world.says("a post of Ada's")
    sender = _sender(world, software, "actor")
    for path in sorted((FOLDER / software).glob("member.json")):
        _sender(world, software, path.stem)
    for path in sorted((FOLDER / software).glob("object-*.json")):
        sender.server.keep(json.loads(path.read_text()))
    await world.take(sender, sender.does("Announce", post))
    world.follows(sender)
    for path in sorted((FOLDER / software).glob("[0-9]*.json")):
        if path.stem[:2] <= upto and "vote" not in path.stem:
            text = path.read_text().replace("https://north.test/users/ada/posts/1", post)
            await world.take(sender, json.loads(text))


async def test_a_note_of_mastodon_keeps_all_it_has(world: World) -> None:
    uri = "https://mastodon.test/users/mia/statuses/1"
    post = await _post(world, "mastodon", uri, upto="02")
    assert (post.content, post.language, post.audience) == (
        '<p><span class="h-card"><a href="https://north.test/@ada" class="u-url mention" '
        'rel="nofollow noopener noreferrer">@<span>ada</span></a></span> tomatoes '
        '<a href="https://mastodon.test/tags/garden" class="mention hashtag" '
        'rel="nofollow noopener noreferrer">#<span>garden</span></a></p>',
        "en",
        "public",
    )
    assert _count(world, Mention, Mention.actor_id == world.ada.id) == 1
    tagged = (PostTag.post_id == post.id, PostTag.tag_id == Tag.id, Tag.name == "garden")
    assert _count(world, PostTag.__table__.join(Tag.__table__), *tagged) == 1


async def test_a_page_of_lemmy_is_a_post_with_a_title_and_its_link(world: World) -> None:
    post = await _post(world, "lemmy", "https://lemmy.test/post/7", upto="04")
    assert (post.title, post.kind, post.language) == ("Which beans?", "page", "en")
    assert "Runner or bush?" in post.content
    assert 'href="https://beans.test/"' in post.content
    assert (post.boosts_count, post.replies_count, post.likes_count) == (1, 1, 1)


async def test_prefixes_and_words_for_yes_and_no_of_takahe_are_read(world: World) -> None:
    post = await _post(
        world, "takahe", "https://takahe.test/@andrew@takahe.test/posts/1/", upto="01"
    )
    assert (post.audience, post.is_sensitive, post.content) == ("public", False, "<p>prefixed</p>")
    with world.north.house.db.reading() as tx:
        andrew = world.actor(tx, "https://takahe.test/@andrew@takahe.test")
        assert (andrew.display_name, andrew.is_locked, andrew.is_discoverable) == (
            "Andrew & co",
            False,
            True,
        )


async def test_a_quote_of_mitra_is_a_link_among_its_tags(world: World) -> None:
    uri = "https://mitra.test/users/silverpill/objects/1"
    post = await _post(world, "mitra", uri, upto="01")
    assert post.quote_uri is not None


async def test_a_film_of_peertube_says_what_it_is_and_where(world: World) -> None:
    post = await _post(world, "peertube", "https://peertube.test/videos/watch/1", upto="01")
    assert (post.title, post.url) == ("Repair a chair", "https://peertube.test/w/1")
    assert post.content.startswith("<p>How to **glue** a leg.</p><p>With patience.</p>")
    assert 'href="https://peertube.test/w/1"' in post.content


async def test_an_event_of_mobilizon_says_when_and_where(world: World) -> None:
    post = await _post(world, "mobilizon", "https://mobilizon.test/events/1", upto="01")
    assert post.title == "Repair café"
    when = "<p>2026-12-11 19:00 · The old school, 2 Main Street, 69001, Lyon</p>"
    assert post.content.startswith(f"{when}<p>Bring what is broken.</p>")


async def test_an_article_of_wordpress_begins_without_a_warning(world: World) -> None:
    post = await _post(world, "wordpress", "https://blog.test/?p=12", upto="01")
    assert (post.title, post.warning, post.url) == (
        "Bread & salt",
        "",
        "https://blog.test/2026/11/bread/",
    )


async def test_answers_votes_reports_and_leave_to_quote_arrive(world: World) -> None:
    await _play(world, "gotosocial", upto="08")
    assert _count(world, Vote) == 2
    assert _count(world, Block) == 1
    await _play(world, "misskey", upto="07")
    assert _count(world, Report) == 1
    await _play(world, "mastodon")
    assert _count(world, QuoteStamp) == 0  # she left, and took her leave with her
    assert _count(world, Pin) == 0
    assert _count(world, Like) == 1  # Slothy's; the cat took theirs back
    assert _count(world, Follow, Follow.target_id == world.ada.id) == 1  # the cat
