"""Who something is for: eight audiences, and how each is written in `to` and `cc`.

This is the only place that turns one into the other (interop.md §3.1).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from microfed.vocab.reading import documents, ref, refs, types
from microfed.vocab.terms import PUBLIC, PUBLIC_FORMS


class Audience(StrEnum):
    """From the nearest to the farthest."""

    PEOPLE = "people"  # the people named in it
    CIRCLE = "circle"  # a circle its author chose
    GROUP = "group"  # the members of a private group
    FOLLOWERS = "followers"
    LOCAL = "local"  # neighbours here; never leaves
    RING = "ring"  # here and the allied neighbourhoods
    QUIET = "quiet"  # everyone, but on no public timeline
    PUBLIC = "public"

    @property
    def is_open(self) -> bool:
        """Whether anyone at all may read it, and pass it on."""
        return self in (Audience.PUBLIC, Audience.QUIET)

    @property
    def leaves(self) -> bool:
        """Whether it may go to other servers."""
        return self is not Audience.LOCAL


RING_PATH = "/ring"  # where a place's ring has its name
# A circle has no name in the world: a post says only that it began a conversation among a few.
CIRCLE_MARK = "#circle"


class Addressed(Protocol):
    """Whatever has addressees."""

    @property
    def to(self) -> tuple[str, ...]:
        """The first ones."""

    @property
    def cc(self) -> tuple[str, ...]:
        """The others."""


@dataclass(frozen=True, slots=True)
class Addressing:
    """Who an activity and its object are addressed to."""

    to: tuple[str, ...]
    cc: tuple[str, ...] = ()

    @property
    def everyone(self) -> tuple[str, ...]:
        """All addressees, each once."""
        return tuple(dict.fromkeys(self.to + self.cc))


def address(
    audience: Audience,
    *,
    followers_uri: str,
    people: Iterable[str],
    ring: Iterable[str] = (),
    circle: str | None = None,
    group: Iterable[str] = (),
) -> Addressing:
    """Return how a post for `audience` that names `people` is addressed.

    `group` is the collection of the members of the private group it is said in, and the group.
    """
    named = tuple(dict.fromkeys(people))
    match audience:
        case Audience.PUBLIC:
            return Addressing((PUBLIC,), (followers_uri, *named))
        case Audience.QUIET:
            return Addressing((followers_uri,), (PUBLIC, *named))
        case Audience.FOLLOWERS:
            return Addressing((followers_uri,), named)
        case Audience.RING:
            return Addressing(tuple(ring), named)
        case Audience.CIRCLE:
            return Addressing(() if circle is None else (circle,), named)
        case Audience.PEOPLE:
            return Addressing(named)
        case Audience.GROUP:
            return Addressing(tuple(group), named)
        case Audience.LOCAL:
            return Addressing(())


def is_open(said: "Addressed") -> bool:
    """Say whether a post from elsewhere is for everyone."""
    return not PUBLIC_FORMS.isdisjoint((*said.to, *said.cc))


def ring_named(said: Addressed) -> str | None:
    """Return the ring a post is addressed to, if it is for one and not for everyone."""
    if is_open(said):
        return None
    return next((uri for uri in (*said.to, *said.cc) if is_ring(uri)), None)


def is_ring(uri: str) -> bool:
    """Say whether an address is the name of a ring."""
    scheme, _, rest = uri.partition("://")
    host, _, path = rest.partition("/")
    return scheme in ("https", "http") and bool(host) and f"/{path}" == RING_PATH


def circle_begun_by(uri: str) -> str:
    """Return what a conversation in a circle is called that a post began."""
    return f"{uri}{CIRCLE_MARK}"


def circle_named(said: Addressed) -> str | None:
    """Return the conversation in a circle that a post belongs to, if it is not for everyone."""
    if is_open(said):
        return None
    return next((uri for uri in (*said.to, *said.cc) if is_circle(uri)), None)


def is_circle(uri: str) -> bool:
    """Say whether an address is that of a conversation in a circle."""
    return uri.endswith(CIRCLE_MARK)


def read_audience(*, to: Iterable[str], cc: Iterable[str], followers_uri: str | None) -> Audience:
    """Return who a post from elsewhere is for; the narrowest reading when in doubt."""
    first, all_ = set(to), {*to, *cc}
    if first & PUBLIC_FORMS:
        return Audience.PUBLIC
    if all_ & PUBLIC_FORMS:
        return Audience.QUIET
    if followers_uri is not None and followers_uri in all_:
        return Audience.FOLLOWERS
    return Audience.PEOPLE


def is_for_nobody_named(document: Mapping[str, Any], to: str) -> bool:
    """Say whether a Create that was brought to `to` says neither so, nor that it is for everyone:
    its author's server dropped `bto` and `bcc`, as it must."""
    if "Create" not in types(document):
        return False
    named: set[str] = set()
    for said in (document, *documents(document.get("object"))):
        for key in ("to", "cc", "audience"):
            named.update(refs(said.get(key)))
        named.update(uri for tag in documents(said.get("tag")) if (uri := ref(tag.get("href"))))
    return to not in named and named.isdisjoint(PUBLIC_FORMS)
