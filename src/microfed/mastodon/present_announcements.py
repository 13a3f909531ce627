"""Announcements as apps read them."""

from collections.abc import Collection, Sequence
from typing import Any

import orjson

from microfed.mastodon.answers import stamp
from microfed.mastodon.present_accounts import emojis
from microfed.queries.announcements import (
    Answers,
    announcements_now,
    answers_to,
    put_away_by,
)
from microfed.queries.files import emojis_in
from microfed.queries.visibility import Viewer
from microfed.store.announcements import Announcement
from microfed.store.database import Tx
from microfed.text import find_tags, tag_key


def announcement_entities(tx: Tx, me: int, found: Sequence[Announcement]) -> list[dict[str, Any]]:
    """Return Announcement of each, as a member sees it: three questions, however many."""
    ids = [one.id for one in found]
    seen, answers = put_away_by(tx, me, ids), answers_to(tx, me, ids)
    return [_entity(tx, one, one.id in seen, answers.get(one.id, [])) for one in found]


def announcement_event(
    tx: Tx, id_: int, viewers: Collection[Viewer | None]
) -> dict[Viewer | None, bytes]:
    """Write an announcement for each who lives here."""
    found = [one for one in announcements_now(tx) if one.id == id_]
    return {
        viewer: orjson.dumps(announcement_entities(tx, viewer.actor_id, found)[0])
        for viewer in viewers
        if viewer is not None and found
    }


def _entity(tx: Tx, one: Announcement, is_read: bool, answers: list[Answers]) -> dict[str, Any]:
    ours = emojis(tx.here, emojis_in(tx, " ".join((one.text, *(f":{a.name}:" for a in answers)))))
    pictures = {emoji["shortcode"]: emoji for emoji in ours}
    return {
        "id": str(one.id),
        "content": one.content,
        "starts_at": stamp(one.starts_at),
        "ends_at": stamp(one.ends_at),
        "all_day": one.is_all_day,
        "published_at": stamp(one.published_at),
        "updated_at": stamp(one.updated_at),
        "read": is_read,
        "mentions": [],
        "statuses": [],
        "tags": [{"name": t, "url": tx.here.tag(tag_key(t))} for t in find_tags(one.text)],
        "emojis": [emoji for emoji in ours if f":{emoji['shortcode']}:" in one.text],
        "reactions": [
            {
                "name": answer.name,
                "count": answer.count,
                "me": answer.is_mine,
                **(
                    {key: pictures[answer.name][key] for key in ("url", "static_url")}
                    if answer.name in pictures
                    else {}
                ),
            }
            for answer in answers
        ],
    }
