"""Polls as apps read them: the same counts for all, and what I chose for me."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from microfed.errors import NotFound
from microfed.queries.status_parts import Parts, my_votes, parts_of
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx


@dataclass(frozen=True, slots=True)
class PollFacts:
    """What everyone may know of a poll."""

    value: dict[str, Any]
    ends_at: datetime | None
    hides_totals: bool
    author_id: int


def poll_facts(parts: Parts) -> PollFacts | None:
    """Return the facts of a post's poll, if it has one."""
    poll = parts.poll
    if poll is None:
        return None
    ends = poll.ends_at
    return PollFacts(
        {
            "id": str(poll.id),
            "expires_at": None
            if ends is None
            else ends.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ends.microsecond // 1000:03d}Z",
            "expired": False,
            "multiple": poll.is_multiple,
            "votes_count": sum(count for _, count in parts.options),
            "voters_count": poll.voters_count,
            "options": [{"title": title, "votes_count": count} for title, count in parts.options],
            "emojis": [],
        },
        ends,
        poll.hides_totals,
        parts.post.actor_id,
    )


def poll_value(
    facts: PollFacts, now: datetime, viewer: Viewer | None, chosen: Sequence[int]
) -> dict[str, Any]:
    """Return a poll for `viewer`, who chose the answers at `chosen`."""
    has_ended = facts.ends_at is not None and facts.ends_at <= now
    value = facts.value | {"expired": has_ended}
    if facts.hides_totals and not has_ended:
        value["options"] = [
            {"title": option["title"], "votes_count": None} for option in value["options"]
        ]
    if viewer is not None:
        # Apps offer no vote to whoever has `voted`; the author must not be offered one.
        value["voted"] = bool(chosen) or viewer.actor_id == facts.author_id
        value["own_votes"] = list(chosen)
    return value


def poll_bytes(
    facts: PollFacts | None, now: datetime, viewer: Viewer | None, chosen: Sequence[int]
) -> bytes:
    """Return a poll as JSON."""
    return b"null" if facts is None else orjson.dumps(poll_value(facts, now, viewer, chosen))


def poll(tx: Tx, viewer: Viewer | None, id_: int) -> dict[str, Any]:
    """Return the poll of a post that the viewer may see, as the caller has made sure."""
    parts = parts_of(tx, [id_]).get(id_)
    facts = None if parts is None else poll_facts(parts)
    if facts is None:
        raise NotFound("there is no such poll")
    chosen = [] if viewer is None else my_votes(tx, viewer.actor_id, [id_])[id_]
    return poll_value(facts, tx.now, viewer, chosen)
