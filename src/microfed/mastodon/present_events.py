"""What happens, as apps hear of it on open streams: the name of each event and its payload."""

from collections.abc import Callable, Collection, Mapping

from microfed.mastodon.present_announcements import announcement_event
from microfed.mastodon.present_notifications import conversation_event, notification_event
from microfed.mastodon.present_statuses import for_each
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx

Written = Mapping[Viewer | None, bytes]
Writer = Callable[[Tx, int, Collection[Viewer | None]], Written]

# What the house calls it: what apps call it.
NAMES = {
    "post": "update",
    "edit": "status.update",
    "delete": "delete",
    "notification": "notification",
    "merged": "notifications_merged",
    "conversation": "conversation",
    "filters": "filters_changed",
    "announcement": "announcement",
    "announcement_delete": "announcement.delete",
}


def write_event(tx: Tx, kind: str, id_: int, viewers: Collection[Viewer | None]) -> Written:
    """Return the payload of one event for each viewer; nobody hears of what apps do not know."""
    writer = WRITERS.get(kind)
    return {} if writer is None else writer(tx, id_, viewers)


def _bare_id(_tx: Tx, id_: int, viewers: Collection[Viewer | None]) -> Written:
    return dict.fromkeys(viewers, b"%d" % id_)


def _nothing(_tx: Tx, _id: int, viewers: Collection[Viewer | None]) -> Written:
    return dict.fromkeys(viewers, b"")


WRITERS: dict[str, Writer] = {
    "announcement": announcement_event,
    "notification": notification_event,
    "conversation": conversation_event,
    "merged": _nothing,
    "post": for_each,
    "edit": for_each,
    "delete": _bare_id,
    "announcement_delete": _bare_id,
    "filters": _nothing,
}
