"""Other servers as the admin decides: shut out, let in, or left to the general rule."""

import re

from sqlalchemy import delete, select

from microfed.errors import Invalid
from microfed.ids import id_at
from microfed.store.access import DomainRule
from microfed.store.database import Tx

ACTIONS = ("block", "limit", "reject_media", "allow")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", re.ASCII)


def rule_domain(tx: Tx, *, domain: str, action: str, public_comment: str = "") -> None:
    """Set what holds for a server and everything under its name."""
    host = clean_domain(domain)
    if action not in ACTIONS:
        raise Invalid(f"one can {', '.join(ACTIONS)} a server, not {action}")
    rule = tx.session.scalar(select(DomainRule).where(DomainRule.host == host))
    if rule is None:
        rule = DomainRule(id=id_at(tx.now), host=host)
        tx.session.add(rule)
    rule.action, rule.public_comment = action, public_comment
    tx.flush()
    tx.tell("domain", host)


def forget_rule(tx: Tx, *, domain: str) -> None:
    """No rule of its own holds for a server any more."""
    host = clean_domain(domain)
    tx.connection.execute(delete(DomainRule).where(DomainRule.host == host))
    tx.tell("domain", host)


def list_rules(tx: Tx) -> list[tuple[str, str, str]]:
    """Return all rules: host, action, comment."""
    rows = tx.connection.execute(
        select(DomainRule.host, DomainRule.action, DomainRule.public_comment).order_by(
            DomainRule.host
        )
    )
    return [(row.host, row.action, row.public_comment) for row in rows]


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
