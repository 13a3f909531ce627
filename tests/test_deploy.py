"""What deploy/ offers is true: each file is read by the program it is for, and tried before a
server of ours; each setting named there exists."""

import base64
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from microfed.media.limits import MOST_FILM_BYTES
from microfed.settings import Settings
from microfed.unpacking import MOST_BYTES as MOST_ARCHIVE_BYTES
from tests.components.needed import CADDY, NGINX, SYSTEMD, ensure
from tests.components.processes import ROOT, Program, free_port
from tests.components.server import MicrofedServer
from tests.remote.test_certificates import authority as authority

DEPLOY = ROOT / "deploy"
GUIDES = [
    ROOT / "docs/en/how-to/install-on-debian.md",
    ROOT / "docs/fr/how-to/installer-sur-debian.md",
]
COMMAND = "/opt/microfed/.venv/bin/microfed"


def text(name: str) -> str:
    return (DEPLOY / name).read_text()


def test_every_setting_that_is_named_exists() -> None:
    for path in (*DEPLOY.iterdir(), *GUIDES):
        named = set(re.findall(r"MICROFED_([A-Z_]+[A-Z])", path.read_text()))
        assert {name.lower() for name in named} <= {*Settings.names(), "name"}, path


def test_the_settings_of_the_example_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in text("settings.example").splitlines():
        if not line.startswith("#"):
            name, _, value = line.partition("=")
            monkeypatch.setenv(name, value)

    assert Settings.read().title == "Rue des Lilas"


def test_the_guides_name_every_file_and_no_other() -> None:
    for guide in GUIDES:
        named = set(re.findall(r"deploy/([\w.-]+\w)", guide.read_text()))
        assert named == {path.name for path in DEPLOY.iterdir()}, guide


@pytest.mark.parametrize("unit", ["microfed.service", "microfed-backup.timer"])
def test_systemd_reads_its_units(unit: str, tmp_path: Path) -> None:
    ensure([SYSTEMD])
    for path in DEPLOY.glob("microfed*"):
        said = path.read_text().replace(COMMAND, sys.executable)
        (tmp_path / path.name).write_text(said)

    checked = _run("systemd-analyze", "verify", "--man=no", str(tmp_path / unit))

    assert checked.returncode == 0, checked.stderr
    assert str(tmp_path) not in checked.stderr, checked.stderr


def test_the_server_may_do_little_on_its_machine() -> None:
    ensure([SYSTEMD])
    judged = _run(
        *("systemd-analyze", "security", "--offline=true", "--threshold=20"),
        str(DEPLOY / "microfed.service"),
    )

    assert judged.returncode == 0, judged.stdout[-500:]


def test_a_wrong_setting_is_not_tried_again_and_again() -> None:
    unit = text("microfed.service")

    assert "RestartPreventExitStatus=2\n" in unit  # what cli/starting.py ends with
    assert f"ExecStart={COMMAND} serve --host 127.0.0.1 --port 8000\n" in unit


def test_containers_are_described_as_compose_reads_them() -> None:
    described: dict[str, Any] = yaml.safe_load(text("compose.yaml"))

    server, proxy = described["services"]["microfed"], described["services"]["caddy"]
    assert (DEPLOY / server["build"]).resolve() == ROOT
    assert "ports" not in server  # nobody but the proxy reaches it
    assert {volume.partition(":")[0] for volume in server["volumes"]} <= set(described["volumes"])
    assert (DEPLOY / proxy["volumes"][0].split(":")[0]).is_file()
    assert "VOLUME /data" in (ROOT / "Dockerfile").read_text()
    # The two files for Caddy differ in where microfed is, and in nothing that works otherwise.
    alone, composed = (
        [line for line in text(name).splitlines() if "#" not in line]
        for name in ("Caddyfile", "Caddyfile.compose")
    )
    assert [line.replace("127.0.0.1:8000", "microfed:8000") for line in alone] == composed


def test_a_proxy_lets_through_what_members_may_bring() -> None:
    most = max(MOST_FILM_BYTES, MOST_ARCHIVE_BYTES)

    for limit in (
        re.search(r"client_max_body_size (\d+)m;", text("nginx.conf")),
        re.search(r"max_size (\d+)MB", text("Caddyfile")),
    ):
        assert limit and most <= int(limit[1]) * 1_000_000 <= most * 1.1


@pytest.mark.parametrize("name", ["Caddyfile", "Caddyfile.compose"])
def test_caddy_reads_its_file(name: str, tmp_path: Path) -> None:
    ensure([CADDY])
    read = _run("caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / name))

    assert read.returncode == 0, read.stderr
    assert '"level":"warn"' not in read.stderr


def test_nginx_reads_its_file_with_a_certificate(
    authority: tuple[ssl.SSLContext, Path], tmp_path: Path
) -> None:
    ensure([NGINX])
    authority[1].rename(tmp_path / "fullchain.pem")
    (tmp_path / "key.pem").rename(tmp_path / "privkey.pem")
    site = text("nginx.conf").replace("/etc/letsencrypt/live/lilas.example", str(tmp_path))

    read = _run(
        *_nginx(tmp_path, re.sub(r"\b(443|80)\b(?= ssl|;)", lambda _: str(free_port()), site)), "-t"
    )

    assert read.returncode == 0, read.stderr
    assert "warn" not in read.stderr, read.stderr


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, "Behind"]]:
    """One server of ours for each proxy, reached through it."""
    started = {name: Behind(name, tmp_path_factory.mktemp(name)) for name in ("nginx", "caddy")}
    yield started
    for one in started.values():
        one.close()


