"""What pages show of people and posts: frozen values, complete, without a thought of HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from microfed.vocab.audience import Audience


@dataclass(frozen=True, slots=True)
class PersonView:
    """Someone as a page names them. `url` is their page: here for members, else on their server.

    `display_name` is words alone; a page that draws the emojis of a name has `written_name`.
    """

    id: int
    username: str
    handle: str
    display_name: str
    url: str
    face_url: str | None  # where their picture is shown from: here, or through us
    is_local: bool
    is_veiled: bool = False  # a keeper put all their pictures behind a veil
    is_group: bool = False
    written_name: str = ""  # with the short codes of their emojis
    emojis: Mapping[str, str] = field(default_factory=dict, hash=False)  # where each is shown


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A picture, sound or film, and where it is shown: never at a third party's."""

    kind: str
    media_type: str | None
    description: str
    remote_url: str | None
    url: str | None  # where we show it, from here or through us; None while it is not ready
    preview_url: str | None
    width: int | None
    height: int | None
    tone: str | None = None  # the colour that holds its place: #rrggbb
    focus: str = ""  # what of it matters most: top, bottom, left, right; empty: the middle
    is_away: bool = False  # its server did not give it: its description stands for it


@dataclass(frozen=True, slots=True)
class PollView:
    """A question with answers to choose from: each with its votes, or None while they are kept."""

    options: tuple[tuple[str, int | None], ...]
    voters_count: int
    ends_at: datetime | None
    is_over: bool
    is_multiple: bool = False
    mine: frozenset[int] = frozenset()  # the places of the answers that whoever looks chose


@dataclass(frozen=True, slots=True)
class LinkView:
    """The page a post leads to, as that page says of itself."""

    url: str
    title: str
    description: str
    provider: str
    image_url: str | None
    image_description: str


@dataclass(frozen=True, slots=True)
class PostView:
    """A post as a page shows it.

    `entry_id` is what stands in the list: the boost when someone passed it on, else the post
    itself; pages go on from there. `is_liked` and its like are about whoever looks.
    """

    id: int
    entry_id: int
    uri: str
    url: str
    author: PersonView
    boosted_by: PersonView | None
    title: str | None
    content: str
    warning: str
    is_sensitive: bool
    language: str | None
    published_at: datetime
    edited_at: datetime | None
    audience: Audience
    in_reply_to_id: int | None
    in_reply_to: PersonView | None
    attachments: tuple[AttachmentView, ...]
    poll: PollView | None
    replies_count: int
    boosts_count: int
    likes_count: int
    is_liked: bool = False
    is_boosted: bool = False
    is_bookmarked: bool = False
    is_pinned: bool = False
    link: LinkView | None = None
    quote_state: str | None = None  # of what it quotes: accepted, pending, rejected …
    quoted: "PostView | None" = None
    may_be_quoted: bool = True  # by others; its author always may
    group: PersonView | None = None  # in which it was said
    emojis: Mapping[str, str] = field(default_factory=dict, hash=False)  # where each is shown
    held_by: str = ""  # the name of the filter that folds it, for whoever looks
