"""Polls as apps read them: the same counts for all, and what I chose for me."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from microfed.errors import NotFound
from microfed.here import Here
from microfed.mastodon.present_accounts import emojis
from microfed.queries.consultations import took_part
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
    is_vote: bool = False  # the place decides: its author votes too, and nobody sees a ballot


def poll_facts(here: Here, parts: Parts) -> PollFacts | None:
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
            "emojis": emojis(here, parts.post.emojis),
        },
        ends,
        poll.hides_totals,
        parts.post.actor_id,
        bool((parts.post.extras or {}).get("vote")),
    )


def poll_value(
    facts: PollFacts,
    now: datetime,
    viewer: Viewer | None,
    chosen: Sequence[int],
    *,
    took_part: bool = False,
) -> dict[str, Any]:
    """Return a poll for `viewer`, who chose the answers at `chosen`; or `took_part` in a vote of
    the place, where what they chose is told to nobody, not even to them."""
    has_ended = facts.ends_at is not None and facts.ends_at <= now
    value = facts.value | {"expired": has_ended}
    if facts.hides_totals and not has_ended:
        value["options"] = [
            {"title": option["title"], "votes_count": None} for option in value["options"]
        ]
    if viewer is not None:
        # Apps offer no vote to whoever has `voted`; the author must not be offered one.
        is_author = viewer.actor_id == facts.author_id and not facts.is_vote
        value["voted"] = bool(chosen) or is_author or took_part
        value["own_votes"] = list(chosen)
    return value


def polls_bytes(tx: Tx, facts: Mapping[int, PollFacts], viewer: Viewer | None) -> dict[int, bytes]:
    """Return polls as JSON, by their posts."""
    chosen = {} if viewer is None else my_votes(tx, viewer.actor_id, list(facts))
    took = _took_part(tx, facts, viewer)
    return {
        id_: orjson.dumps(
            poll_value(one, tx.now, viewer, chosen.get(id_, []), took_part=id_ in took)
        )
        for id_, one in facts.items()
    }


def poll(tx: Tx, viewer: Viewer | None, id_: int) -> dict[str, Any]:
    """Return the poll of a post that the viewer may see, as the caller has made sure."""
    parts = parts_of(tx, [id_]).get(id_)
    facts = None if parts is None else poll_facts(tx.here, parts)
    if facts is None:
        raise NotFound("there is no such poll")
    chosen = [] if viewer is None else my_votes(tx, viewer.actor_id, [id_])[id_]
    took = _took_part(tx, {id_: facts}, viewer)
    return poll_value(facts, tx.now, viewer, chosen, took_part=id_ in took)


def _took_part(tx: Tx, facts: Mapping[int, PollFacts], viewer: Viewer | None) -> set[int]:
    votes = [id_ for id_, one in facts.items() if one.is_vote]
    return set() if viewer is None else took_part(tx, viewer.actor_id, votes)
