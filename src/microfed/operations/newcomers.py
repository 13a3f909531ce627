"""Those who asked to move in: let in, or not; and whose addresses are not welcome at all."""

import hashlib
import ipaddress
from datetime import datetime

from sqlalchemy import delete, or_, select

from microfed.errors import Conflict, Forbidden, Invalid, NotFound
from microfed.ids import first_id_at, id_at
from microfed.operations.domains import clean_domain
from microfed.operations.farewells import leave_for_good
from microfed.operations.journal import name_of, need_keeper, note_deed
from microfed.operations.letters import write_to_member
from microfed.operations.welcome import begin_card
from microfed.queries.second_factor import signs_in_in_two_steps
from microfed.store.database import Tx
from microfed.store.moderation import AddressRule, Deed, EmailRule
from microfed.store.people import Actor, Member

SEVERITIES = ("sign_up_requires_approval", "sign_up_block", "no_access")


def approve(tx: Tx, *, by: Actor | None, target: Actor) -> None:
    """Let somebody in who asked to. Raises Conflict when it is decided already."""
    need_keeper(tx, by)
    member = _waiting(tx, target)
    member.approved_at = tx.now
    tx.flush()
    begin_card(tx, member_id=target.id)
    tx.tell("actor", target.id)
    write_to_member(tx, member_id=target.id, kind="approve", path="/sign-in")
    _note(tx, by, "approve", target)


def reject(tx: Tx, *, by: Actor | None, target: Actor) -> None:
    """Do not let somebody in: they are forgotten, and their name is free again."""
    need_keeper(tx, by)
    _waiting(tx, target)
    _note(tx, by, "reject", target)
    tx.session.expunge_all()
    tx.connection.execute(delete(Actor).where(Actor.id == target.id))
    tx.tell("actor", target.id)


def erase(tx: Tx, *, by: Actor | None, target: Actor) -> bool:
    """Delete a suspended account for good: the world is told, and it cannot be undone.

    Where several look after the place, one of them asks and another agrees: returns whether it is
    done, or only asked. Raises Conflict for asking twice, or where it is done already. Whoever
    owns the machine (None) decides alone.
    """
    need_keeper(tx, by)
    if target.suspended_at is None:
        raise Forbidden("suspend them first: only then can an account be deleted")
    # Held: of two who do it at the same moment, the second sees what the first did.
    tx.session.refresh(target, with_for_update=True)
    if target.gone_at is not None:
        raise Conflict("this account was deleted already, perhaps by somebody else just now")
    if by is not None and target.is_local and _other_keepers(tx, by, target):
        asked = erasing_asked(tx, target)
        if asked is None:
            _note(tx, by, "ask_erase", target, can_be_undone=True)
            return False
        if asked.by_id == by.id:
            raise Conflict("another admin must agree")
    _note(tx, by, "erase", target)
    if target.is_local:
        leave_for_good(tx, who=target)
    return True


def erasing_asked(tx: Tx, target: Actor) -> Deed | None:
    """Return who asked that a suspended account be deleted for good, if that still waits."""
    if target.suspended_at is None or target.gone_at is not None:
        return None
    return tx.session.scalar(
        select(Deed)
        .where(
            Deed.action == "ask_erase",
            Deed.target_id == target.id,
            Deed.undone_at.is_(None),
            Deed.undo_until > tx.now,
            # Let back in and shut out again, it is another matter.
            Deed.id >= first_id_at(target.suspended_at),
        )
        .order_by(Deed.id.desc())
        .limit(1)
    )


def _other_keepers(tx: Tx, by: Actor, target: Actor) -> bool:
    """Say whether somebody else could agree: an admin who can open the desk."""
    others = tx.connection.scalars(
        select(Member.id)
        .join(Actor, Actor.id == Member.id)
        .where(
            Member.role == "admin",
            Member.id.not_in((by.id, target.id)),
            Member.suspended_at.is_(None),
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
        )
    ).all()
    return any(signs_in_in_two_steps(tx, id_) for id_ in others)


def refuse_email(tx: Tx, *, by: Actor | None, kind: str, value: str) -> EmailRule:
    """Let nobody move in with addresses of a domain, or with one address (kept as its digest)."""
    need_keeper(tx, by)
    kept = clean_domain(value) if kind == "domain" else value
    known = tx.session.scalar(select(EmailRule).where(EmailRule.value == kept))
    if known is not None:
        return known
    rule = EmailRule(id=id_at(tx.now), kind=kind, value=kept)
    tx.session.add(rule)
    tx.flush()
    name = kept if kind == "domain" else ""
    note_deed(tx, by=by, action="refuse_email", target_kind="email", target_name=name)
    return rule


