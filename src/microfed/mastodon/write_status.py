"""One post as JSON that is the same for everyone: all of a Status but its author and what I did."""

import html
from dataclasses import dataclass
from typing import Any

import orjson

from microfed.here import Here
from microfed.ids import moment_of
from microfed.mastodon.answers import stamp
from microfed.mastodon.own_cards import own_card
from microfed.mastodon.present_accounts import acct, emojis
from microfed.mastodon.present_media import media
from microfed.mastodon.present_polls import PollFacts, poll_facts
from microfed.queries.status_parts import Parts
from microfed.vocab.audience import Audience

# The nearest word that apps know. What stays here is `private` to them: it cannot be passed on.
VISIBILITY = {
    Audience.PUBLIC: "public",
    Audience.QUIET: "unlisted",
    Audience.FOLLOWERS: "private",
    Audience.CIRCLE: "private",
    Audience.GROUP: "private",
    Audience.LOCAL: "private",
    Audience.RING: "private",
    Audience.PEOPLE: "direct",
}
_NOTHING = {"poll": None, "quote": None}


@dataclass(frozen=True, slots=True)
class Written:
    """A status in two halves, between which its author's account goes."""

    head: bytes
    tail: bytes
    poll: PollFacts | None = None
    quote: tuple[int | None, str] | None = None


def write_status(here: Here, parts: Parts) -> Written:
    """Return the halves of a post's JSON; a poll and a quote are left to be added."""
    post = parts.post
    value = _boost(parts) if post.boost_of_id is not None else _status(here, parts)
    poll = poll_facts(here, parts)
    quote = None
    if post.quote_state is not None:
        quote = (post.quote_of_id, post.quote_state)
    if poll is None and quote is None:
        value |= _NOTHING
    if post.boost_of_id is None:
        value["reblog"] = None
    return Written(b'{"account":', b"," + orjson.dumps(value)[1:-1], poll, quote)


def content_of(parts: Parts) -> str:
    """Return what is read: articles and events of other servers have a title and a page."""
    post = parts.post
    if not post.title:
        return post.content
    title = html.escape(post.title)
    page = html.escape(post.url or post.uri)
    link = "" if post.is_local else f' <a href="{page}" rel="nofollow noopener">{page}</a>'
    return f"<p><strong>{title}</strong>{link}</p>{post.content}"


def _status(here: Here, parts: Parts) -> dict[str, Any]:
    post = parts.post
    audience = Audience(post.audience)
    value: dict[str, Any] = {
        "id": str(post.id),
        "created_at": stamp(moment_of(post.id)),
        "in_reply_to_id": _text(post.in_reply_to_id),
        "in_reply_to_account_id": _text(post.in_reply_to_actor_id),
        "sensitive": post.is_sensitive or (parts.is_veiled and bool(parts.attachments)),
        "spoiler_text": post.warning,
        "visibility": VISIBILITY[audience],
        "language": post.language,
        "uri": post.uri,
        "url": post.url or post.uri,
        "replies_count": max(post.replies_count, 0),
        "reblogs_count": max(post.boosts_count, 0),
        "favourites_count": max(post.likes_count, 0),
        "quotes_count": max(post.quotes_count or 0, 0),
        "edited_at": stamp(post.edited_at),
        "content": content_of(parts),
        "application": {"name": post.application, "website": None} if post.application else None,
        "media_attachments": [media(here, item) for item in parts.attachments],
        "mentions": [
            {"id": str(id_), "username": username, "url": page, "acct": acct(username, host)}
            for id_, username, host, page in parts.mentions
        ],
        "tags": [{"name": key, "url": here.tag(key)} for key, _ in parts.tags],
        "emojis": emojis(here, post.emojis),
        "card": own_card(here, parts) or (post.extras or {}).get("card"),
        "quote_approval": _approval(post.quote_policy, audience),
        "microfed": {"audience": audience.value},
    }
    if audience is Audience.LOCAL:
        value["local_only"] = True
    return value


def _boost(parts: Parts) -> dict[str, Any]:
    post = parts.post
    return {
        "id": str(post.id),
        "created_at": stamp(moment_of(post.id)),
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": VISIBILITY[Audience(post.audience)],
        "language": None,
        "uri": post.uri,
        "url": post.url or post.uri,
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "quotes_count": 0,
        "edited_at": None,
        "content": "",
        "application": None,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "quote_approval": {"automatic": [], "manual": [], "current_user": "denied"},
        "microfed": {"audience": str(post.audience)},
    }


def _approval(policy: str | None, audience: Audience) -> dict[str, Any]:
    """Say who may quote. The same for all: `unknown` when it depends on who asks."""
    if not audience.is_open or policy == "nobody":
        return {"automatic": [], "manual": [], "current_user": "denied"}
    if policy == "followers":
        return {"automatic": ["followers"], "manual": [], "current_user": "unknown"}
    return {"automatic": ["public"], "manual": [], "current_user": "automatic"}


def _text(id_: int | None) -> str | None:
    return None if id_ is None else str(id_)
