"""The keys by which servers know each other: made, written down, read back.

Everyone here has an RSA key, because that is what the other servers check, and an Ed25519 key,
because that is what they are moving to (FEP-521a). What strangers hand us is measured before it
is used: a key of 65,536 bits is a way to keep a processor busy, not a key.
"""

from functools import lru_cache

import base58
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from microfed.errors import Invalid

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ed25519.Ed25519PublicKey

SMALLEST_RSA = 2048
LARGEST_RSA = 8192
# Multicodec ed25519-pub, as a varint (FEP-521a).
_ED25519_PREFIX = b"\xed\x01"
# An 8192-bit key is about 1,450 characters in PEM; anything longer is not worth parsing.
_LONGEST_TEXT = 4_000
# OpenSSL refuses larger exponents only for large keys; a huge one makes each check slow.
_LARGEST_EXPONENT = 2**33

_PKCS1V15 = padding.PKCS1v15()
_SHA256 = SHA256()


def generate_rsa() -> tuple[str, str]:
    """Make an RSA key: (private PKCS#8 PEM, public SPKI PEM), 2048 bits as all of the field."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return private_pem(key), public_pem(key.public_key())


def generate_ed25519() -> tuple[str, str]:
    """Make an Ed25519 key: (private PKCS#8 PEM, public multibase `z6Mk…`)."""
    key = ed25519.Ed25519PrivateKey.generate()
    return private_pem(key), public_multibase(key.public_key())


def private_pem(key: PrivateKey) -> str:
    """Write a private key down, as it is kept in the database."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")


def public_pem(key: PublicKey) -> str:
    """Write a public key as SPKI PEM: the form of `publicKeyPem`."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode("ascii")


def public_multibase(key: ed25519.Ed25519PublicKey) -> str:
    """Write an Ed25519 public key as `publicKeyMultibase` (base58btc, hence the `z`)."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return "z" + base58.b58encode(_ED25519_PREFIX + raw).decode("ascii")


@lru_cache(maxsize=1024)
def load_private(pem: str) -> PrivateKey:
    """Read one of our own private keys. Cached: a member signs often, and always with the same."""
    # Only keys that we made ourselves come here; the full validation takes 40 ms per key.
    key = serialization.load_pem_private_key(
        pem.encode("ascii"), password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise Invalid("a private key must be RSA or Ed25519")
    return key


@lru_cache(maxsize=4096)
def load_public(text: str) -> PublicKey:
    """Read a public key as any server may publish it: SPKI or PKCS#1 PEM, or multibase.

    Mobilizon sends PKCS#1; some send CRLF or forget the last newline. Raises Invalid for
    everything that is not an Ed25519 key or an RSA key of 2048 to 8192 bits.
    """
    if len(text) > _LONGEST_TEXT:
        raise Invalid("the public key is too long to be a key")
    text = text.strip()
    if text.startswith("z"):
        return _load_multibase(text)
    try:
        key = serialization.load_pem_public_key(text.encode("ascii") + b"\n")
    except (ValueError, UnsupportedAlgorithm) as error:  # ValueError covers UnicodeEncodeError
        raise Invalid("the public key cannot be read: PEM or multibase is expected") from error
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if not isinstance(key, rsa.RSAPublicKey):
        raise Invalid("the public key must be RSA or Ed25519")
    if not SMALLEST_RSA <= key.key_size <= LARGEST_RSA:
        raise Invalid(f"an RSA key must have {SMALLEST_RSA} to {LARGEST_RSA} bits")
    exponent = key.public_numbers().e
    if exponent < 3 or exponent % 2 == 0 or exponent > _LARGEST_EXPONENT:
        raise Invalid("the exponent of this RSA key is not one that is in use")
    return key


def sign(key: PrivateKey, data: bytes) -> bytes:
    """Sign `data` in the one way that the kind of key allows."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, _PKCS1V15, _SHA256)
    return key.sign(data)


def is_signed_by(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Say whether `key` signed `data`. The kind of key decides how, never the sender's words."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, _PKCS1V15, _SHA256)
        else:
            key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _load_multibase(text: str) -> ed25519.Ed25519PublicKey:
    try:
        raw = base58.b58decode(text[1:])
    except ValueError as error:
        raise Invalid("the public key is not base58btc multibase") from error
    if len(raw) != 34 or not raw.startswith(_ED25519_PREFIX):
        raise Invalid("a multibase key must be an Ed25519 public key")
    return ed25519.Ed25519PublicKey.from_public_bytes(raw[2:])
