"""Encrypted connections: to a checked address, under its name, with a certificate for it."""

import datetime as dt
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from microfed.remote.http import Unreachable, Web
from tests.remote.servers import always, answer, serving

TYPE = "application/activity+json"


@pytest.fixture
def authority(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate for peer.test, and the file of the authority that gave it."""
    now = dt.datetime.now(dt.UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peer.test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("peer.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, secret = tmp_path / "ca.pem", tmp_path / "key.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, secret)
    return context, path


async def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def test_the_checked_address_is_called_by_its_name(
    authority: tuple[ssl.SSLContext, Path],
) -> None:
    context, ca_file = authority
    names: list[str | None] = []
    context.sni_callback = lambda connection, name, _: names.append(name)
    async with serving(always(answer(204)), tls=context) as server:
        host = f"peer.test:{server.port}"
        web = Web(url="https://m.example", insecure_peers=host, ca_file=ca_file, resolve=here)

        found = await web.get(f"https://{host}/", accept=TYPE)
        await web.close()

    assert found.status == 204
    assert names == ["peer.test"]
    assert server.requests[0].headers["host"] == host


@pytest.mark.parametrize(("name", "known"), [("peer.test", False), ("other.test", True)])
async def test_a_certificate_must_be_of_that_name_and_of_a_known_authority(
    authority: tuple[ssl.SSLContext, Path], name: str, known: bool
) -> None:
    context, ca_file = authority
    async with serving(always(answer(204)), tls=context) as server:
        web = Web(
            url="https://m.example",
            insecure_peers=f"{name}:{server.port}",
            ca_file=ca_file if known else None,
            resolve=here,
        )

        with pytest.raises(Unreachable) as caught:
            await web.get(f"https://{name}:{server.port}/", accept=TYPE)
        await web.close()

    assert (caught.value.kind, server.requests) == ("certificate", [])
