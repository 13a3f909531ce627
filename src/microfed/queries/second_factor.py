"""The device that a member signs in with, as the page that sets it up shows it."""

from dataclasses import dataclass

import pyotp
from sqlalchemy import bindparam, select

from microfed.store.access import SecondFactor
from microfed.store.database import Tx
from microfed.store.people import Actor

_CONFIRMED = select(SecondFactor.member_id).where(
    SecondFactor.member_id == bindparam("id"), SecondFactor.confirmed_at.is_not(None)
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
    return tx.connection.execute(_CONFIRMED, {"id": member_id}).first() is not None


def find_device(tx: Tx, member_id: int) -> Device | None:
    """Return a member's device, if there is one."""
    kept = tx.session.get(SecondFactor, member_id)
    if kept is None:
        return None
    if kept.confirmed_at is not None:
        return Device(True, len(kept.recovery_hashes), "", "")
    name = tx.session.get_one(Actor, member_id).username
    address = pyotp.TOTP(kept.secret).provisioning_uri(name=name, issuer_name=tx.here.domain)
    grouped = " ".join(kept.secret[at : at + 4] for at in range(0, len(kept.secret), 4))
    return Device(False, 0, grouped, address)
