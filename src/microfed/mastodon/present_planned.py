"""A planned post as apps read it."""

from typing import Any

from microfed.mastodon.answers import stamp
from microfed.mastodon.present_media import media
from microfed.mastodon.write_status import VISIBILITY
from microfed.operations.wishes import audience_of, wish_of
from microfed.queries.media import attachments_by_id
from microfed.store.database import Tx
from microfed.store.own import PlannedPost


def planned_value(tx: Tx, planned: PlannedPost) -> dict[str, Any]:
    """Return a ScheduledStatus."""
    wish = wish_of(planned)
    pictures = attachments_by_id(tx, wish.media_ids or ())
    poll = None
    if wish.options:
        poll = {
            "options": list(wish.options),
            "expires_in": str(wish.lasts_seconds),
            "multiple": wish.is_multiple,
            "hide_totals": wish.hides_totals,
        }
    return {
        "id": str(planned.id),
        "scheduled_at": stamp(planned.due_at),
        "params": {
            "text": wish.text,
            "poll": poll,
            "media_ids": [str(id_) for id_ in wish.media_ids] if wish.media_ids else None,
            "sensitive": wish.is_sensitive,
            "spoiler_text": wish.warning,
            "visibility": VISIBILITY[audience_of(tx, wish, author_id=planned.actor_id)],
            "in_reply_to_id": wish.in_reply_to_id,
            "language": wish.language,
            "quoted_status_id": None if wish.quoted_id is None else str(wish.quoted_id),
            "application_id": 0,  # nobody needs it any more, but apps decode a number
            "scheduled_at": None,
            "idempotency": None,
            "with_rate_limit": False,
        },
        "media_attachments": [media(tx.here, item) for item in pictures],
    }