def refuse_network(
    tx: Tx,
    *,
    by: Actor | None,
    network: str,
    severity: str,
    comment: str = "",
    expires_at: datetime | None = None,
    rule: AddressRule | None = None,
) -> AddressRule:
    """Set what holds for those who come from a network: `192.0.2.7` or `2001:db8::/32`."""
    need_keeper(tx, by)
    try:
        cleaned = str(ipaddress.ip_network(network.strip(), strict=False))
    except ValueError as error:
        raise Invalid("this is not a network", {"ip": "is not an address"}) from error
    if severity not in SEVERITIES:
        raise Invalid("there is no such severity", {"severity": "is not in the list"})
    known = rule or tx.session.scalar(select(AddressRule).where(AddressRule.network == cleaned))
    if known is None:
        known = AddressRule(id=id_at(tx.now), network=cleaned)
        tx.session.add(known)
    known.network, known.severity = cleaned, severity
    known.comment, known.expires_at = comment[:1_000], expires_at
    tx.flush()
    tx.tell("addresses")
    note_deed(
        tx,
        by=by,
        action="refuse_network",
        target_kind="address",
        target_name=cleaned,
        details={"severity": severity},
    )
    return known


def drop_rule(tx: Tx, *, by: Actor | None, rule: EmailRule | AddressRule) -> None:
    """A rule about addresses holds no more."""
    need_keeper(tx, by)
    kind = "email" if isinstance(rule, EmailRule) else "address"
    name = rule.network if isinstance(rule, AddressRule) else rule.value
    note_deed(tx, by=by, action=f"drop_{kind}_rule", target_kind=kind, target_name=name)
    tx.session.delete(rule)
    tx.flush()
    tx.tell("addresses")


def check_email(tx: Tx, email: str) -> None:
    """Raise Invalid for an address that nobody may move in with; its words give nothing away."""
    email = email.strip().lower()
    labels = email.rpartition("@")[2].split(".")
    parts = [".".join(labels[i:]) for i in range(len(labels))]
    refused = select(EmailRule.id).where(
        or_(
            EmailRule.value.in_(parts) & (EmailRule.kind == "domain"),
            (EmailRule.value == digest_of_email(email)) & (EmailRule.kind == "address"),
        )
    )
    if tx.connection.scalar(refused.limit(1)) is not None:
        raise Invalid("this address cannot be used here", {"email": "cannot be used here"})


def rule_for_address(tx: Tx, address: str) -> str | None:
    """Return the strictest thing that holds for where somebody comes from, or None."""
    try:
        host = ipaddress.ip_address(address.partition("/")[0])
    except ValueError:
        return None
    rules = tx.connection.execute(
        select(AddressRule.network, AddressRule.severity).where(
            or_(AddressRule.expires_at.is_(None), AddressRule.expires_at > tx.now)
        )
    )
    found = [
        SEVERITIES.index(severity)
        for network, severity in rules
        if host in ipaddress.ip_network(network)
    ]
    return SEVERITIES[max(found)] if found else None


def digest_of_email(email: str) -> str:
    """Return the digest of an address in its one form: no dots or tags before the @."""
    name, _, domain = email.strip().lower().rpartition("@")
    plain = name.partition("+")[0].replace(".", "")
    return hashlib.sha256(f"{plain}@{domain}".encode()).hexdigest()


def _waiting(tx: Tx, target: Actor) -> Member:
    # Held until this is done: another keeper who decides meanwhile waits, and is told.
    member = tx.session.get(Member, target.id, with_for_update=True, populate_existing=True)
    if member is None and target.is_local:
        raise Conflict("they were turned away already, perhaps by somebody else just now")
    if member is None:
        raise NotFound("nobody of that name asked to move in")
    if member.approved_at is not None:
        raise Conflict("they were let in already, perhaps by somebody else just now")
    return member


def _note(
    tx: Tx, by: Actor | None, action: str, target: Actor, *, can_be_undone: bool = False
) -> None:
    note_deed(
        tx,
        by=by,
        action=action,
        target_kind="person",
        target_id=target.id,
        target_name=name_of(tx, target),
        can_be_undone=can_be_undone,
    )
