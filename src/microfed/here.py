"""Here: the addresses of everything that is ours. They never change once published."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urlsplit

from microfed.errors import Forbidden


@dataclass(frozen=True)
class Here:
    """Where we are. `url` is our base, without a final slash; `domain` what stands after the @.

    `media_url` is another base for pictures, sound and film, where there is one. `federation` and
    `registration` hold until an admin decides otherwise (queries/place.py).
    """

    url: str
    domain: str
    federation: str = "open"  # whom we speak with: open, allowlist, ring, closed
    media_url: str = ""
    registration: str = "invite"  # how one moves in: closed, invite, approval, open

    @cached_property
    def host(self) -> str:
        """The authority of our address, with its port if it has one."""
        return urlsplit(self.url).netloc

    @property
    def instance_actor(self) -> str:
        """The actor that speaks for the whole place."""
        return f"{self.url}/actor"

    @property
    def shared_inbox(self) -> str:
        """Where others send what is for several of us."""
        return f"{self.url}/inbox"

    def actor(self, name: str) -> str:
        """The id of a member."""
        return f"{self.url}/users/{name}"

    def profile(self, name: str) -> str:
        """The page of a member."""
        return f"{self.url}/@{name}"

    def post(self, name: str, id_: int) -> str:
        """The id of a member's post."""
        return f"{self.url}/users/{name}/posts/{id_}"

    def post_page(self, name: str, id_: int) -> str:
        """The page of a member's post."""
        return f"{self.url}/@{name}/{id_}"

    def aid_page(self, id_: int) -> str:
        """The page of something offered or needed here."""
        return f"{self.url}/entraide/{id_}"

    def event_page(self, id_: int) -> str:
        """The page of an event."""
        return f"{self.url}/agenda/{id_}"

    def activity(self, id_: int) -> str:
        """The id of an activity of ours."""
        return f"{self.url}/activities/{id_}"

    def thread(self, id_: int) -> str:
        """The id of a conversation that began here."""
        return f"{self.url}/contexts/{id_}"

    def tag(self, key: str) -> str:
        """The page of a hashtag, given in lower case."""
        return f"{self.url}/tags/{quote(key)}"

    def media(self, key: str) -> str:
        """Where a file that we keep is served."""
        return f"{self.media_url or self.url}/media/{key}"

    def remote_media(self, slot: str, id_: int | str, uri: str) -> str:
        """Where we serve what lives elsewhere, so that nobody's browser asks a third party.

        `slot` is one letter for what it is of; the digest makes a new picture a new address.
        """
        return f"{self.media_url or self.url}/media/remote/{slot}{id_}-{digest_of(uri)}"

    def upload(self, name: str, id_: int) -> str:
        """The id of a picture, sound or film that a member brought."""
        return f"{self.url}/users/{name}/uploads/{id_}"

    def is_ours(self, uri: str) -> bool:
        """Whether `uri` is an address under our roof."""
        return uri == self.url or uri.startswith((f"{self.url}/", f"{self.url}?", f"{self.url}#"))

    def local_name(self, handle: str) -> str | None:
        """The member's name in `ana`, `ana@our.host` or `acct:ana@our.host`; None elsewhere."""
        name, at, host = handle.removeprefix("acct:").removeprefix("@").partition("@")
        if at and host.lower() not in (self.domain, self.host):
            return None
        return name.lower()


def digest_of(uri: str) -> str:
    """A short name for an address, that says nothing about it."""
    return hashlib.sha256(uri.encode("utf-8", "replace")).hexdigest()[:24]


def authority_of(uri: str) -> str:
    """The lower-case host, with its port, in an id; empty for what has none."""
    try:
        return urlsplit(uri).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def origin_of(uri: str) -> str:
    """Return scheme and server of `uri`, without a final slash."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def same_origin(one: str, other: str) -> bool:
    """Whether two ids come from the same scheme, host and port (FEP-fe34)."""
    try:
        a, b = urlsplit(one), urlsplit(other)
    except ValueError:
        return False
    return bool(a.netloc) and (a.scheme.lower(), authority_of(one)) == (
        b.scheme.lower(),
        authority_of(other),
    )


def authority(
    sender: str, uri: str | None, *, owner: str | None = None, is_server_enough: bool = False
) -> str:
    """Return `uri` if `sender` may speak for it, else raise Forbidden: the one rule (FEP-fe34).

    An id belongs to the server it names, and what has an `owner` belongs to them alone. Only where
    `is_server_enough` (Delete) may others of the owner's server, its moderators, speak too.
    Hollo and others name activities `urn:uuid:…`: those belong to nobody, so to whoever says them.
    """
    if uri and uri.startswith("urn:uuid:") and owner is None:
        return uri
    if not uri or not same_origin(uri, sender):
        raise Forbidden("an id must be of its sender's server")
    if owner is not None and owner != sender:
        if not (is_server_enough and same_origin(owner, sender)):
            raise Forbidden("this is somebody else's")
        if not same_origin(uri, owner):
            raise Forbidden("this is somebody else's")
    return uri
