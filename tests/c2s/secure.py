"""Servers that speak https on this machine, and the certificate that they and their clients use."""

import datetime as dt
import http.client
import http.server
import ipaddress
import json
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.components.processes import free_port
from tests.components.server import MicrofedServer


@dataclass(frozen=True)
class Certificate:
    """A certificate for localhost that vouches for itself."""

    path: Path
    key: Path

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client believes that has been given the certificate."""
        return ssl.create_default_context(cafile=str(self.path))


def make_certificate(folder: Path) -> Certificate:
    """Make a certificate for localhost and 127.0.0.1."""
    now = dt.datetime.now(dt.UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    made.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


class SecureServer(MicrofedServer):
    """`microfed serve --tls-cert --tls-key`, that believes the same certificate of others."""

    def __init__(self, folder: Path, certificate: Certificate, **settings: str) -> None:
        port = free_port()
        url = f"https://localhost:{port}"
        super().__init__(folder, URL=url, CA_FILE=str(certificate.path), **settings)
        self.port = port
        self.certificate = certificate
        self.arguments = [
            *("--tls-cert", str(certificate.path)),
            *("--tls-key", str(certificate.key)),
        ]

    def _answers(self) -> bool:
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=5, context=self.certificate.trust
        )
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class AppSite:
    """Where a client describes itself, and where browsers are sent back to: https, on loopback."""

    def __init__(self, certificate: Certificate) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.came: list[str] = []
        site = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                body, kind = b"<h1>Welcome back</h1>", "text/html"
                if path in site.documents:
                    body, kind = json.dumps(site.documents[path]).encode(), "application/json"
                    if path.endswith(".jsonld"):
                        kind = "application/activity+json"
                elif path == "/callback":
                    site.came.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.path, certificate.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def close(self) -> None:
        """Nobody is sent back any more."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
