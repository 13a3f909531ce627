"""People elsewhere: getting to know them, keeping up with them, forgetting them."""

from collections.abc import Iterable

from sqlalchemy import delete, select, update

from microfed.errors import Invalid, NotFound
from microfed.here import authority_of, same_origin
from microfed.ids import id_at
from microfed.operations.domains import silence_if_limited
from microfed.operations.emojis import remember_emojis
from microfed.operations.event_leaving import guests_are_told, leave_events
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import HERE, Actor, ActorKey, Follow
from microfed.store.posts import Post, Tombstone
from microfed.text import bare_text, clean_html, clean_text
from microfed.vocab.people import Person, PublicKey


def remember_person(tx: Tx, person: Person, *, host: str | None = None) -> Actor:
    """Store or refresh an actor from elsewhere, with the keys they list.

    `host` is the part of their handle after the @ when WebFinger said it differs from that of
    their id. Raises Invalid when the document speaks for addresses of another origin.
    """
    if tx.here.is_ours(person.id):
        raise Invalid("this address is ours")
    if not same_origin(person.id, person.inbox):
        raise Invalid("an actor's inbox must be on their own server")
    actor = tx.session.scalar(select(Actor).where(Actor.uri == person.id))
    is_new = actor is None
    if actor is None:
        gone = tx.session.get(Tombstone, person.id)
        # What a housemate claimed to be deleted, before we knew what it was, does not count.
        if gone is not None and gone.actor_uri == person.id:
            raise NotFound("this account was deleted")
        actor = Actor(
            id=id_at(tx.now),
            uri=person.id,
            username=person.username,
            name_key=person.username.lower(),
            host=host or authority_of(person.id),
            inbox_uri=person.inbox,
        )
        tx.session.add(actor)
    elif actor.host == HERE:
        raise Invalid("this actor lives here")
    _describe(tx, actor, person, host)
    if is_new:
        silence_if_limited(tx, actor)
    tx.flush()
    _remember_keys(tx, actor, person.keys)
    tx.tell("actor", actor.id)
    return actor


def person_is_gone(tx: Tx, actor: Actor) -> None:
    """Someone elsewhere deleted their account: nothing of them stays but the fact."""
    if actor.is_local:
        raise Invalid("this actor lives here")
    bury(tx, actor.uri, former_type=actor.kind, actor_uri=actor.uri)
    neighbours = select(Follow.target_id).where(Follow.follower_id == actor.id)
    tx.connection.execute(
        update(Actor)
        .where(Actor.id.in_(neighbours), Actor.host == HERE)
        .values(followers_count=Actor.followers_count - 1)
    )
    followed_by = select(Follow.follower_id).where(Follow.target_id == actor.id)
    tx.connection.execute(
        update(Actor)
        .where(Actor.id.in_(followed_by), Actor.host == HERE)
        .values(following_count=Actor.following_count - 1)
    )
    leave_events(tx, actor.id)
    guests_are_told(tx, Post.actor_id == actor.id)
    tx.tell("actor", actor.id)
    tx.session.expunge(actor)
    tx.connection.execute(delete(Post).where(Post.actor_id == actor.id))
    tx.connection.execute(delete(Actor).where(Actor.id == actor.id))


def bury(tx: Tx, uri: str, *, former_type: str | None, actor_uri: str | None) -> None:
    """Remember that something is gone, so that it does not come back by a late message."""
    values = {
        "uri": uri,
        "former_type": former_type,
        "actor_uri": actor_uri,
        "is_local": tx.here.is_ours(uri),
        "deleted_at": tx.now,
    }
    insert_once(tx, Tombstone, values)


def _describe(tx: Tx, actor: Actor, person: Person, host: str | None) -> None:
    origin = person.id
    if host is not None:
        actor.host = host
    actor.username = person.username
    actor.name_key = person.username.lower()
    actor.kind = person.type
    actor.display_name = bare_text(person.name)[:200]
    actor.note = clean_html(person.summary)
    actor.url = person.url or person.id
    actor.inbox_uri = person.inbox
    actor.shared_inbox_uri = _own(origin, person.shared_inbox)
    actor.outbox_uri = _own(origin, person.outbox)
    actor.followers_uri = _own(origin, person.followers)
    actor.following_uri = _own(origin, person.following)
    actor.featured_uri = _own(origin, person.featured)
    actor.is_locked = person.is_locked
    actor.is_discoverable = person.is_discoverable
    actor.is_indexable = person.is_indexable
    actor.is_memorial = person.is_memorial
    actor.is_private = person.is_private
    actor.avatar_uri, actor.avatar_description = person.icon, person.icon_description
    actor.header_uri, actor.header_description = person.image, person.image_description
    actor.fields = [
        {"name": bare_text(name), "value": clean_html(value)} for name, value in person.fields
    ]
    actor.emojis = [{"shortcode": e.shortcode, "url": e.url} for e in person.emojis]
    remember_emojis(tx, person.emojis, host=authority_of(person.id))
    actor.also_known_as = list(person.also_known_as)
    actor.moved_to_uri = person.moved_to
    tags_uri = _own(origin, person.featured_tags)
    actor.extras = {**(actor.extras or {}), "featured_tags_uri": tags_uri}
    if person.generator is not None:
        actor.extras = {**actor.extras, "generator": person.generator}
    _stand(tx, actor, is_suspended=person.is_suspended)
    actor.published_at = person.published
    actor.gone_at = None
    actor.fetched_at = tx.now
    actor.version = (actor.version or 0) + 1


def _stand(tx: Tx, actor: Actor, *, is_suspended: bool) -> None:
    """Whoever their own server suspended is not shown here either, until it thinks better of it.
    What our own keepers did about somebody is theirs to take back."""
    was = bool(actor.extras.get("suspended_at_home"))
    if is_suspended and actor.suspended_at is None:
        leave_events(tx, actor.id)
        actor.suspended_at = tx.now
        actor.extras = {**actor.extras, "suspended_at_home": True}
    elif was and not is_suspended:
        actor.suspended_at = None
        actor.extras = {**actor.extras, "suspended_at_home": False}


def _own(origin: str, uri: str | None) -> str | None:
    """Return `uri` if it stands on the actor's own server; another's would speak for others."""
    return uri and clean_text(uri) if uri and same_origin(origin, uri) else None


def _remember_keys(tx: Tx, actor: Actor, keys: Iterable[PublicKey]) -> None:
    tx.connection.execute(delete(ActorKey).where(ActorKey.actor_id == actor.id))
    for key in keys:
        if authority_of(key.uri) != authority_of(actor.uri):
            continue
        values = {
            "id": id_at(tx.now),
            "uri": key.uri,
            "actor_id": actor.id,
            "algorithm": key.algorithm,
            "public": key.public,
            "fetched_at": tx.now,
        }
        insert_once(tx, ActorKey, values)
