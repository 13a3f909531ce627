"""What a signed request claims: whose key, when, over what. Checked here without the key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from microfed import keys
from microfed.errors import Unauthorized
from microfed.remote.signatures.signer import Scheme

# Mastodon's window, which all others fit into. A narrower one would protect from nothing:
# each activity is applied once, however often it arrives.
SKEW = timedelta(hours=1)
LIFETIME = timedelta(minutes=5)
LONGEST_LIFETIME = timedelta(hours=12)
# Who names an end means it; only clocks that differ a little are forgiven.
EXPIRY_SKEW = timedelta(seconds=30)

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
# Only IMF-fixdate: parsedate_to_datetime takes the year 0001 for 2001, and much else.
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) (" + _MONTHS.replace(" ", "|") + r") ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS.split(), start=1)}
_KINDS: dict[str | None, type] = {
    "rsa-sha256": rsa.RSAPublicKey,
    "rsa-v1_5-sha256": rsa.RSAPublicKey,
    "ed25519": ed25519.Ed25519PublicKey,
}
_LONGEST_KEY_ID = 2_048
_LATEST = 253_402_300_799  # the last second of the year 9999


@dataclass(frozen=True, slots=True)
class Claim:
    """A signature that is well formed, recent, and covers enough; it remains to try the key.

    `bases` are the texts that may have been signed, the likeliest first.
    """

    key_id: str
    scheme: Scheme
    algorithm: str | None
    created_at: datetime
    expires_at: datetime
    signature: bytes
    bases: tuple[bytes, ...]
    covered: frozenset[str]

    def verify(self, public_key: keys.PublicKey) -> bool:
        """Say whether `public_key` made this signature."""
        # What a sender calls its algorithm can only exclude keys, never choose how one is used.
        if not isinstance(public_key, _KINDS.get(self.algorithm, keys.PublicKey)):
            return False
        return any(keys.is_signed_by(public_key, self.signature, base) for base in self.bases)


def read_date(text: str) -> datetime:
    """Read an HTTP date, in the one form that is still allowed."""
    match = _DATE.fullmatch(text.strip(" "))
    if match is None:
        raise Unauthorized("the Date header must look like Mon, 23 Nov 2026 10:08:46 GMT")
    day, month, year, hour, minute, second = match.groups()
    try:
        return datetime(
            *(int(year), _MONTH_NUMBERS[month], int(day)),
            *(int(hour), int(minute), int(second)),
            tzinfo=UTC,
        )
    except ValueError as error:
        raise Unauthorized("the Date header names a moment that does not exist") from error


def read_seconds(text: str, name: str) -> datetime:
    """Read `created` or `expires`: whole seconds since 1970."""
    if not re.fullmatch(r"[0-9]{1,12}", text) or int(text) > _LATEST:
        raise Unauthorized(f"{name} must be a whole number of seconds")
    return datetime.fromtimestamp(int(text), UTC)


def check_time(created: datetime, expires: datetime | None, now: datetime) -> datetime:
    """Return until when the signature holds, or raise Unauthorized when `now` is outside."""
    if created > now + SKEW:
        raise Unauthorized(f"signed in the future, at {created:%H:%M:%S} UTC: check the clock")
    if expires is None:
        end = created + LIFETIME + SKEW
    else:
        if expires < created:
            raise Unauthorized("the signature expires before it begins")
        end = min(expires + EXPIRY_SKEW, created + LONGEST_LIFETIME)
    if now > end:
        raise Unauthorized(f"the signature of {created:%Y-%m-%d %H:%M:%S} UTC has expired")
    return end


def check_host(headers: Mapping[str, str], hosts: frozenset[str]) -> None:
    """Raise Unauthorized when the request was signed for another server."""
    host = headers.get("host", "").lower()
    if host not in hosts and host.removesuffix(":443") not in hosts:
        raise Unauthorized("the Host header does not name this server")


def check_key_id(key_id: str) -> None:
    """Raise Unauthorized unless the key can be fetched. `acct:` was Mastodon's form before 2018."""
    if not key_id.startswith(("https://", "http://")) or len(key_id) > _LONGEST_KEY_ID:
        raise Unauthorized("keyId must be the address of a public key")
