"""Web Push: a few bytes for one app, sealed so that only that app can read them (RFC 8030, 8291).

Two encryptions: the standard one, and the draft that came before it, which apps behind relays of
their own still decode (interop.md §5.8).
"""

import base64
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from microfed.errors import Invalid

KEPT_FOR = timedelta(days=2)  # by the push service, for a telephone that is off
VAPID_LASTS = timedelta(hours=12)
_RECORD = 4_096
_POINT = 65
_SECRET = 16


@dataclass(frozen=True, slots=True)
class Recipient:
    """An app's address for pushes, with the keys its messages are sealed for (base64url)."""

    endpoint: str
    p256dh: str
    auth: str
    is_standard: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """Who we are to push services (RFC 8292): our key pair, base64url, and where to complain."""

    public: str
    private: str
    contact: str


def sealed(
    recipient: Recipient, sender: Sender, message: bytes, *, now: datetime
) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of a push."""
    ours = ec.generate_private_key(ec.SECP256R1())
    salt = os.urandom(16)
    body: bytes = http_ece.encrypt(
        message,
        salt=salt,
        private_key=ours,
        dh=unpadded(recipient.p256dh),
        auth_secret=unpadded(recipient.auth),
        rs=_RECORD,
        version="aes128gcm" if recipient.is_standard else "aesgcm",
    )
    token = _signed(recipient.endpoint, sender, now)
    headers = {"TTL": str(int(KEPT_FOR.total_seconds())), "Urgency": "normal"}
    if recipient.is_standard:
        return body, headers | {
            "Content-Encoding": "aes128gcm",
            "Authorization": f"vapid t={token},k={sender.public}",
        }
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return body, headers | {
        "Content-Encoding": "aesgcm",
        "Encryption": f"salt={base64url(salt)}",
        "Crypto-Key": f"dh={base64url(point)};p256ecdsa={sender.public}",
        "Authorization": f"WebPush {token}",
    }


def check_keys(p256dh: str, auth: str) -> None:
    """Raise Invalid unless messages can be sealed with these keys."""
    try:
        point, secret = unpadded(p256dh), unpadded(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise Invalid("these keys cannot be used", {"subscription": "keys are invalid"}) from error
    if len(point) != _POINT or len(secret) != _SECRET:
        raise Invalid("these keys cannot be used", {"subscription": "keys are invalid"})


def base64url(data: bytes) -> str:
    """Return bytes in the letters that headers and addresses take."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unpadded(text: str) -> bytes:
    """Return the bytes of base64url or base64, padded or not; ValueError when it is neither."""
    bare = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)


def _signed(endpoint: str, sender: Sender, now: datetime) -> str:
    """Return the token by which a push service knows us: a JWT, ES256 (RFC 8292)."""
    address = urlsplit(endpoint)
    claims = {
        "aud": f"{address.scheme}://{address.netloc}",
        "exp": int((now + VAPID_LASTS).timestamp()),
        "sub": sender.contact,
    }
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    number = int.from_bytes(unpadded(sender.private), "big")
    key = ec.derive_private_key(number, ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
