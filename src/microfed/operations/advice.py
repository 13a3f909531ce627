"""Advice between allies: a place may let its allies see whom it shuts out, and why.

What they say is shown to the admin and does nothing by itself (neighbourhood.md 7).
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from microfed.errors import Invalid, NotFound
from microfed.operations.domains import clean_domain
from microfed.operations.jobs import add_job
from microfed.operations.journal import need_keeper, note_deed
from microfed.operations.place import keep_setting
from microfed.outbound.allies import ally_at, ally_of
from microfed.queries.advice import SHARED, SWITCH, kept_under, our_advice, shares_advice
from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.text import clean_text

MOST_RULES, LONGEST_REASON = 1_000, 300
ASKED_AGAIN_AFTER = timedelta(days=1)


def choose_sharing(tx: Tx, *, by: Actor | None, is_shared: bool) -> None:
    """An admin lets allies see our rules for servers, or no longer."""
    need_keeper(tx, by)
    if is_shared == shares_advice(tx):
        return
    keep_setting(tx, SWITCH, is_shared or None)
    action = "advice_share" if is_shared else "advice_keep"
    note_deed(tx, by=by, action=action, target_kind="place")


def advice_for(tx: Tx, viewer_id: int) -> list[dict[str, str]]:
    """Return what somebody of an allied place is told; for all others there is nothing."""
    asker = tx.session.get(Actor, viewer_id)
    if asker is None or asker.is_local or ally_of(tx, asker) is None or not shares_advice(tx):
        raise NotFound("there is no such thing")
    return our_advice(tx)


def ask_for_advice(tx: Tx, host: str, *, later: bool = False) -> None:
    """Have an ally asked what it advises: at once, or a day after the last time."""
    due_at = tx.now + ASKED_AGAIN_AFTER if later else tx.now
    # By its day: the job that asks for the next is still there itself.
    key = f"{host} {due_at:%Y-%m-%d}" if later else host
    add_job(tx, "ask_advice", key=key, arguments={"host": host}, due_at=due_at)


def advice_came(tx: Tx, *, host: str, items: Iterable[Mapping[str, Any]]) -> int:
    """Keep what an ally advises instead of what it advised before; returns how much it is.

    Anything in it that makes no sense is left out: it is only ever shown.
    """
    if ally_at(tx, host) is None:
        forget_advice(tx, host)
        return 0
    kept: dict[str, dict[str, str]] = {}
    for item in items:
        if len(kept) >= MOST_RULES:
            break
        name, action, reason = (item.get(key) for key in ("name", "action", "summary"))
        if not isinstance(name, str) or action not in SHARED:
            continue
        try:
            domain = clean_domain(name[:300])
        except Invalid:
            continue
        if domain != tx.here.host and domain != host:
            words = clean_text(reason).strip() if isinstance(reason, str) else ""
            kept[domain] = {
                "host": domain,
                "action": str(action),
                "reason": words[:LONGEST_REASON],
            }
    keep_setting(tx, kept_under(host), list(kept.values()) or None)
    return len(kept)


def forget_advice(tx: Tx, host: str) -> None:
    """An ally is none any more, or says nothing more: what it advised is let go."""
    tx.connection.execute(delete(Setting).where(Setting.name == kept_under(host)))
    tx.session.expire_all()
