"""Collections of people as apps read them."""

from collections.abc import Sequence
from typing import Any

from microfed.ids import moment_of
from microfed.mastodon.answers import stamp
from microfed.queries.people import need_actor_by_id
from microfed.queries.people_collections import items_of
from microfed.queries.tags import names_of_tags
from microfed.store.collections import CollectionItem, PeopleCollection
from microfed.store.database import Tx
from microfed.text import plain_to_html


def collection_entities(tx: Tx, found: Sequence[PeopleCollection]) -> list[dict[str, Any]]:
    """Return Collection of each."""
    items = items_of(tx, [one.id for one in found])
    return [_entity(tx, one, items.get(one.id, [])) for one in found]


def _entity(tx: Tx, one: PeopleCollection, items: Sequence[CollectionItem]) -> dict[str, Any]:
    owner = need_actor_by_id(tx, one.owner_id)
    tags = names_of_tags(tx, [] if one.tag_id is None else [one.tag_id])
    address = f"{tx.here.url}/collections/{one.id}"
    return {
        "id": str(one.id),
        "account_id": str(one.owner_id),
        "uri": address,
        "url": owner.url or owner.uri,
        "name": one.name,
        "description": plain_to_html(one.description, named={}, tag_url=tx.here.tag),
        "language": one.language,
        "local": True,
        "sensitive": one.is_sensitive,
        "discoverable": one.is_discoverable,
        "tag": next(({"name": shown, "url": tx.here.tag(key)} for key, shown in tags), None),
        "created_at": stamp(moment_of(one.id)),
        "updated_at": stamp(one.updated_at),
        "item_count": len(items),
        "items": [item_entity(item) for item in items],
    }


def item_entity(item: CollectionItem) -> dict[str, Any]:
    """Return a CollectionItem."""
    return {
        "id": str(item.id),
        "account_id": str(item.actor_id),
        "state": "accepted",
        "created_at": stamp(moment_of(item.id)),
    }
