"""What somebody shows at the top of their profile: posts and hashtags."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import delete, func, select

from microfed.errors import Forbidden, Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.posts import need_own
from microfed.operations.tags import need_tag
from microfed.outbound.deliver import deliver
from microfed.outbound.recipients import inboxes_of_followers
from microfed.outbound.render import activity
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.own import FeaturedTag
from microfed.store.people import Actor
from microfed.store.posts import Pin, Post, Tag
from microfed.text import tag_key
from microfed.vocab.audience import Audience

MOST_PINS = 5
MOST_KEPT = 20  # of what others show


def pin(tx: Tx, *, actor: Actor, post: Post) -> dict[str, Any]:
    """A neighbour shows a post of theirs on their profile. Doing it twice is harmless.

    Returns the activity by which others hear of it.
    """
    _need_own(actor, post)
    need_own(actor, post)
    if Audience(post.audience) is Audience.PEOPLE:
        raise Invalid("what is for some people cannot be pinned", {"base": "not for everyone"})
    document = _change(tx, "Add", actor, post)
    pinned = set(tx.connection.scalars(select(Pin.post_id).where(Pin.actor_id == actor.id)))
    if post.id in pinned:
        return document
    if len(pinned) >= MOST_PINS:
        raise Invalid(f"at most {MOST_PINS} posts can be pinned", {"base": "too many pinned posts"})
    if _pin(tx, actor, post):
        tx.tell("actor", actor.id)
        _tell(tx, document, actor, post)
    return document


def unpin(tx: Tx, *, actor: Actor, post: Post) -> dict[str, Any]:
    """A neighbour no longer shows a post on their profile. Doing it twice is harmless.

    Returns the activity by which others hear of it.
    """
    _need_own(actor, post)
    document = _change(tx, "Remove", actor, post)
    if _unpin(tx, actor, post):
        tx.tell("actor", actor.id)
        _tell(tx, document, actor, post)
    return document


def pin_arrived(tx: Tx, *, by: Actor, collection: str | None, post: Post) -> None:
    """Someone elsewhere shows a post of theirs on their profile."""
    _own_collection(by, collection, post)
    _pin(tx, by, post)


def pin_was_removed(tx: Tx, *, by: Actor, collection: str | None, post: Post) -> None:
    """Someone elsewhere no longer shows a post on their profile."""
    _own_collection(by, collection, post)
    _unpin(tx, by, post)


def set_pins(tx: Tx, *, by: Actor, posts: Sequence[Post]) -> None:
    """What someone elsewhere shows, read anew: the first stands on top."""
    tx.connection.execute(delete(Pin).where(Pin.actor_id == by.id))
    for post in reversed(posts[:MOST_KEPT]):
        if post.actor_id == by.id:
            _pin(tx, by, post)


def tag_was_featured(tx: Tx, *, by: Actor, collection: str | None, name: str, is_on: bool) -> None:
    """Someone elsewhere shows a hashtag on their profile, or no longer."""
    if by.is_local or collection is None or collection != by.extras.get("featured_tags_uri"):
        raise Forbidden("this collection is somebody else's")
    if is_on:
        _show_tags(tx, by, [name])
    else:
        known = select(Tag.id).where(Tag.name == tag_key(name))
        tx.connection.execute(
            delete(FeaturedTag).where(FeaturedTag.actor_id == by.id, FeaturedTag.tag_id.in_(known))
        )
    by.version += 1
    tx.tell("actor", by.id)


def set_tags(tx: Tx, *, by: Actor, names: Sequence[str]) -> None:
    """What hashtags someone elsewhere shows, read anew."""
    tx.connection.execute(delete(FeaturedTag).where(FeaturedTag.actor_id == by.id))
    _show_tags(tx, by, names)


def _show_tags(tx: Tx, actor: Actor, names: Sequence[str]) -> None:
    query = select(func.count(FeaturedTag.id)).where(FeaturedTag.actor_id == actor.id)
    room = MOST_KEPT - (tx.connection.scalar(query) or 0)
    for name in names[: max(room, 0)]:
        with suppress(Invalid):  # others call things hashtags that nobody here could write
            tag_id = need_tag(tx, name).id
            values = {"id": id_at(tx.now), "actor_id": actor.id, "tag_id": tag_id}
            insert_once(tx, FeaturedTag, values)


def _need_own(actor: Actor, post: Post) -> None:
    if post.actor_id != actor.id:
        raise Invalid("someone else's post cannot be pinned", {"base": "someone else's post"})


def _own_collection(by: Actor, collection: str | None, post: Post) -> None:
    if by.is_local or collection is None or collection != by.featured_uri:
        raise Forbidden("this collection is somebody else's")
    if post.actor_id != by.id:
        raise Forbidden("this post is somebody else's")
    if post.boost_of_id is not None:
        raise NotFound("only posts can be shown on a profile")


def _pin(tx: Tx, actor: Actor, post: Post) -> bool:
    count = tx.connection.scalar(select(func.count(Pin.id)).where(Pin.actor_id == actor.id)) or 0
    values = {"id": id_at(tx.now), "actor_id": actor.id, "post_id": post.id}
    return count < MOST_KEPT and insert_once(tx, Pin, values)


def _unpin(tx: Tx, actor: Actor, post: Post) -> bool:
    gone = tx.connection.execute(
        delete(Pin).where(Pin.actor_id == actor.id, Pin.post_id == post.id)
    )
    return gone.rowcount > 0


def _change(tx: Tx, kind: str, actor: Actor, post: Post) -> dict[str, Any]:
    return activity(
        kind,
        id_=tx.here.activity(id_at(tx.now)),
        actor=actor.uri,
        to=[actor.followers_uri or f"{actor.uri}/followers"],
        object_=post.uri,
        target=actor.featured_uri,
    )


def _tell(tx: Tx, document: dict[str, Any], actor: Actor, post: Post) -> None:
    is_open = Audience(post.audience).is_open
    inboxes = inboxes_of_followers(tx, actor.id) if is_open else set()
    deliver(tx, document, sender=actor, inboxes=inboxes)
