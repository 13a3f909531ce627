"""What those who look after the place see in their apps: people, reports, rules."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from microfed.ids import moment_of
from microfed.mastodon.answers import stamp
from microfed.mastodon.present_accounts import ROLES, accounts
from microfed.mastodon.present_instance import rules_of_the_place
from microfed.mastodon.present_statuses import statuses
from microfed.queries.moderation import PersonRecord, people_by_id
from microfed.queries.place import words_of_the_place
from microfed.queries.visibility import Viewer
from microfed.store.access import DomainRule
from microfed.store.database import Tx
from microfed.store.moderation import AddressRule, EmailRule, Report

_SEVERITIES = {"block": "suspend", "limit": "silence"}


def admin_accounts(tx: Tx, people: Sequence[PersonRecord]) -> list[dict[str, Any]]:
    """Return Admin::Account of each; addresses people come from are not kept, so none is told."""
    ids = [one.actor.id for one in people]
    shown = dict(zip(ids, accounts(tx, ids), strict=True))
    return [_account(one, shown[one.actor.id]) for one in people]


def admin_account(tx: Tx, id_: int) -> dict[str, Any]:
    """Return one Admin::Account."""
    return admin_accounts(tx, [people_by_id(tx, [id_])[id_]])[0]


def reports(tx: Tx, viewer: Viewer, found: Sequence[Report]) -> list[dict[str, Any]]:
    """Return Admin::Report of each: a handful of queries, however many."""
    ids = {id_ for report in found for id_ in _people_in(report)}
    records = people_by_id(tx, ids)
    everyone = dict(zip(records, admin_accounts(tx, list(records.values())), strict=True))
    rules = {rule["id"]: rule for rule in rules_of_the_place(words_of_the_place(tx))}
    return [
        {
            "id": str(report.id),
            "action_taken": report.handled_at is not None,
            "action_taken_at": stamp(report.handled_at),
            "category": report.category,
            "comment": report.comment,
            "forwarded": report.is_forwarded,
            "created_at": stamp(moment_of(report.id)),
            "updated_at": stamp(report.handled_at or moment_of(report.id)),
            "account": everyone[report.reporter_id],
            "target_account": everyone[report.target_id],
            "assigned_account": everyone.get(report.assigned_id or 0),
            "action_taken_by_account": everyone.get(report.handled_by_id or 0),
            "statuses": [orjson.Fragment(one) for one in statuses(tx, viewer, report.post_ids)],
            "rules": [rules[str(id_)] for id_ in report.rule_ids if str(id_) in rules],
        }
        for report in found
    ]


def domain_block(rule: DomainRule) -> dict[str, Any]:
    """Return Admin::DomainBlock."""
    return {
        "id": str(rule.id),
        "domain": rule.host,
        "digest": hashlib.sha256(rule.host.encode()).hexdigest(),
        "created_at": stamp(moment_of(rule.id)),
        "severity": _SEVERITIES.get(rule.action, "noop"),
        "reject_media": rule.rejects_media or rule.action in ("block", "reject_media"),
        "reject_reports": rule.rejects_reports,
        "private_comment": rule.private_comment,
        "public_comment": rule.public_comment,
        "obfuscate": rule.is_obfuscated,
    }


def domain_allow(rule: DomainRule) -> dict[str, Any]:
    """Return Admin::DomainAllow."""
    return {
        "id": str(rule.id),
        "domain": rule.host,
        "created_at": stamp(moment_of(rule.id)),
    }


def email_domain_block(rule: EmailRule) -> dict[str, Any]:
    """Return Admin::EmailDomainBlock; who tried is not kept."""
    return {
        "id": str(rule.id),
        "domain": rule.value,
        "created_at": stamp(moment_of(rule.id)),
        "history": [],
    }


def canonical_email_block(rule: EmailRule) -> dict[str, Any]:
    """Return Admin::CanonicalEmailBlock."""
    return {"id": str(rule.id), "canonical_email_hash": rule.value}


def ip_block(rule: AddressRule) -> dict[str, Any]:
    """Return Admin::IpBlock."""
    return {
        "id": str(rule.id),
        "ip": rule.network,
        "severity": rule.severity,
        "comment": rule.comment,
        "created_at": stamp(moment_of(rule.id)),
        "expires_at": stamp(rule.expires_at),
    }


def _people_in(report: Report) -> Iterable[int]:
    everyone = (report.reporter_id, report.target_id, report.assigned_id, report.handled_by_id)
    return (id_ for id_ in everyone if id_ is not None)


def _account(one: PersonRecord, shown: bytes) -> dict[str, Any]:
    actor, member = one.actor, one.member
    role = ROLES.get(member.role if member is not None else "member", ROLES["member"])
    is_staff = member is not None and member.role != "member"
    preferences = {} if member is None else member.preferences or {}
    return {
        "id": str(actor.id),
        "username": actor.username,
        "domain": actor.host or None,
        "created_at": stamp(moment_of(actor.id)),
        "email": "" if member is None else member.email or "",
        "ip": None,
        "ips": [],
        "locale": None if member is None else member.language,
        "invite_request": preferences.get("reason") or None,
        "role": {**role, "color": "", "highlighted": is_staff},
        "confirmed": member is not None and member.confirmed_at is not None,
        "approved": member is not None and member.approved_at is not None,
        "disabled": member is not None and member.suspended_at is not None,
        "sensitized": actor.sensitized_at is not None,
        "silenced": actor.silenced_at is not None,
        "suspended": actor.suspended_at is not None,
        "account": orjson.Fragment(shown),
        **(
            {}
            if "sponsor" not in preferences
            else {"invited_by_account_id": str(preferences["sponsor"])}
        ),
    }
