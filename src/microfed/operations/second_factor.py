"""The second factor: a device that shows a new code every half minute, and codes for its loss."""

import secrets

import pyotp
from sqlalchemy import delete, update

from microfed.errors import Conflict, Invalid
from microfed.operations.tokens import hash_of
from microfed.queries.second_factor import signs_in_in_two_steps
from microfed.store.access import SecondFactor
from microfed.store.database import Tx
from microfed.store.passkeys import Passkey

STEP_SECONDS = 30
RECOVERY_CODES = 10
# Without letters and digits that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def start_second_factor(tx: Tx, *, member_id: int, username: str) -> str:
    """A member begins to set up a device; returns the address its app reads (otpauth://…).

    Nothing is asked for at sign-in until `confirm_second_factor`. Raises Conflict when one is set.
    """
    kept = tx.session.get(SecondFactor, member_id)
    if kept is not None and kept.confirmed_at is not None:
        raise Conflict("two-step sign-in is on already")
    secret = pyotp.random_base32()
    if kept is None:
        tx.session.add(
            SecondFactor(member_id=member_id, secret=secret, last_step=0, recovery_hashes=[])
        )
    else:
        kept.secret = secret
    tx.flush()
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=tx.here.domain)


def confirm_second_factor(tx: Tx, *, member_id: int, code: str) -> list[str]:
    """The device showed `code`: from now on it is asked for. Returns the recovery codes, once.

    Raises Invalid for a wrong code.
    """
    kept = tx.session.get(SecondFactor, member_id)
    if kept is None or kept.confirmed_at is not None or not kept.secret:
        raise Conflict("there is no device to confirm")
    step = _step_of(tx, kept.secret, code)
    if step is None:
        raise Invalid("this is not the code that the device shows", {"code": "wrong code"})
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    kept.confirmed_at = tx.now
    kept.last_step = step
    kept.recovery_hashes = [hash_of(one) for one in codes]
    tx.flush()
    return codes


def drop_second_factor(tx: Tx, *, member_id: int) -> None:
    """A member is asked for no code from a device any more; passkeys, if any, go on being asked
    for, and so do the codes on paper. Doing it twice is harmless."""
    kept = tx.session.get(SecondFactor, member_id)
    if kept is not None:
        kept.secret, kept.confirmed_at = "", None
        tx.flush()
        forget_unused_codes(tx, member_id=member_id)


def drop_all_second_steps(tx: Tx, *, member_id: int) -> None:
    """A member lost device and passkeys: they sign in with the password alone."""
    tx.connection.execute(delete(Passkey).where(Passkey.member_id == member_id))
    drop_second_factor(tx, member_id=member_id)


def codes_for_passkeys(tx: Tx, *, member_id: int) -> list[str]:
    """A member has a passkey: returns recovery codes, once, when they had none."""
    kept = tx.session.get(SecondFactor, member_id)
    if kept is not None and kept.recovery_hashes:
        return []
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    if kept is None:
        kept = SecondFactor(member_id=member_id, secret="", last_step=0, recovery_hashes=[])
        tx.session.add(kept)
    kept.recovery_hashes = [hash_of(one) for one in codes]
    tx.flush()
    return codes


def forget_unused_codes(tx: Tx, *, member_id: int) -> None:
    """The codes on paper go with the last device or passkey they stand in for."""
    kept = tx.session.get(SecondFactor, member_id)
    if kept is None or signs_in_in_two_steps(tx, member_id):
        return
    if kept.secret:  # half set up
        kept.recovery_hashes = []
    else:
        tx.session.delete(kept)
    tx.flush()


def is_second_step(tx: Tx, *, member_id: int, code: str) -> bool:
    """Say whether `code` is good, and use it up: each code opens once, from device or paper."""
    kept = tx.session.get(SecondFactor, member_id)
    if kept is None:
        return False
    code = "".join(code.split()).lower()
    step = None if kept.confirmed_at is None else _step_of(tx, kept.secret, code)
    if step is not None:
        used = tx.connection.execute(
            update(SecondFactor)
            .where(SecondFactor.member_id == member_id, SecondFactor.last_step < step)
            .values(last_step=step)
        )
        return used.rowcount == 1
    hash_ = hash_of(code)
    if hash_ not in kept.recovery_hashes:
        return False
    kept.recovery_hashes = [one for one in kept.recovery_hashes if one != hash_]
    tx.flush()
    return True


def _step_of(tx: Tx, secret: str, code: str) -> int | None:
    """Return the half minute `code` is for: this one, or one beside it for clocks that differ."""
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return None
    now = int(tx.now.timestamp()) // STEP_SECONDS
    for step in (now, now - 1, now + 1):
        if secrets.compare_digest(pyotp.HOTP(secret).at(step), code):
            return step
    return None


def _recovery_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))
