"""Other servers' requests, signed by hand: nothing here calls the code that signs ours."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from microfed import keys

RSA_PRIVATE, RSA_PUBLIC = keys.generate_rsa()
ED_PRIVATE, ED_PUBLIC = keys.generate_ed25519()
OTHER_PRIVATE, OTHER_PUBLIC = keys.generate_rsa()

NOW = datetime(2026, 11, 23, 10, 8, 46, tzinfo=UTC)
CREATED = 1795428526
KEY_ID = "https://r.example/users/bob#main-key"
BODY = b'{"type":"Like"}'
HOSTS = ("m.example",)
BASE = "https://m.example"


def date(late: timedelta = timedelta(0)) -> str:
    return format_datetime(NOW + late, usegmt=True)


def sha256(body: bytes = BODY) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def signed(base: str, private: str) -> str:
    return base64.b64encode(keys.sign(keys.load_private(private), base.encode())).decode()


def cavage(
    *,
    method: str = "POST",
    target: str = "/inbox",
    names: str = "(request-target) host date digest",
    headers: Mapping[str, str | None] | None = None,
    algorithm: str | None = "rsa-sha256",
    parameters: str = "",
    private: str = RSA_PRIVATE,
    key_id: str = KEY_ID,
    values: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the headers of a request; `None` leaves one out, `values` are of (created) & co."""
    sent: dict[str, str] = {"host": "m.example", "date": date()}
    if method == "POST":
        sent |= {"digest": f"SHA-256={sha256()}", "content-type": "application/activity+json"}
    for name, value in (headers or {}).items():
        if value is None:
            sent.pop(name, None)
        else:
            sent[name] = value
    lines = []
    for name in names.split():
        known = {"(request-target)": f"{method.lower()} {target}", **(values or {}), **sent}
        lines.append(f"{name}: {known.get(name, '')}")
    word = "" if algorithm is None else f'algorithm="{algorithm}",'
    sent["signature"] = (
        f'keyId="{key_id}",{word}headers="{names}",{parameters}'
        f'signature="{signed(chr(10).join(lines), private)}"'
    )
    return sent


def rfc9421(
    *,
    method: str = "POST",
    target: str = "/inbox",
    names: str = '"@method" "@target-uri" "content-digest"',
    parameters: str | None = None,
    headers: Mapping[str, str | None] | None = None,
    values: Mapping[str, str] | None = None,
    private: str = RSA_PRIVATE,
    label: str = "sig1",
) -> dict[str, str]:
    """Return the headers of a request signed by RFC 9421; `values` are of unusual components."""
    sent: dict[str, str] = {"host": "m.example", "date": date()}
    if method == "POST":
        sent |= {"content-digest": f"sha-256=:{sha256()}:"}
    for name, value in (headers or {}).items():
        if value is None:
            sent.pop(name, None)
        else:
            sent[name] = value
    if parameters is None:
        parameters = f';created={CREATED};keyid="{KEY_ID}";alg="rsa-v1_5-sha256"'
    known = {"@method": method, "@target-uri": f"{BASE}{target}", **sent, **(values or {})}
    lines = [f"{name}: {known.get(name.strip(chr(34)), '')}" for name in names.split()]
    lines.append(f'"@signature-params": ({names}){parameters}')
    sent["signature-input"] = f"{label}=({names}){parameters}"
    sent["signature"] = f"{label}=:{signed(chr(10).join(lines), private)}:"
    return sent
