"""A post with all that its document shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from microfed.here import same_origin
from microfed.store.people import Actor
from microfed.store.posts import Attachment, Post
from microfed.vocab.aid import Proposal
from microfed.vocab.audience import Addressing, Audience, address
from microfed.vocab.events import Meeting


@dataclass(frozen=True, slots=True)
class NamedActor:
    """Someone a post names or addresses."""

    uri: str
    handle: str  # @name@host
    is_silent: bool = False
    is_hidden: bool = False  # nobody else learns that they got it


@dataclass(frozen=True, slots=True)
class NamedGroup:
    """The group a post was said in; its members are those who follow it."""

    uri: str
    followers_uri: str


@dataclass(frozen=True, slots=True)
class ShownPoll:
    """A poll as its post shows it: answers with counts."""

    options: Sequence[tuple[str, int]]
    is_multiple: bool
    ends_at: datetime | None
    closed_at: datetime | None
    voters_count: int


@dataclass(frozen=True, slots=True)
class WholePost:
    """A post with all that its document shows."""

    post: Post
    author: Actor
    named: Sequence[NamedActor] = ()
    tags: Sequence[tuple[str, str]] = ()  # key, as typed
    attachments: Sequence[Attachment] = ()
    in_reply_to: str | None = None
    thread_uri: str | None = None
    poll: ShownPoll | None = None
    proposal: Proposal | None = None
    meeting: Meeting | None = None
    ring: Sequence[str] = ()  # whom a post in a ring is addressed to
    circle: str | None = None  # the conversation in a circle that it belongs to
    group: NamedGroup | None = None  # in which it was said

    @property
    def addressing(self) -> Addressing:
        """Who it is for, in the words of the wire."""
        return address(
            Audience(self.post.audience),
            followers_uri=self.author.followers_uri or f"{self.author.uri}/followers",
            people=(person.uri for person in self.named if self._is_told(person)),
            ring=self.ring,
            circle=self.circle,
            group=() if self.group is None else (self.group.followers_uri, self.group.uri),
        )

    def _is_told(self, person: NamedActor) -> bool:
        """A post in a ring goes to nobody outside, so nobody outside is addressed."""
        if person.is_hidden:
            return False
        if Audience(self.post.audience) is not Audience.RING:
            return True
        return any(same_origin(person.uri, uri) for uri in (*self.ring, self.author.uri))
