"""The device that a member signs in with, as the page that sets it up shows it."""

from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import bindparam, exists, or_, select

from microfed.ids import moment_of
from microfed.store.access import SecondFactor, Session
from microfed.store.database import Tx
from microfed.store.passkeys import Passkey
from microfed.store.people import Actor

_STEPS = select(
    or_(
        exists(
            select(SecondFactor.member_id).where(
                SecondFactor.member_id == bindparam("id"), SecondFactor.confirmed_at.is_not(None)
            )
        ),
        exists(select(Passkey.id).where(Passkey.member_id == bindparam("id"))),
    )
)


@dataclass(frozen=True, slots=True)
class Device:
    """A device set up, or being set up: then its secret is still shown."""

    is_confirmed: bool
    codes_left: int
    secret: str  # in groups of four, to type; empty once it is confirmed
    address: str  # otpauth://…, to read


def signs_in_in_two_steps(tx: Tx, member_id: int) -> bool:
    """Say whether a password alone does not let this member in."""
    return bool(tx.connection.scalar(_STEPS, {"id": member_id}))


def find_device(tx: Tx, member_id: int) -> Device | None:
    """Return a member's device, if there is one."""
    kept = tx.session.get(SecondFactor, member_id)
    if kept is None or not (kept.secret or kept.confirmed_at):
        return None
    if kept.confirmed_at is not None:
        return Device(True, len(kept.recovery_hashes), "", "")
    name = tx.session.get_one(Actor, member_id).username
    address = pyotp.TOTP(kept.secret).provisioning_uri(name=name, issuer_name=tx.here.domain)
    grouped = " ".join(kept.secret[at : at + 4] for at in range(0, len(kept.secret), 4))
    return Device(False, 0, grouped, address)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A passkey, for the list of its owner."""

    id: int
    name: str
    since: datetime
    used_at: datetime | None


def list_passkeys(tx: Tx, member_id: int) -> list[KeyLine]:
    """Return a member's passkeys, the newest first."""
    rows = tx.connection.execute(
        select(Passkey.id, Passkey.name, Passkey.used_at)
        .where(Passkey.member_id == member_id)
        .order_by(Passkey.id.desc())
    )
    return [KeyLine(row.id, row.name, moment_of(row.id), row.used_at) for row in rows]


def codes_left(tx: Tx, member_id: int) -> int:
    """Return how many codes on paper still open."""
    kept = tx.session.get(SecondFactor, member_id)
    return 0 if kept is None else len(kept.recovery_hashes)


def awaited_steps(tx: Tx, token_hash: str) -> tuple[bool, bool]:
    """Return whether the one whose second step is awaited has a device, and has a passkey."""
    row = tx.connection.execute(
        select(
            SecondFactor.confirmed_at,
            exists(select(Passkey.id).where(Passkey.member_id == Session.member_id)).label("keys"),
        )
        .select_from(Session)
        .outerjoin(SecondFactor, SecondFactor.member_id == Session.member_id)
        .where(Session.token_hash == token_hash, Session.begun_at.is_(None))
    ).first()
    return (True, False) if row is None else (row.confirmed_at is not None, bool(row.keys))
