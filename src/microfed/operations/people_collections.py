"""Collections: people a member recommends together. Whoever is in one may leave it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from microfed.errors import Conflict, Forbidden, Invalid, NotFound
from microfed.ids import id_at
from microfed.outbound.notify import notify
from microfed.queries.people import is_blocked
from microfed.store.collections import CollectionItem, PeopleCollection
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Tag
from microfed.text import clean_text

MOST_COLLECTIONS = 10
MOST_ITEMS = 25
LONGEST_NAME = 100
LONGEST_DESCRIPTION = 500


@dataclass(frozen=True, slots=True)
class CollectionWish:
    """What a member says of a collection; None leaves what was said."""

    name: str | None = None
    description: str | None = None
    language: str | None = None
    tag: Tag | None = None
    is_sensitive: bool | None = None
    is_discoverable: bool | None = None


def make_collection(
    tx: Tx, *, owner: Actor, wish: CollectionWish, people: Iterable[Actor] = ()
) -> PeopleCollection:
    """`owner` recommends people under a name; all are added, or nothing is made."""
    count = select(func.count(PeopleCollection.id)).where(PeopleCollection.owner_id == owner.id)
    if (tx.connection.scalar(count) or 0) >= MOST_COLLECTIONS:
        raise Forbidden(f"at most {MOST_COLLECTIONS} collections")
    made = PeopleCollection(
        id=id_at(tx.now), owner_id=owner.id, name=_name(wish.name), updated_at=tx.now
    )
    tx.session.add(made)
    change_collection(tx, made, wish)
    for person in people:
        add_person(tx, made, owner=owner, person=person)
    return made


def change_collection(tx: Tx, found: PeopleCollection, wish: CollectionWish) -> None:
    """Its owner says something else of it."""
    if wish.name is not None:
        found.name = _name(wish.name)
    if wish.description is not None:
        words = clean_text(wish.description).strip()
        if len(words) > LONGEST_DESCRIPTION:
            raise Invalid("this description is too long", {"description": "is too long"})
        found.description = words
    if wish.language is not None:
        found.language = wish.language[:20] or None
    if wish.tag is not None:
        found.tag_id = wish.tag.id
    if wish.is_sensitive is not None:
        found.is_sensitive = wish.is_sensitive
    if wish.is_discoverable is not None:
        found.is_discoverable = wish.is_discoverable
    found.updated_at = tx.now
    tx.flush()


def drop_collection(tx: Tx, found: PeopleCollection) -> None:
    """A collection goes; the people stay."""
    tx.session.delete(found)
    tx.flush()


def add_person(tx: Tx, found: PeopleCollection, *, owner: Actor, person: Actor) -> CollectionItem:
    """Show somebody in a collection. They must wish to be found, and not have left it before.

    Somebody elsewhere can only be asked by servers that both know how; until then: Forbidden.
    """
    if not person.is_local:
        raise Forbidden("only people who live here can be shown in a collection")
    if person.id != owner.id and (
        not person.is_discoverable or is_blocked(tx, by=person.id, whom=owner.id)
    ):
        raise Forbidden("they do not wish to be shown in collections")
    items = tx.session.scalars(
        select(CollectionItem).where(CollectionItem.collection_id == found.id)
    ).all()
    for item in items:
        if item.actor_id == person.id and item.revoked_at is not None:
            raise Forbidden("they have left this collection")
        if item.actor_id == person.id:
            raise Conflict("they are in this collection already")
    if len([item for item in items if item.revoked_at is None]) >= MOST_ITEMS:
        raise Invalid(f"at most {MOST_ITEMS} people", {"account_id": "too many"})
    item = CollectionItem(id=id_at(tx.now), collection_id=found.id, actor_id=person.id)
    tx.session.add(item)
    found.updated_at = tx.now
    tx.flush()
    notify(tx, owner_id=person.id, kind="collection", from_id=owner.id, about_id=found.id)
    return item


def remove_item(tx: Tx, found: PeopleCollection, item_id: int) -> None:
    """Its owner shows somebody no more."""
    item = _need_item(tx, found, item_id)
    found.updated_at = tx.now
    tx.session.delete(item)
    tx.flush()


def leave_collection(tx: Tx, found: PeopleCollection, item_id: int, *, who: Actor) -> None:
    """Whoever is shown does not want to be, and cannot be added again."""
    item = _need_item(tx, found, item_id)
    if item.actor_id != who.id:
        raise NotFound("there is nobody like that in it")
    item.revoked_at = tx.now
    tx.flush()


def _need_item(tx: Tx, found: PeopleCollection, item_id: int) -> CollectionItem:
    item = tx.session.get(CollectionItem, item_id)
    if item is None or item.collection_id != found.id or item.revoked_at is not None:
        raise NotFound("there is nobody like that in it")
    return item


def _name(name: str | None) -> str:
    words = clean_text(name or "").strip()
    if not words:
        raise Invalid("a collection needs a name", {"name": "can't be blank"})
    if len(words) > LONGEST_NAME:
        raise Invalid("this name is too long", {"name": "is too long"})
    return words
