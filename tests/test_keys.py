"""Keys: ours are made and read back, those of strangers are measured first."""

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from microfed import keys
from microfed.errors import Invalid

# FEP-521a's example.
ED25519_RAW = bytes.fromhex("2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6")
ED25519_TEXT = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"

RSA_PRIVATE, RSA_PUBLIC = keys.generate_rsa()


def der_number(number: int) -> bytes:
    raw = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + der_length(len(raw)) + raw


def der_length(length: int) -> bytes:
    if length < 128:
        return bytes([length])
    raw = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(raw)]) + raw


def rsa_pem(bits: int, exponent: int = 65537) -> str:
    """An RSA public key of any size, without the work of finding primes."""
    inner = der_number((1 << (bits - 1)) | 1) + der_number(exponent)
    der = b"\x30" + der_length(len(inner)) + inner
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN RSA PUBLIC KEY-----\n{text}-----END RSA PUBLIC KEY-----\n"


def test_what_an_rsa_key_signs_its_public_half_confirms() -> None:
    signature = keys.sign(keys.load_private(RSA_PRIVATE), b"bonjour")

    assert keys.is_signed_by(keys.load_public(RSA_PUBLIC), signature, b"bonjour")
    assert not keys.is_signed_by(keys.load_public(RSA_PUBLIC), signature, b"bonsoir")


def test_what_an_ed25519_key_signs_its_public_half_confirms() -> None:
    private, public = keys.generate_ed25519()

    signature = keys.sign(keys.load_private(private), b"bonjour")

    assert public.startswith("z6Mk")
    assert keys.is_signed_by(keys.load_public(public), signature, b"bonjour")
    assert not keys.is_signed_by(keys.load_public(public), b"\0" * 64, b"bonjour")


def test_a_multibase_key_is_the_one_of_the_specification() -> None:
    key = keys.load_public(ED25519_TEXT)

    assert isinstance(key, ed25519.Ed25519PublicKey)
    assert keys.public_multibase(key) == ED25519_TEXT
    assert key == ed25519.Ed25519PublicKey.from_public_bytes(ED25519_RAW)


def test_an_ed25519_key_may_come_as_pem() -> None:
    key = keys.load_public(ED25519_TEXT)

    assert keys.load_public(keys.public_pem(key)) == key


def pkcs1(pem: str) -> str:
    return (
        serialization.load_pem_public_key(pem.encode())
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
        .decode()
    )


@pytest.mark.parametrize(
    "text",
    [
        RSA_PUBLIC,
        RSA_PUBLIC.strip(),
        RSA_PUBLIC.replace("\n", "\r\n"),
        f"\n{RSA_PUBLIC}\n\n",
        pkcs1(RSA_PUBLIC),  # Mobilizon
        pkcs1(RSA_PUBLIC).replace("\n", "\r\n").strip(),
    ],
)
def test_a_public_key_is_read_in_every_form_that_is_sent(text: str) -> None:
    assert keys.load_public(text) == keys.load_public(RSA_PUBLIC)


@pytest.mark.parametrize("bits", [2048, 3072, 4096, 8192])
def test_rsa_keys_of_usual_sizes_are_read(bits: int) -> None:
    key = keys.load_public(rsa_pem(bits))

    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == bits


def ec_pem() -> str:
    return (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "z6Mk",
        "z" + "0OIl" * 8,
        "zé",
        ED25519_TEXT[:-1],
        "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq",  # a secret key
        "ssh-rsa AAAAB3NzaC1yc2E",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        RSA_PUBLIC[:200],
        RSA_PUBLIC.replace("M", "é", 1),
        RSA_PRIVATE,
        ec_pem(),
        rsa_pem(512),
        rsa_pem(1024),
        rsa_pem(2047),
        rsa_pem(8200),
        rsa_pem(16384),
        rsa_pem(65536),
        rsa_pem(2048, exponent=1),
        rsa_pem(2048, exponent=4),
        rsa_pem(2048, exponent=(1 << 2000) + 1),
    ],
)
def test_what_is_not_a_usable_key_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        keys.load_public(text)


def test_a_private_key_of_another_kind_is_refused() -> None:
    pem = (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )

    with pytest.raises(Invalid):
        keys.load_private(pem)


def test_a_key_is_parsed_once() -> None:
    assert keys.load_private(RSA_PRIVATE) is keys.load_private(RSA_PRIVATE)
    assert keys.load_public(RSA_PUBLIC) is keys.load_public(RSA_PUBLIC)
