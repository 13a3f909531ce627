"""How the rest of the world sees a place: name, certificate, the proxy before it, mail, others."""

import asyncio
import contextlib
import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

import orjson

from microfed import clock
from microfed.errors import Refused, TryLater
from microfed.keeping.doctor import Finding
from microfed.remote.http import Answer, Web
from microfed.settings import Settings, is_loopback

ACTIVITY = "application/activity+json"
SOON = timedelta(days=14)
MOST_APART = timedelta(seconds=30)
Resolve = Callable[[str], list[str]]
_PROXY = (
    "let the proxy hand everything on with the headers Host, X-Forwarded-For and X-Forwarded-Proto"
    " (docs: Install has Caddy and nginx)"
)


def resolve(host: str) -> list[str]:
    """Return the addresses of a name; none when it has none."""
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None)})
    except OSError:
        return []


def check_name(settings: Settings, resolve: Resolve = resolve) -> list[Finding]:
    """Look whether our name leads anywhere."""
    host = urlsplit(settings.url).hostname or ""
    if is_loopback(host):
        return []
    found = resolve(host)
    if not found:
        return [
            Finding("dns", f"{host} has no address", f"add an A or AAAA record for {host}"),
        ]
    if not any(ipaddress.ip_address(each.partition("%")[0]).is_global for each in found):
        return [
            Finding(
                "dns",
                f"{host} leads to {', '.join(found)}, which others cannot reach",
                f"let the A or AAAA record of {host} be the public address of this machine;"
                f" if it is, take {host} out of /etc/hosts here, where installers write it",
            )
        ]
    return []


def check_certificate(settings: Settings, *, port: int | None = None) -> list[Finding]:
    """Look at the certificate others are shown."""
    parts = urlsplit(settings.url)
    if parts.scheme != "https" or not parts.hostname:
        return []
    renew = "renew the certificate: Caddy does so by itself, for others see `certbot renew`"
    try:
        ends = _certificate_end(settings, port)
    except ssl.SSLCertVerificationError as error:
        return [Finding("tls", f"others do not trust us: {error.verify_message}", renew)]
    except OSError as error:
        what = f"nobody answers at {parts.netloc}: {error}"
        return [Finding("tls", what, "start the proxy, and open ports 80 and 443 in the firewall")]
    if ends - clock.now() < SOON:
        return [Finding("tls", f"the certificate ends on {ends:%Y-%m-%d}", renew, is_grave=False)]
    return []


def certificate_end(settings: Settings, *, port: int | None = None) -> datetime | None:
    """Return until when the certificate that others are shown is good; None where none is."""
    if not settings.is_https:
        return None
    try:
        return _certificate_end(settings, port)
    except OSError:  # what is wrong with it is a finding of check_certificate
        return None


def _certificate_end(settings: Settings, port: int | None) -> datetime:
    parts = urlsplit(settings.url)
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        context.load_verify_locations(settings.ca_file)
    with (
        socket.create_connection((parts.hostname, port or parts.port or 443), 10) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as secure,
    ):
        shown = secure.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)


async def check_door(settings: Settings, web: Web) -> list[Finding]:
    """Ask our public address what another server would ask, and see whether we answer."""
    base, found = settings.url, list[Finding]()

    async def ask(path: str, accept: str) -> Answer | None:
        try:
            return await web.get(base + path, accept=accept)
        except (Refused, TryLater) as error:
            found.append(
                Finding(
                    "proxy",
                    f"{base}{path} cannot be reached: {error}",
                    "start `microfed serve` and the proxy before it; the address must lead to it",
                )
            )
            return None

    answer = await ask("/actor", ACTIVITY)
    if answer is None:
        return found
    actor = _document(answer)
    if not answer.is_success or "id" not in actor:
        found.append(
            Finding("proxy", f"{base}/actor is not answered by microfed ({answer.status})", _PROXY)
        )
    elif actor["id"] != f"{base}/actor":
        found.append(
            Finding(
                "proxy",
                f"whoever answers at {base} calls itself {actor['id']}",
                "set MICROFED_URL to the address members have, and start the server anew",
            )
        )
    elif ACTIVITY not in answer.headers.get("content-type", ""):
        found.append(Finding("proxy", "the proxy changes the type of our answers", _PROXY))
    finger = await ask(
        f"/.well-known/webfinger?resource=acct:{settings.handle_host}@{settings.handle_host}",
        "application/jrd+json",
    )
    if finger is not None and not finger.is_success:
        found.append(
            Finding(
                "proxy",
                f"nobody can find our members: /.well-known/webfinger answers {finger.status}",
                f"hand /.well-known/ on to microfed too, on {settings.handle_host}. {_PROXY}",
            )
        )
    if not found:
        found += await _check_inbox(base, web)
    return found


