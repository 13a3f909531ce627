"""Posts as the world writes them: Note and its relatives, read tolerantly into one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from microfed.errors import Invalid
from microfed.vocab.reading import (
    as_list,
    documents,
    flag,
    known_type,
    link,
    moment,
    number,
    ref,
    refs,
    types,
    word,
)
from microfed.vocab.terms import POST_TYPES

# Bombs are cut, not refused: the rest of the post may be worth reading (security.md §2.2).
MOST_MENTIONS = 50
MOST_TAGS = 50
MOST_ATTACHMENTS = 16
MOST_OPTIONS = 20
MOST_CONTENT = 100_000
MOST_TITLE = 500


@dataclass(frozen=True, slots=True)
class MentionTag:
    """Someone named in a post."""

    href: str
    name: str


@dataclass(frozen=True, slots=True)
class EmojiTag:
    """A custom emoji used in a post or a name."""

    shortcode: str
    url: str
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, sound or film, somewhere else."""

    url: str
    media_type: str | None
    description: str | None
    blurhash: str | None
    width: int | None
    height: int | None
    focus: tuple[float, float] | None
    kind: str


@dataclass(frozen=True, slots=True)
class Note:
    """A post from elsewhere, as we understand it."""

    id: str
    type: str
    attributed_to: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    content: str
    title: str | None = None
    warning: str = ""
    is_sensitive: bool = False
    language: str | None = None
    url: str | None = None
    in_reply_to: str | None = None
    context: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    mentions: tuple[MentionTag, ...] = ()
    hashtags: tuple[str, ...] = ()
    emojis: tuple[EmojiTag, ...] = ()
    attachments: tuple[Media, ...] = ()
    activity: str | None = None  # the id of the Create that brought it
    carried_by: str | None = None  # the server that brought it, when it is not its author's
    hidden: tuple[str, ...] = ()  # whom it was brought to without being addressed to them
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)


def is_post(document: Mapping[str, Any]) -> bool:
    """Say whether `document` is something people read."""
    return known_type(document, POST_TYPES) is not None


def read_note(document: Mapping[str, Any], *, said_by: str | None = None) -> Note:
    """Return the post in `document`; Invalid when it lacks an id, a known type or an author.

    `said_by`, when it is one of several authors, is taken for the author.
    """
    kind = known_type(document, POST_TYPES)
    if kind is None:
        raise Invalid(f"this is not a post: {'/'.join(types(document)) or 'no type'}")
    uri, author = ref(document), _author(document, said_by)
    if uri is None or author is None:
        raise Invalid("a post needs an id and attributedTo")
    content, language = _content(document)
    return Note(
        id=uri,
        type=kind,
        attributed_to=author,
        to=refs(document.get("to")),
        cc=(*refs(document.get("cc")), *refs(document.get("audience"))),
        content=content,
        title=_cut(_named(document, "name"), MOST_TITLE),
        warning=_cut(_named(document, "summary"), MOST_TITLE) or "",
        is_sensitive=flag(document.get("sensitive")),
        language=language,
        url=link(document.get("url")),
        in_reply_to=ref(document.get("inReplyTo")),
        context=ref(document.get("context")) or ref(document.get("conversation")),
        published=moment(document.get("published")),
        updated=moment(document.get("updated")),
        mentions=_mentions(document),
        hashtags=_hashtags(document),
        emojis=read_emojis(document),
        attachments=_attachments(document),
        document=document,
    )


def read_emojis(document: Mapping[str, Any]) -> tuple[EmojiTag, ...]:
    """Return the custom emoji in the tags of a post or an actor."""
    found = []
    for tag in documents(document.get("tag")):
        if "Emoji" in types(tag) and (name := word(tag.get("name"))):
            icon = next(documents(tag.get("icon")), {})
            if url := link(icon.get("url")):
                found.append(EmojiTag(name.strip(":"), url, word(tag.get("id"))))
    return tuple(found[:MOST_TAGS])


def _author(document: Mapping[str, Any], said_by: str | None) -> str | None:
    # PeerTube names a person and a channel, Mobilizon a group and, as `actor`, a person.
    named = refs(document.get("attributedTo"))
    also = (*named, *refs(document.get("actor")))
    if said_by in also and all(_server(uri) == _server(said_by or "") for uri in also):
        return said_by
    return next(iter(also), None)


def _server(uri: str) -> str:
    return "/".join(uri.split("/", 3)[:3]).lower()


def _named(document: Mapping[str, Any], key: str) -> str | None:
    if text := word(document.get(key)):
        return text
    by_language = document.get(f"{key}Map")
    if isinstance(by_language, Mapping):
        return next((text for value in by_language.values() if (text := word(value))), None)
    return None


def _content(document: Mapping[str, Any]) -> tuple[str, str | None]:
    content = word(document.get("content"))
    by_language = document.get("contentMap")
    language = None
    if isinstance(by_language, Mapping) and by_language:
        # GoToSocial: the key whose value is the content; Mastodon: the first key.
        same = (key for key, value in by_language.items() if value == content)
        language = next(same, None) or next(iter(by_language))
        content = content or word(by_language[language])
    if language is None and isinstance(spoken := document.get("language"), Mapping):
        language = word(spoken.get("identifier"))  # Lemmy
    if not isinstance(language, str) or language == "und" or len(language) > 35:
        language = None
    return (content or "")[:MOST_CONTENT], language


def _mentions(document: Mapping[str, Any]) -> tuple[MentionTag, ...]:
    found = [
        MentionTag(href, word(tag.get("name")) or "")
        for tag in documents(document.get("tag"))
        if "Mention" in types(tag) and (href := word(tag.get("href")))
    ]
    return tuple(found[:MOST_MENTIONS])


def _hashtags(document: Mapping[str, Any]) -> tuple[str, ...]:
    names = (
        name.lstrip("#")
        for tag in documents(document.get("tag"))
        if "Hashtag" in types(tag) and (name := word(tag.get("name")))
    )
    return tuple(dict.fromkeys(name for name in names if 0 < len(name) <= 100))[:MOST_TAGS]


def _attachments(document: Mapping[str, Any]) -> tuple[Media, ...]:
    found = []
    for item in documents(document.get("attachment")):
        kind = known_type(item, frozenset({"Document", "Image", "Video", "Audio"}))
        media_type = word(item.get("mediaType"))
        url = link(item.get("url"), media_type or "")
        if kind is None or url is None:
            continue
        focus = [v for v in as_list(item.get("focalPoint")) if isinstance(v, int | float)]
        found.append(
            Media(
                url=url,
                media_type=media_type,
                description=_cut(word(item.get("summary")) or word(item.get("name")), 10_000),
                blurhash=_cut(word(item.get("blurhash")), 100),
                width=number(item.get("width")),
                height=number(item.get("height")),
                focus=(float(focus[0]), float(focus[1])) if len(focus) == 2 else None,
                kind=_media_kind(kind, media_type),
            )
        )
    return tuple(found[:MOST_ATTACHMENTS])


def _media_kind(kind: str, media_type: str | None) -> str:
    family = (media_type or "").partition("/")[0]
    if family in ("image", "video", "audio"):
        return family
    return {"Image": "image", "Video": "video", "Audio": "audio"}.get(kind, "unknown")


def _cut(text: str | None, most: int) -> str | None:
    return None if text is None else text[:most]
