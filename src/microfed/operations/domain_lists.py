"""Lists of rules about servers, as Mastodon (CSV) and GoToSocial (JSON) write and read them.

Importing never weakens: a server that is blocked here stays blocked whatever a list says.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from microfed.errors import Invalid
from microfed.operations.domains import clean_domain, rule_domain
from microfed.queries.moderation import every_domain_rule
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.rules import ListedRule, is_stricter

MOST_RULES = 20_000
_SEVERITIES = {"suspend": "block", "silence": "limit", "noop": "note", "allow": "allow"}
_OURS = {"block": "suspend", "limit": "silence", "note": "noop", "reject_media": "noop"}
_COLUMNS = (
    "#domain",
    "#severity",
    "#reject_media",
    "#reject_reports",
    "#public_comment",
    "#obfuscate",
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list: how many rules are new, stricter, or left as they were."""

    new: int = 0
    stricter: int = 0
    kept: int = 0
    unread: Sequence[str] = ()


def read_list(text: str) -> tuple[list[ListedRule], list[str]]:
    """Return the rules in a list, and the lines nobody could read, each with its number.

    Takes Mastodon's CSV with or without a head, GoToSocial's JSON, and bare names one a line.
    Invalid when it is none of these.
    """
    bare = text.lstrip("\ufeff \n\r\t")
    if not bare:
        raise Invalid("this list is empty", {"list": "is empty"})
    if bare[0] in "[{":
        return _read_json(bare)
    return _read_csv(bare)


def write_csv(tx: Tx) -> str:
    """Return our rules as Mastodon exports them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for rule in every_domain_rule(tx):
        if rule.action in _OURS:
            writer.writerow(
                (
                    rule.host,
                    _OURS[rule.action],
                    _word(rule.rejects_media or rule.action == "reject_media"),
                    _word(rule.rejects_reports),
                    rule.public_comment,
                    _word(rule.is_obfuscated),
                )
            )
    return out.getvalue()


def write_json(tx: Tx) -> bytes:
    """Return our rules as GoToSocial exports them: blocks, and limits as it knows none."""
    found = [
        {"domain": rule.host, "public_comment": rule.public_comment}
        for rule in every_domain_rule(tx)
        if rule.action == "block"
    ]
    return orjson.dumps(found, option=orjson.OPT_INDENT_2)


def import_list(tx: Tx, *, by: Actor | None, rules: Sequence[ListedRule]) -> Imported:
    """Take rules over. One that we have stays, unless the list is stricter."""
    known = {rule.host: rule.action for rule in every_domain_rule(tx)}
    new = stricter = kept = 0
    for rule in rules:
        ours = known.get(rule.host)
        if ours is not None and not is_stricter(rule.action, ours):
            kept += 1
            continue
        apply_rule(tx, by, rule)
        known[rule.host] = rule.action
        new, stricter = (new + 1, stricter) if ours is None else (new, stricter + 1)
    return Imported(new, stricter, kept)


def apply_rule(tx: Tx, by: Actor | None, rule: ListedRule) -> None:
    """A line of a list becomes a rule of ours."""
    rule_domain(
        tx,
        by=by,
        domain=rule.host,
        action=rule.action,
        public_comment=rule.public_comment or None,
        rejects_media=rule.rejects_media,
        rejects_reports=rule.rejects_reports,
        is_obfuscated=rule.is_obfuscated,
    )


def _read_csv(text: str) -> tuple[list[ListedRule], list[str]]:
    reader = csv.reader(io.StringIO(text))
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise Invalid("this list cannot be read", {"list": "is no CSV"}) from error
    names = [name.strip().lstrip("#").lower() for name in rows[0][1]] if rows else []
    has_head = "domain" in names
    found: list[ListedRule] = []
    unread: list[str] = []
    for line, row in rows[1:] if has_head else rows:
        if not row or not row[0].strip():
            continue
        given = dict(zip(names, row, strict=False)) if has_head else {"domain": row[0]}
        if not has_head and len(row) > 1:
            given["severity"] = row[1]
        _take(line, given, found, unread)
    return found, unread


def _read_json(text: str) -> tuple[list[ListedRule], list[str]]:
    try:
        value: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Invalid("this list cannot be read", {"list": "is no JSON"}) from error
    entries = value if isinstance(value, list) else [value]
    found: list[ListedRule] = []
    unread: list[str] = []
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, str):
            _take(number, {"domain": entry}, found, unread)
        elif isinstance(entry, dict):
            _take(number, {key: str(item) for key, item in entry.items()}, found, unread)
        else:
            unread.append(f"{number}: {str(entry)[:100]}")
    return found, unread


def _take(line: int, given: dict[str, str], found: list[ListedRule], unread: list[str]) -> None:
    if len(found) >= MOST_RULES:
        raise Invalid(f"at most {MOST_RULES} rules at once", {"list": "is too long"})
    severity = (given.get("severity") or "suspend").strip().lower()
    domain = (given.get("domain") or "").strip().removeprefix("*.")
    try:
        host = clean_domain(domain)
    except Invalid:
        unread.append(f"{line}: {domain[:100]}")
        return
    if severity not in _SEVERITIES:
        unread.append(f"{line}: {domain[:100]} ({severity[:20]})")
        return
    found.append(
        ListedRule(
            host,
            _SEVERITIES[severity],
            _truth(given.get("reject_media")),
            _truth(given.get("reject_reports")),
            (given.get("public_comment") or given.get("comment") or "")[:1_000],
            _truth(given.get("obfuscate")),
        )
    )


def _truth(text: str | None) -> bool:
    return (text or "").strip().lower() in ("true", "1", "t", "yes")


def _word(value: bool) -> str:
    return "true" if value else "false"
