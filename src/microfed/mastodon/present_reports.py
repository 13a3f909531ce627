"""What a member sees of looking after the place: reports they made, warnings they were given."""

from collections.abc import Sequence
from typing import Any

import orjson

from microfed.ids import moment_of
from microfed.mastodon.answers import stamp
from microfed.mastodon.present_accounts import accounts
from microfed.store.database import Tx
from microfed.store.moderation import Report, Strike

# Mastodon's names for what was done.
ACTIONS = {
    "warn": "none",
    "freeze": "disable",
    "mark_posts": "mark_statuses_as_sensitive",
    "remove_posts": "delete_statuses",
    "mark_sensitive": "sensitive",
    "silence": "silence",
    "suspend": "suspend",
}


def reports(tx: Tx, found: Sequence[Report]) -> list[dict[str, Any]]:
    """Return Report of each."""
    people = _people(tx, [one.target_id for one in found])
    return [
        {
            "id": str(one.id),
            "action_taken": one.handled_at is not None,
            "action_taken_at": stamp(one.handled_at),
            "category": one.category,
            "comment": one.comment,
            "forwarded": one.is_forwarded,
            "created_at": stamp(moment_of(one.id)),
            "status_ids": [str(id_) for id_ in one.post_ids],
            "collection_ids": [],
            "rule_ids": [str(id_) for id_ in one.rule_ids],
            "target_account": people[one.target_id],
        }
        for one in found
        if one.target_id in people
    ]


def warnings(tx: Tx, found: Sequence[Strike]) -> list[dict[str, Any]]:
    """Return AccountWarning of each."""
    people = _people(tx, [one.target_id for one in found])
    return [
        {
            "id": str(one.id),
            "action": ACTIONS.get(one.action, "none"),
            "text": one.text,
            "status_ids": [str(id_) for id_ in one.post_ids] or None,
            "target_account": people[one.target_id],
            "appeal": _appeal(one),
            "created_at": stamp(moment_of(one.id)),
        }
        for one in found
        if one.target_id in people
    ]


def _appeal(strike: Strike) -> dict[str, Any] | None:
    if strike.appealed_at is None:
        return None
    state = {None: "pending", True: "approved", False: "rejected"}[strike.is_appeal_granted]
    return {"text": strike.appeal or "", "state": state}


def _people(tx: Tx, ids: Sequence[int]) -> dict[int, Any]:
    # Whoever is suspended is still shown by name here: it is them the words are about.
    order = sorted(set(ids))
    return {int(orjson.loads(shown)["id"]): orjson.Fragment(shown) for shown in accounts(tx, order)}
