"""Notifications as apps read them, one by one or in groups, and the conversations behind some."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import orjson

from microfed.ids import moment_of
from microfed.mastodon.answers import stamp
from microfed.mastodon.present_accounts import write_faces
from microfed.mastodon.present_collections import collection_entities
from microfed.mastodon.present_reports import reports, warnings
from microfed.mastodon.present_statuses import from_cards
from microfed.queries.cards import cards_of
from microfed.queries.faces import faces_of
from microfed.queries.moderation import rows_by_id
from microfed.queries.notifications import (
    Group,
    find_notification,
    group_key,
    name_of_group,
)
from microfed.queries.talks import find_talk
from microfed.queries.visibility import Viewer
from microfed.store.collections import PeopleCollection
from microfed.store.database import Tx
from microfed.store.moderation import Report, Strike
from microfed.store.queues import Notification
from microfed.store.reading import Conversation, NotificationRequest

# What the house calls it: what apps call it.
TYPES = {
    "mention": "mention",
    "post": "status",
    "boost": "reblog",
    "follow": "follow",
    "follow_request": "follow_request",
    "like": "favourite",
    "poll": "poll",
    "edit": "update",
    "quote": "quote",
    "quoted_edit": "quoted_update",
    "sign_up": "admin.sign_up",
    "report": "admin.report",
    "warning": "moderation_warning",
    "collection": "added_to_collection",
    # Apps know no events: that one changed, or begins soon, is nearest to a post that was edited.
    "event": "update",
    "reminder": "update",
}
# What apps call it: all that the house calls so, the plainest first.
KINDS = {type_: [kind for kind, same in TYPES.items() if same == type_] for type_ in TYPES.values()}
_PARTIAL = ("id", "acct", "url", "avatar", "avatar_static", "avatar_description", "locked", "bot")
By = dict[int, Any]


def notifications(tx: Tx, viewer: Viewer, found: Sequence[Notification]) -> list[dict[str, Any]]:
    """Return Notification of each, but of those about a post the member may not see (any more)."""
    people, posts, more = _beside(tx, viewer, found)
    out = []
    for one in found:
        if one.from_id not in people or (one.post_id is not None and one.post_id not in posts):
            continue
        out.append(
            {
                "id": str(one.id),
                "type": TYPES[one.kind],
                "group_key": name_of_group(group_key(one)),
                "created_at": stamp(moment_of(one.id)),
                "account": people[one.from_id],
                **({} if one.post_id is None else {"status": posts[one.post_id]}),
                **more.get(one.id, {}),
            }
        )
    return out


def grouped(
    tx: Tx, viewer: Viewer, groups: Sequence[Group], *, with_partial: bool = False
) -> dict[str, Any]:
    """Return GroupedNotificationsResults; `with_partial`, of most people only their face."""
    _, posts, more = _beside(tx, viewer, [group.newest for group in groups])
    shown = [g for g in groups if g.newest.post_id is None or g.newest.post_id in posts]
    everyone = _faces(tx, {id_ for group in shown for id_ in group.people})
    whole = {group.people[0] for group in shown} if with_partial else set(everyone)
    about = dict.fromkeys(g.newest.post_id for g in shown if g.newest.post_id is not None)
    answer: dict[str, Any] = {
        "accounts": [orjson.Fragment(face) for id_, face in everyone.items() if id_ in whole],
        "statuses": [posts[id_] for id_ in about],
        "notification_groups": [_group(group, more) for group in shown],
    }
    if with_partial:
        rest = [orjson.loads(face) for id_, face in everyone.items() if id_ not in whole]
        answer["partial_accounts"] = [{n: one.get(n, "") for n in _PARTIAL} for one in rest]
    return answer


def requests(
    tx: Tx, viewer: Viewer, found: Sequence[NotificationRequest], counts: dict[int, int]
) -> list[dict[str, Any]]:
    """Return NotificationRequest of each."""
    people = _people(tx, {one.from_id for one in found})
    posts = _posts(tx, viewer, [one.last_post_id for one in found])
    return [
        {
            "id": str(one.id),
            "created_at": stamp(moment_of(one.id)),
            "updated_at": stamp(one.updated_at),
            "account": people[one.from_id],
            "notifications_count": str(counts.get(one.from_id, 0)),
            "last_status": posts.get(one.last_post_id or 0),
        }
        for one in found
        if one.from_id in people
    ]


def conversations(tx: Tx, viewer: Viewer, found: Sequence[Conversation]) -> list[dict[str, Any]]:
    """Return Conversation of each."""
    people = _people(tx, {id_ for one in found for id_ in one.people})
    posts = _posts(tx, viewer, [one.last_post_id for one in found])
    return [
        {
            "id": str(one.id),
            "unread": one.is_unread,
            "accounts": [people[id_] for id_ in reversed(one.people) if id_ in people],
            "last_status": posts.get(one.last_post_id),
        }
        for one in found
    ]


def notification_event(
    tx: Tx, id_: int, viewers: Collection[Viewer | None]
) -> dict[Viewer | None, bytes]:
    """Write a notification for the streams of its owner, who alone hears of it."""
    return _event(tx, viewers, lambda viewer: _one(tx, viewer, id_))


def conversation_event(
    tx: Tx, thread_id: int, viewers: Collection[Viewer | None]
) -> dict[Viewer | None, bytes]:
    """Write a conversation, named by its thread, for those it is between."""

    def write(viewer: Viewer) -> list[dict[str, Any]]:
        talk = find_talk(tx, viewer.actor_id, thread_id)
        return [] if talk is None else conversations(tx, viewer, [talk])

    return _event(tx, viewers, write)


def _event(
    tx: Tx, viewers: Collection[Viewer | None], write: Callable[[Viewer], list[dict[str, Any]]]
) -> dict[Viewer | None, bytes]:
    out: dict[Viewer | None, bytes] = {}
    for viewer in viewers:
        shown = [] if viewer is None else write(viewer)
        if shown:
            out[viewer] = orjson.dumps(shown[0])
    return out


def _one(tx: Tx, viewer: Viewer, id_: int) -> list[dict[str, Any]]:
    found = find_notification(tx, viewer.actor_id, id_)
    return [] if found is None or found.kind not in TYPES else notifications(tx, viewer, [found])


def _group(group: Group, more: dict[int, dict[str, Any]]) -> dict[str, Any]:
    newest = group.newest
    return {
        "group_key": name_of_group(group.key),
        "notifications_count": group.count,
        "type": TYPES[newest.kind],
        "most_recent_notification_id": str(newest.id),
        "page_min_id": str(group.min_id),
        "page_max_id": str(newest.id),
        "latest_page_notification_at": stamp(moment_of(newest.id)),
        "sample_account_ids": [str(id_) for id_ in dict.fromkeys(group.people)],
        **({} if newest.post_id is None else {"status_id": str(newest.post_id)}),
        **more.get(newest.id, {}),
    }


def _beside(
    tx: Tx, viewer: Viewer, found: Sequence[Notification]
) -> tuple[By, By, dict[int, dict[str, Any]]]:
    """Return people, posts, and what else belongs to some: a question for each, however many."""
    people = _people(tx, {one.from_id for one in found})
    posts = _posts(tx, viewer, [one.post_id for one in found])
    more: dict[int, dict[str, Any]] = {}
    kinds: tuple[tuple[str, Any, str, Callable[[Tx, Any], list[Any]]], ...] = (
        ("report", Report, "report", reports),
        ("warning", Strike, "moderation_warning", warnings),
        ("collection", PeopleCollection, "collection", collection_entities),
    )
    for kind, row, name, present in kinds:
        about = {one.about_id: one.id for one in found if one.kind == kind and one.about_id}
        if about:
            for shown in present(tx, rows_by_id(tx, row, list(about))):
                more[about[int(shown["id"])]] = {name: shown}
    return people, posts, more


def _people(tx: Tx, ids: Collection[int]) -> By:
    return {id_: orjson.Fragment(face) for id_, face in _faces(tx, ids).items()}


def _faces(tx: Tx, ids: Collection[int]) -> dict[int, bytes]:
    return write_faces(tx, faces_of(tx, sorted(ids)).values())


def _posts(tx: Tx, viewer: Viewer, ids: Sequence[int | None]) -> By:
    cards = cards_of(tx, viewer, list({id_ for id_ in ids if id_ is not None}))
    shown = from_cards(tx, viewer, list(cards.values()))
    return {id_: orjson.Fragment(one) for id_, one in zip(cards, shown, strict=True)}
