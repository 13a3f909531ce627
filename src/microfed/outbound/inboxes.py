"""What reaches a member's own inbox, for those of their programs that read it (ActivityPub §5.2).

Posts are not kept here: they stand in home timelines and among the mentions already.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from microfed.ids import id_at
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.queues import InboxItem
from microfed.vocab.deeds import without_secrets
from microfed.vocab.reading import documents, ref, types

# Posts, what changes them, and what nobody is told about themselves (ActivityPub §6.9).
_KEPT_ELSEWHERE = frozenset(("Create", "Update", "Delete", "Block", "Flag", "Move"))
MOST_BYTES = 20_000


def reach_inbox(tx: Tx, document: Mapping[str, Any], *, owner_id: int) -> None:
    """Put an activity into a member's inbox, once, and tell whoever reads along."""
    uri = ref(document)
    if uri is None or not is_kept(document):
        return
    body = orjson.dumps(without_secrets(document))
    if len(body) > MOST_BYTES:
        return
    id_ = id_at(tx.now)
    if insert_once(tx, InboxItem, {"id": id_, "owner_id": owner_id, "uri": uri, "body": body}):
        tx.tell("stream", ("inbox", owner_id, id_))


def is_kept(document: Mapping[str, Any]) -> bool:
    """Say whether an activity has its place in inboxes, rather than among the posts or nowhere."""
    kinds = {*types(document)}
    if "Undo" in kinds:
        for inside in documents(document.get("object")):
            kinds.update(types(inside))
    return _KEPT_ELSEWHERE.isdisjoint(kinds)
