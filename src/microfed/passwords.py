"""Passwords: hashed at a price a small machine can pay, so that a stolen database is no use."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from microfed.errors import Invalid

SHORTEST = 10
LONGEST = 256
# OWASP's second profile: 19 MiB and 41 ms. The default of the library takes 64 MiB and 205 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    """Return what is kept of a password. Raises Invalid when it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"a password has {SHORTEST} to {LONGEST} characters"
        raise Invalid(message, {"password": message})
    return _HASHER.hash(password)


def is_password(hash_: str | None, password: str) -> bool:
    """Say whether `password` is the one; takes as long when there is none to compare with."""
    try:
        return _HASHER.verify(hash_ or _nobody(), password[:LONGEST]) and hash_ is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


async def hash_password_aside(password: str) -> str:
    """Hash without keeping others waiting. Raises Invalid like `hash_password`."""
    return await asyncio.get_running_loop().run_in_executor(_two(), hash_password, password)


async def is_password_aside(hash_: str | None, password: str) -> bool:
    """Compare without keeping others waiting."""
    return await asyncio.get_running_loop().run_in_executor(_two(), is_password, hash_, password)


@lru_cache(1)
def _two() -> ThreadPoolExecutor:
    """Return the threads for this: each hash takes 19 MiB, so never more than two at a time."""
    return ThreadPoolExecutor(2, "microfed-password")


@lru_cache(1)
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")
