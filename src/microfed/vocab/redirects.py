"""Redirect addresses: where a browser is sent back to an app with a code, and nowhere else."""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from microfed.errors import Invalid

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"  # the code is shown to the person, who carries it over
LONGEST = 2_000
# What a browser would run or read itself instead of handing it to an app.
_NEVER = frozenset(
    ("javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source", "ws")
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def check_redirect(uri: str) -> None:
    """Raise Invalid for what no app may be reached at."""
    if uri == OUT_OF_BAND:
        return
    parts = _parts(uri)
    is_web = parts is not None and parts.scheme in ("http", "https")
    if (
        parts is None
        or not parts.scheme
        or parts.scheme.lower() in _NEVER
        or parts.scheme.lower() == "urn"
        or "#" in uri
        or (is_web and (not parts.hostname or parts.username is not None))
        # Ice Cubes is at `icecubesapp://`, with nothing behind it.
        or uri.partition(":")[2] == ""
    ):
        raise Invalid(
            "Validation failed: Redirect URI must be an absolute address without a fragment",
            {"redirect_uris": "must be an absolute address without a fragment"},
        )


def is_declared(uri: str, declared: Iterable[str], *, any_loopback_port: bool) -> bool:
    """Say whether `uri` is one of `declared`, to the letter.

    With `any_loopback_port`, one declared on this machine without a port stands for all of its
    ports (RFC 8252 §7.3): a program at the desk takes whatever port is free.
    """
    known = list(declared)
    if uri in known:
        return True
    if not any_loopback_port:
        return False
    asked = _loopback(uri)
    return asked is not None and any(
        (there := _loopback(other)) is not None
        and there.port is None
        and (there.scheme, there.hostname, there.path, there.query)
        == (asked.scheme, asked.hostname, asked.path, asked.query)
        for other in known
    )


def is_web_address(uri: str) -> bool:
    """Say whether `uri` can stand behind a link."""
    parts = _parts(uri)
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)


def source_of(uri: str) -> str:
    """Return what a page's policy must allow for its form to end at `uri` (CSP form-action)."""
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https"):
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"


def host_of(uri: str) -> str:
    """Return where a redirect leads, for people; empty for a program on their own device."""
    parts = _parts(uri)
    if parts is None or parts.scheme not in ("http", "https") or parts.hostname in _LOOPBACK:
        return ""
    return parts.netloc


def _parts(uri: str) -> SplitResult | None:
    # A space, a quote or a control character has no place in an address, and one in a header.
    if len(uri) > LONGEST or not uri.isascii() or any(c <= " " or c in "\"'<>;,\\" for c in uri):
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return parts


def _loopback(uri: str) -> SplitResult | None:
    parts = _parts(uri)
    is_one = parts is not None and parts.scheme == "http" and parts.hostname in _LOOPBACK
    return parts if is_one and parts is not None and parts.username is None else None