class Behind:
    """A server of ours behind a proxy that runs as deploy/ has it, but for names and ports."""

    def __init__(self, name: str, folder: Path) -> None:
        ensure([NGINX, CADDY])
        self.port = free_port()
        self.server = MicrofedServer(folder, URL=f"http://localhost:{self.port}")
        self.server.port = free_port()
        command = (
            _nginx(folder, self._site_of_nginx(folder)) if name == "nginx" else self._caddy(folder)
        )
        environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        self.proxy = Program(name, command, log=folder / "proxy.log", env=environment, cwd=folder)
        self.proxy.start()
        self.server._answers = self._answers  # type: ignore[method-assign]
        self.server.start()
        self.token = self.server.add_member("ada")["token"]

    def close(self) -> None:
        self.server.stop()
        self.proxy.stop()

    @contextmanager
    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> Iterator[http.client.HTTPResponse]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = ("localhost", self.port)
        with closing(http.client.HTTPConnection(*address, timeout=20)) as connection:
            connection.request(method, path, body, named)
            with closing(connection.getresponse()) as answer:
                yield answer

    def _answers(self) -> bool:
        try:
            with self.ask("GET", "/health") as answer:
                return answer.status == 200
        except (OSError, http.client.HTTPException):
            return False

    def _site_of_nginx(self, folder: Path) -> str:
        site = re.sub(r"server \{\n    listen 80;.*?\n\}\n", "", text("nginx.conf"), flags=re.S)
        site = re.sub(r"    (listen \[|ssl_).*\n", "", site)
        site = site.replace("listen 443 ssl http2", f"listen 127.0.0.1:{self.port}")
        site = site.replace("/var/log/nginx/microfed.log", str(folder / "access.log"))
        return site.replace("127.0.0.1:8000;", f"127.0.0.1:{self.server.port};").replace(
            "lilas.example", "localhost"
        )

    def _caddy(self, folder: Path) -> list[str]:
        site = text("Caddyfile").replace("lilas.example {", f"http://localhost:{self.port} {{")
        site = site.replace(
            "reverse_proxy 127.0.0.1:8000", f"reverse_proxy 127.0.0.1:{self.server.port}"
        )
        (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + site)
        caddy = CADDY.find("caddy")
        assert caddy
        return [caddy, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_through_a_proxy_pages_uploads_sockets_and_streams_come(
    behind: dict[str, Behind], name: str
) -> None:
    place = behind[name]
    bearer = {"Authorization": f"Bearer {place.token}"}
    with place.ask("GET", "/@ada", Accept="text/html") as page:
        assert page.status == 200
        assert page.headers["Strict-Transport-Security"]
    # What is for this machine alone does not go out by way of a proxy on it.
    with place.ask("GET", "/metrics") as figures:
        assert figures.status == 404
    # Larger than any proxy lets through by itself: the refusal is ours.
    with place.ask(
        *("POST", "/api/v2/media", b"x" * 3_000_000),
        Content_Type="multipart/form-data; boundary=b",
        **bearer,
    ) as brought:
        assert brought.status in (400, 422) and b"error" in brought.read()
    assert _shakes_hands(place) == b"HTTP/1.1 101 Switching Protocols"
    with place.ask("GET", "/api/v1/streaming/user", **bearer) as stream:
        said = json.dumps({"status": "Bonjour"}).encode()
        with place.ask(
            "POST", "/api/v1/statuses", said, Content_Type="application/json", **bearer
        ) as answer:
            assert answer.status == 200
        lines = iter(stream.readline, b"")
        assert next(line for line in lines if line.startswith(b"event")) == b"event: update\n"


def _shakes_hands(place: Behind) -> bytes:
    key = base64.b64encode(b"0123456789abcdef").decode()
    with socket.create_connection(("localhost", place.port), 20) as connection:
        asked = (
            "GET /api/v1/streaming?stream=user HTTP/1.1",
            f"Host: localhost:{place.port}",
            f"Authorization: Bearer {place.token}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
        )
        connection.sendall(("\r\n".join(asked) + "\r\n\r\n").encode())
        return connection.recv(4096).partition(b"\r\n")[0]


def _nginx(folder: Path, site: str) -> list[str]:
    (folder / "site.conf").write_text(site.replace("/var/log/nginx", str(folder)))
    kept = " ".join(
        f"{what}_temp_path {folder}/{what};"
        for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr notice;\n"
        f"events {{}}\nhttp {{ {kept} include {folder}/site.conf; }}\n"
    )
    nginx = NGINX.find("nginx")
    assert nginx
    return [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]


def _run(program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)
