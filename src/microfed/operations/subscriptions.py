"""Subscribing to the lists of rules that others keep: read each day, applied by an admin alone.

What a list says is kept as it was read, and what an admin decided about each line. The draft is
what differs now: it is worked out whenever somebody looks (queries/subscriptions.py).
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import delete, or_, select

from microfed.errors import Conflict, Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.domain_lists import MOST_RULES, apply_rule, read_list
from microfed.operations.domains import forget_rule
from microfed.operations.jobs import add_job
from microfed.operations.journal import need_keeper, note_deed
from microfed.queries.subscriptions import draft_of
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import Actor
from microfed.store.subscriptions import RuleList, RuleListLine
from microfed.vocab.rules import ListedRule

EVERY = timedelta(days=1)
MOST_LISTS = 20
LONGEST_URL = 2_000
MOST_UNREAD = 50


def subscribe(tx: Tx, *, by: Actor | None, url: str) -> RuleList:
    """An admin wants to hear what a list says. Doing it twice is harmless."""
    need_keeper(tx, by)
    url = _clean(url)
    known = tx.session.scalar(select(RuleList).where(RuleList.url == url))
    if known is None:
        if len(tx.connection.scalars(select(RuleList.id)).all()) >= MOST_LISTS:
            raise Invalid(f"at most {MOST_LISTS} lists", {"url": "too many lists"})
        values = {"id": id_at(tx.now), "url": url, "subscribed_at": tx.now}
        if insert_once(tx, RuleList, {**values, "rules": [], "unread": []}):
            note_deed(tx, by=by, action="list_subscribe", target_kind="list", target_name=url)
        known = tx.session.scalars(select(RuleList).where(RuleList.url == url)).one()
    read_again(tx, list_id=known.id)
    return known


def unsubscribe(tx: Tx, *, by: Actor | None, list_id: int) -> None:
    """An admin wants to hear of a list no more. The rules that were taken from it stay."""
    need_keeper(tx, by)
    found = need_list(tx, list_id)
    note_deed(tx, by=by, action="list_unsubscribe", target_kind="list", target_name=found.url)
    tx.session.delete(found)
    tx.flush()


def need_list(tx: Tx, list_id: int) -> RuleList:
    """Return a list we are subscribed to."""
    found = tx.session.get(RuleList, list_id)
    if found is None:
        raise NotFound("we are not subscribed to this list")
    return found


def read_again(tx: Tx, *, list_id: int) -> None:
    """Have a list read as soon as somebody has time; asking twice is asking once."""
    add_job(tx, "read_rule_list", key=str(list_id), arguments={"list_id": list_id})


def order_lists_daily(tx: Tx) -> None:
    """Have every list read that was not tried for a day."""
    due = select(RuleList.id).where(
        or_(RuleList.tried_at.is_(None), RuleList.tried_at < tx.now - EVERY)
    )
    for list_id in tx.connection.scalars(due).all():
        read_again(tx, list_id=list_id)


def list_was_read(tx: Tx, *, list_id: int, text: str) -> None:
    """A list came: it is kept for the draft. One that cannot be read leaves the last as it was."""
    try:
        rules, unread = read_list(text)
    except Invalid as invalid:
        list_failed(tx, list_id=list_id, why=str(invalid))
        return
    found = tx.session.get(RuleList, list_id, with_for_update=True)
    if found is None:
        return
    found.rules = [asdict(rule) for rule in rules[:MOST_RULES]]
    found.unread = unread[:MOST_UNREAD]
    found.read_at = found.tried_at = tx.now
    found.error = None
    tx.flush()


def list_failed(tx: Tx, *, list_id: int, why: str) -> None:
    """A list could not be had; what it said last still counts, and the admin sees why."""
    found = tx.session.get(RuleList, list_id, with_for_update=True)
    if found is not None:
        found.tried_at, found.error = tx.now, why[:300]
        tx.flush()


def decide(
    tx: Tx, *, by: Actor | None, list_id: int, chosen: Mapping[str, str], left: Mapping[str, str]
) -> int:
    """An admin confirms: of the draft, the lines of `chosen` are applied, those of `left` not asked
    about again. Both say for each server which change the admin saw; returns how many are applied.

    Raises Conflict, and nothing is done, when a line is not as it was seen.
    """
    need_keeper(tx, by)
    tx.session.get(RuleList, list_id, with_for_update=True)
    need_list(tx, list_id)
    draft = {line.host: line for line in draft_of(tx, list_id)}
    for host, seen in (*chosen.items(), *left.items()):
        if host not in draft or draft[host].change != seen:
            raise Conflict("the draft is not as it was")
    for host in chosen:
        line = draft[host]
        if line.rule is None:
            forget_rule(tx, by=by, domain=host)
            _forget_line(tx, list_id, host)
            continue
        apply_rule(tx, by, line.rule)
        _note(tx, list_id, line.rule, is_taken=True)
    for host in left:
        rule = draft[host].rule
        if rule is None:  # the list lets go of it, and we do not: it is ours from now on
            _forget_line(tx, list_id, host)
        else:
            _note(tx, list_id, rule, is_taken=False)
    tx.flush()
    return len(chosen)


def ask_again(tx: Tx, *, by: Actor | None, list_id: int) -> None:
    """An admin wants to see the lines again that were not wanted."""
    need_keeper(tx, by)
    need_list(tx, list_id)
    tx.connection.execute(
        delete(RuleListLine).where(RuleListLine.list_id == list_id, ~RuleListLine.is_taken)
    )


def _note(tx: Tx, list_id: int, rule: ListedRule, *, is_taken: bool) -> None:
    tx.session.merge(
        RuleListLine(list_id=list_id, host=rule.host, action=rule.action, is_taken=is_taken)
    )


def _forget_line(tx: Tx, list_id: int, host: str) -> None:
    tx.connection.execute(
        delete(RuleListLine).where(RuleListLine.list_id == list_id, RuleListLine.host == host)
    )


def _clean(url: str) -> str:
    url = url.strip()
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("https", "http") or len(url) > LONGEST_URL:
        raise Invalid("this is not the address of a list", {"url": "is not an address"})
    return parts._replace(fragment="").geturl()
