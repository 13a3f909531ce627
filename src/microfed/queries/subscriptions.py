"""What the lists say that we are subscribed to, against what holds here: drafts, worked out now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from microfed.errors import NotFound
from microfed.queries.moderation import every_domain_rule
from microfed.store.database import Tx
from microfed.store.people import Actor, Follow
from microfed.store.subscriptions import RuleList, RuleListLine
from microfed.vocab.rules import ListedRule, is_stricter


@dataclass(frozen=True, slots=True)
class DraftLine:
    """What a list would change. Without a `rule` it lets go of one that was taken from it."""

    host: str
    rule: ListedRule | None
    ours: str | None  # what holds here now
    followed: int = 0  # how many people there are followed from here

    @property
    def change(self) -> str:
        """What would be done, in a word that says when it is another one."""
        return f"{self.ours or 'none'}>{self.rule.action if self.rule else 'none'}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A list, for the desk and the command line."""

    id: int
    url: str
    read_at: datetime | None
    tried_at: datetime | None
    error: str | None
    rules: int
    unread: tuple[str, ...]
    left: int  # lines that were not wanted
    draft: tuple[DraftLine, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines would make which rule; `gone` for those that end one."""
        found: dict[str, int] = {}
        for line in self.draft:
            word = line.rule.action if line.rule else "gone"
            found[word] = found.get(word, 0) + 1
        return found


def subscriptions(tx: Tx) -> list[Subscription]:
    """Return the lists we are subscribed to, with what each would change."""
    lists = tx.session.scalars(select(RuleList).order_by(RuleList.id)).all()
    return [
        Subscription(
            id=found.id,
            url=found.url,
            read_at=found.read_at,
            tried_at=found.tried_at,
            error=found.error,
            rules=len(found.rules),
            unread=tuple(found.unread),
            left=sum(not line.is_taken for line in _lines(tx, found.id).values()),
            draft=tuple(draft_of(tx, found.id)),
        )
        for found in lists
    ]


def need_list_at(tx: Tx, url: str) -> int:
    """Return the id of the list at an address."""
    found = tx.connection.scalar(select(RuleList.id).where(RuleList.url == url))
    if found is None:
        raise NotFound("we are not subscribed to this list")
    return int(found)


def draft_of(tx: Tx, list_id: int) -> list[DraftLine]:
    """Return what a list would change, by name: never anything that makes a rule of ours weaker but
    one that was taken from it, and nothing against this place itself."""
    found = tx.session.get(RuleList, list_id)
    if found is None or found.read_at is None:
        return []
    ours = {rule.host: rule.action for rule in every_domain_rule(tx)}
    lines = _lines(tx, list_id)
    listed = {rule["host"]: ListedRule(**rule) for rule in found.rules}
    draft = []
    for host, rule in listed.items():
        line, now = lines.get(host), ours.get(host)
        if _is_us(tx, host) or (
            line is not None and not line.is_taken and line.action == rule.action
        ):
            continue
        if now is None or is_stricter(rule.action, now):
            draft.append(DraftLine(host, rule, now))
    others = _listed_elsewhere(tx, list_id)
    for host, line in lines.items():
        is_ours_now = line.is_taken and ours.get(host) == line.action
        if host not in listed and is_ours_now and host not in others:
            draft.append(DraftLine(host, None, line.action))
    followed = _followed(tx, [line.host for line in draft])
    return sorted(
        (DraftLine(d.host, d.rule, d.ours, followed.get(d.host, 0)) for d in draft),
        key=lambda line: line.host,
    )


def _lines(tx: Tx, list_id: int) -> dict[str, RuleListLine]:
    rows = tx.session.scalars(select(RuleListLine).where(RuleListLine.list_id == list_id))
    return {row.host: row for row in rows}


def _listed_elsewhere(tx: Tx, list_id: int) -> set[str]:
    rows = tx.connection.scalars(select(RuleList.rules).where(RuleList.id != list_id))
    return {rule["host"] for rules in rows for rule in rules}


def _is_us(tx: Tx, host: str) -> bool:
    names = {tx.here.host.partition(":")[0], tx.here.domain.partition(":")[0]}
    return any(name == host or name.endswith(f".{host}") for name in names)


def _followed(tx: Tx, hosts: Collection[str]) -> dict[str, int]:
    """Return how many people at each server are followed from here."""
    found: dict[str, int] = {}
    known: Sequence[str] = sorted(hosts)
    for at in range(0, len(known), 500):
        rows = tx.connection.execute(
            select(Actor.host, func.count(Follow.target_id.distinct()))
            .join(Follow, Follow.target_id == Actor.id)
            .where(Actor.host.in_(known[at : at + 500]))
            .group_by(Actor.host)
        )
        found.update((row[0], row[1]) for row in rows)
    return found
