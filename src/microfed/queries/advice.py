"""What allies think of other servers: read beside our own rules, never a rule by itself."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from microfed.outbound.allies import allies
from microfed.store.access import DomainRule, Setting
from microfed.store.database import Tx

SHARED = ("block", "limit", "reject_media")  # what one place may tell another
SWITCH = "shares_advice"
_STRICTNESS = {"reject_media": 1, "limit": 2, "block": 3}


@dataclass(frozen=True, slots=True)
class Advice:
    """What one ally does about a server, and why."""

    ally: str  # the host of the ally
    host: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What allies do about a server that we do not do; `action` is the strictest of it."""

    host: str
    action: str
    reason: str
    by: tuple[Advice, ...]


def kept_under(host: str) -> str:
    """Return the name under which the advice of an ally is kept."""
    return f"advice of {host}"


def shares_advice(tx: Tx) -> bool:
    """Say whether the admin lets allies see our rules; they do not unless they say so."""
    return bool(tx.connection.scalar(select(Setting.value).where(Setting.name == SWITCH)))


def our_advice(tx: Tx) -> list[dict[str, str]]:
    """Return what we tell allies: our rules that keep a server out, with what anyone may read of
    why. Those that the public list hides stay ours."""
    rows = tx.connection.execute(
        select(DomainRule.host, DomainRule.action, DomainRule.public_comment)
        .where(DomainRule.action.in_(SHARED), ~DomainRule.is_obfuscated)
        .order_by(DomainRule.host)
    )
    return [
        {"type": "Object", "name": row.host, "action": row.action, "summary": row.public_comment}
        for row in rows
    ]


def advice_of_allies(tx: Tx) -> dict[str, list[Advice]]:
    """Return what present allies advise, by server."""
    names = {kept_under(ally.host): ally.host for ally in allies(tx)}
    found: dict[str, list[Advice]] = defaultdict(list)
    if not names:
        return found
    rows = tx.connection.execute(
        select(Setting.name, Setting.value).where(Setting.name.in_(names)).order_by(Setting.name)
    )
    for name, kept in rows:
        for one in kept:
            found[one["host"]].append(
                Advice(names[name], one["host"], one["action"], one["reason"])
            )
    return found


def suggestions(tx: Tx) -> Sequence[Suggestion]:
    """Return what allies do about servers more strictly than we do, by name of the server."""
    advised = advice_of_allies(tx)
    ours = {
        row.host: _STRICTNESS.get(row.action, 4 if row.action == "allow" else 0)
        for row in tx.connection.execute(select(DomainRule.host, DomainRule.action))
    }
    found = []
    for host in sorted(advised):
        by = sorted(advised[host], key=lambda one: -_STRICTNESS[one.action])
        if _STRICTNESS[by[0].action] > ours.get(host, 0):
            reason = next((one.reason for one in by if one.reason), "")
            found.append(Suggestion(host, by[0].action, reason, tuple(by)))
    return found
