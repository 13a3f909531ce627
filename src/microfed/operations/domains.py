"""Other servers as the admin decides: shut out, let in, or left to the general rule."""

import re
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from microfed.errors import Conflict, Invalid
from microfed.ids import id_at
from microfed.operations.event_leaving import leave_events_of
from microfed.operations.journal import need_keeper, note_deed
from microfed.store.access import DomainRule
from microfed.store.database import Tx
from microfed.store.moderation import Deed
from microfed.store.people import HERE, Actor

ACTIONS = ("block", "limit", "reject_media", "allow", "note")
_SAID = (
    *("action", "public_comment", "private_comment"),
    *("rejects_media", "rejects_reports", "is_obfuscated"),
)
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", re.ASCII)


def rule_domain(
    tx: Tx,
    *,
    domain: str,
    action: str,
    public_comment: str | None = None,
    private_comment: str | None = None,
    rejects_media: bool | None = None,
    rejects_reports: bool | None = None,
    is_obfuscated: bool | None = None,
    by: Actor | None = None,
    seen: str = "",
) -> DomainRule:
    """Set what holds for a server and everything under its name; None leaves what was said.

    Raises Conflict when another rule holds than the one `seen` by whoever decides (`none`: none).
    """
    need_keeper(tx, by)
    host = clean_domain(domain)
    if action not in ACTIONS:
        raise Invalid(f"one can {', '.join(ACTIONS)} a server, not {action}")
    rule = tx.session.scalar(select(DomainRule).where(DomainRule.host == host))
    was = None if rule is None else _all_of(rule)
    if seen and seen != ("none" if rule is None else rule.action):
        raise Conflict("another rule was made since, perhaps by somebody else just now")
    if rule is None:
        rule = DomainRule(id=id_at(tx.now), host=host)
        tx.session.add(rule)
    rule.action = action
    for name, value in (
        ("public_comment", public_comment),
        ("private_comment", private_comment),
        ("rejects_media", rejects_media),
        ("rejects_reports", rejects_reports),
        ("is_obfuscated", is_obfuscated),
    ):
        if value is not None:
            setattr(rule, name, value)
    tx.flush()
    _silence(tx, host, is_limited=action == "limit")
    if action == "block":
        leave_events_of(tx, select(Actor.id).where(Actor.host != HERE, _theirs(host)))
    if _all_of(rule) != was:
        _note(tx, by, action, host, was)
    tx.tell("domain", host)
    return rule


def forget_rule(tx: Tx, *, domain: str, by: Actor | None = None) -> bool:
    """No rule of its own holds for a server any more. Returns whether one did."""
    need_keeper(tx, by)
    host = clean_domain(domain)
    rule = tx.session.scalar(select(DomainRule).where(DomainRule.host == host))
    if rule is not None:
        was = _all_of(rule)
        tx.session.delete(rule)
        tx.flush()
        _silence(tx, host, is_limited=False)
        _note(tx, by, "forget", host, was)
    tx.tell("domain", host)
    return rule is not None


def undo_rule(tx: Tx, *, by: Actor | None, deed: Deed) -> None:
    """Go back to the rule that held before `deed`, or to none. Raises Conflict when the rule
    changed since."""
    host = deed.target_name
    rule = tx.session.scalar(select(DomainRule).where(DomainRule.host == host))
    now = "forget" if rule is None else rule.action
    if f"domain_{now}" != deed.action:
        raise Conflict("another rule was made since")
    was = deed.details["was"]
    if was is None:
        forget_rule(tx, domain=host, by=by)
    else:
        rule_domain(tx, domain=host, by=by, **was)


def list_rules(tx: Tx) -> list[tuple[str, str, str]]:
    """Return all rules: host, action, comment."""
    rows = tx.connection.execute(
        select(DomainRule.host, DomainRule.action, DomainRule.public_comment).order_by(
            DomainRule.host
        )
    )
    return [(row.host, row.action, row.public_comment) for row in rows]


def silence_if_limited(tx: Tx, actor: Actor) -> None:
    """Somebody elsewhere is new to us: what holds for their server holds for them."""
    labels = actor.host.partition(":")[0].split(".")
    names = {actor.host, *(".".join(labels[i:]) for i in range(len(labels)))}
    limited = select(DomainRule.host).where(
        DomainRule.host.in_(names), DomainRule.action == "limit"
    )
    rule = tx.connection.scalar(limited.limit(1))
    if rule is not None and actor.silenced_at is None:
        actor.silenced_at, actor.silenced_with = tx.now, rule


def _all_of(rule: DomainRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in _SAID}


def _note(tx: Tx, by: Actor | None, action: str, host: str, was: dict[str, Any] | None) -> None:
    note_deed(
        tx,
        by=by,
        action=f"domain_{action}",
        target_kind="domain",
        target_name=host,
        details={"was": was},
        can_be_undone=True,
    )


def _silence(tx: Tx, host: str, *, is_limited: bool) -> None:
    """Whoever is on a limited server is heard by those who follow them alone."""
    if is_limited:
        change = update(Actor).where(Actor.host != HERE, _theirs(host), Actor.silenced_at.is_(None))
        values = {"silenced_at": tx.now, "silenced_with": host}
    else:
        change = update(Actor).where(Actor.silenced_with == host)
        values = {"silenced_at": None, "silenced_with": None}
    tx.connection.execute(change.values(**values, version=Actor.version + 1))
    tx.session.expire_all()
    tx.tell("elsewhere")


def _theirs(host: str) -> ColumnElement[bool]:
    return or_(Actor.host == host, Actor.host.like(f"%.{host}"))


def clean_domain(domain: str) -> str:
    """Return a server's name in the one form it is kept in; Invalid for what is none."""
    host = domain.strip().lower().removeprefix("https://").removesuffix("/").removesuffix(".")
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError as error:
        raise Invalid(f"{domain} is not a server's name") from error
    if _DOMAIN.fullmatch(host) is None:
        raise Invalid(f"{domain} is not a server's name")
    return host
