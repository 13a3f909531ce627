"""Scopes: what an app may do in a member's name, in the words that Mastodon's apps know."""

from collections.abc import Iterable

_BOTH = (
    *("accounts", "blocks", "bookmarks", "collections", "favourites", "filters"),
    *("follows", "lists", "mutes", "notifications", "statuses"),
)
_ADMIN = (
    *("accounts", "canonical_email_blocks", "domain_allows", "domain_blocks"),
    *("email_domain_blocks", "ip_blocks", "reports"),
)
# `follow` is the older name for these (interop.md §5.2).
_FOLLOW = frozenset(
    f"{kind}:{what}" for kind in ("read", "write") for what in ("blocks", "follows", "mutes")
)
BROAD = ("profile", "read", "write", "follow", "push", "admin:read", "admin:write")
SCOPES = (
    *BROAD,
    *sorted(f"read:{what}" for what in (*_BOTH, "search")),
    *sorted(f"write:{what}" for what in (*_BOTH, "conversations", "media", "reports")),
    *(f"admin:{kind}:{what}" for kind in ("read", "write") for what in _ADMIN),
)
DEFAULT = "read"
_KNOWN = frozenset(SCOPES)


def covers(scopes: frozenset[str], wanted: str) -> bool:
    """Say whether `scopes` hold `wanted`: `write` covers `write:media`, `follow` its own six."""
    return (
        wanted in scopes
        or (wanted.startswith("admin:") and wanted.rpartition(":")[0] in scopes)
        or (not wanted.startswith("admin:") and wanted.partition(":")[0] in scopes)
        or ("follow" in scopes and wanted in _FOLLOW)
    )


def split(text: str) -> tuple[str, ...]:
    """Return the scopes in a text, each once; `+` and commas separate too, as some apps send."""
    return tuple(dict.fromkeys(text.replace("+", " ").replace(",", " ").split()))


def known(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return those of `scopes` that exist."""
    return tuple(scope for scope in scopes if scope in _KNOWN)


def are_within(wanted: Iterable[str], allowed: Iterable[str]) -> bool:
    """Say whether every one of `wanted` is covered by `allowed`."""
    held = frozenset(allowed)
    return all(
        covers(held, scope)
        # Somebody who may do all that `follow` means may say so.
        or (scope == "follow" and all(covers(held, part) for part in _FOLLOW))
        for scope in wanted
    )