async def _check_inbox(base: str, web: Web) -> list[Finding]:
    try:
        answer = await web.post(f"{base}/inbox", b"{}", content_type=ACTIVITY)
    except (Refused, TryLater) as error:
        return [Finding("federation in", f"{base}/inbox cannot be reached: {error}", _PROXY)]
    # Unsigned, it must be refused, and by us: a firewall that refuses all refuses with another.
    if answer.status in (400, 401):
        return []
    return [
        Finding(
            "federation in",
            f"what other servers send to {base}/inbox is answered {answer.status}, not by us",
            f"let POST pass, with its body and headers as they are. {_PROXY}",
        )
    ]


async def check_peer(peer: str, web: Web) -> list[Finding]:
    """Speak with another server: the way out, and whether our clocks agree."""
    url = peer if "://" in peer else f"https://{peer}"
    try:
        answer = await web.get(f"{url}/.well-known/nodeinfo", accept="application/json")
    except (Refused, TryLater) as error:
        return [
            Finding(
                "federation out",
                f"{peer} cannot be reached: {error}",
                "let this machine connect to port 443 of others, and check its DNS and time",
            )
        ]
    if not answer.is_success:
        return [
            Finding(
                "federation out",
                f"{peer} answers {answer.status}",
                "ask another server with --peer, or its admin whether this place is blocked",
                is_grave=False,
            )
        ]
    apart = timedelta(0)
    with contextlib.suppress(ValueError, TypeError):
        apart = abs(parsedate_to_datetime(answer.headers.get("date", "")) - clock.now())
    if apart > MOST_APART:
        return [
            Finding(
                "clock",
                f"the clock of this machine and that of {peer} are {apart.total_seconds():.0f} s"
                " apart: others refuse our signatures",
                "let the machine keep time by NTP (`timedatectl set-ntp true`)",
            )
        ]
    return []


async def check_mail(settings: Settings) -> list[Finding]:
    """Greet the mail server, without sending anything."""
    if not settings.smtp_url:
        return [
            Finding(
                "mail",
                "no mails are sent: who forgets a password needs an admin",
                "set MICROFED_SMTP_URL, such as smtp://user:password@host:587",
                is_grave=False,
            )
        ]
    try:
        await asyncio.to_thread(_greet, settings.smtp_url)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        host = urlsplit(settings.smtp_url).hostname
        return [
            Finding(
                "mail",
                f"the mail server {host} does not take our mails: {error}",
                "check name, port and password in MICROFED_SMTP_URL; many hosters block port 25",
            )
        ]
    return []


def _greet(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("SMTP_URL must begin with smtp:// or smtps://")
    context = ssl.create_default_context()
    client: smtplib.SMTP
    if parts.scheme == "smtps":
        client = smtplib.SMTP_SSL(parts.hostname, parts.port or 465, timeout=10, context=context)
    else:
        client = smtplib.SMTP(parts.hostname, parts.port or 587, timeout=10)
    with client:
        client.ehlo()
        if parts.scheme == "smtp" and client.has_extn("starttls"):
            client.starttls(context=context)
        if parts.username:
            client.login(unquote(parts.username), unquote(parts.password or ""))


def _document(answer: Answer) -> dict[str, object]:
    try:
        value = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
