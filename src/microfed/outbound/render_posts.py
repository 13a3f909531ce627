"""Posts as ActivityPub documents."""

from collections.abc import Mapping
from html import escape
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from microfed.here import Here
from microfed.ids import moment_of
from microfed.outbound.render import emoji_tags, stamp
from microfed.outbound.whole_post import ShownPoll, WholePost
from microfed.store.people import Actor
from microfed.store.posts import Attachment, Post, Tombstone
from microfed.vocab.aid import AID_CONTEXT, Proposal, proposal_document
from microfed.vocab.audience import Audience
from microfed.vocab.events import EVENT_CONTEXT, Meeting, event_fields
from microfed.vocab.terms import POST_CONTEXT, PUBLIC
from microfed.words import all_words

TYPES = {
    "note": "Note",
    "question": "Question",
    "article": "Article",
    "event": "Event",
    "page": "Page",
    "image": "Image",
    "audio": "Audio",
    "video": "Video",
}


def note(here: Here, whole: WholePost) -> dict[str, Any]:
    """Return the document of a post of ours, without its context (interop.md §3.3)."""
    post, to = whole.post, whole.addressing
    if post.kind in ("deed", "thing", "collection"):
        return _as_said(whole)
    document: dict[str, Any] = {
        "id": post.uri,
        "type": TYPES.get(post.kind, "Note"),
        "attributedTo": whole.author.uri,
        "inReplyTo": whole.in_reply_to,
        "published": stamp(moment_of(post.id)),
        "url": post.url,
        "to": list(to.to),
        "cc": list(to.cc),
        "summary": post.warning or None,
        "sensitive": post.is_sensitive
        or (whole.author.sensitized_at is not None and bool(whole.attachments)),
        "content": post.content,
    }
    if whole.group is not None:
        document["audience"] = whole.group.uri
    if post.title:
        document["name"] = post.title
    if post.language:
        document["contentMap"] = {post.language: post.content}
    if post.source is not None:
        document["source"] = {
            "content": post.source,
            "mediaType": post.source_type or "text/plain",
        }
    if whole.thread_uri:
        document["conversation"] = document["context"] = whole.thread_uri
    document["tag"] = _tags(here, whole)
    document["attachment"] = [_attachment(here, item) for item in whole.attachments]
    if post.edited_at is not None:
        document["updated"] = stamp(post.edited_at)
    document["replies"] = _replies(post.uri)
    document["likes"] = _count(f"{post.uri}/likes", post.likes_count)
    document["shares"] = _count(f"{post.uri}/shares", post.boosts_count)
    if whole.poll is not None:
        document |= _question(whole.poll)
    if whole.meeting is not None:
        document |= _happens(whole, whole.meeting)
    if whole.proposal is not None:
        document |= _proposed(whole, whole.proposal)
    if post.quote_uri:
        document |= _quotation(post)
    if approved := (post.extras or {}).get("approved_by"):
        document["approvedBy"] = approved
    document["interactionPolicy"] = {"canQuote": {"automaticApproval": [_may_quote(whole)]}}
    if Audience(post.audience) in (Audience.RING, Audience.CIRCLE, Audience.GROUP):
        document["interactionPolicy"]["canAnnounce"] = {"automaticApproval": []}
    return document


def in_context(document: dict[str, Any]) -> dict[str, Any]:
    """Return `document` as it stands alone."""
    return {"@context": context_of(document), **document}


def context_of(document: Mapping[str, Any]) -> list[Any]:
    """Return the terms a post is written in; those of aid and events only where they are used."""
    if "startTime" in document:
        return [*POST_CONTEXT, EVENT_CONTEXT]
    return [*POST_CONTEXT, AID_CONTEXT] if "proposal" in document else POST_CONTEXT


def _as_said(whole: WholePost) -> dict[str, Any]:
    """Return a deed or a thing as its author's client wrote it, with what is ours to say."""
    post, to = whole.post, whole.addressing
    document = {
        **(post.extras or {}).get("document", {}),
        "id": post.uri,
        "actor" if post.kind == "deed" else "attributedTo": whole.author.uri,
        "published": stamp(moment_of(post.id)),
        "to": list(to.to),
        "cc": list(to.cc),
        "url": post.url,
    }
    if post.kind == "deed":
        return document
    if post.edited_at is not None:
        document["updated"] = stamp(post.edited_at)
    if post.kind == "collection":
        document["totalItems"] = len(document.get("orderedItems") or document.get("items") or [])
    document["replies"] = _replies(post.uri)
    document["likes"] = _count(f"{post.uri}/likes", post.likes_count)
    document["shares"] = _count(f"{post.uri}/shares", post.boosts_count)
    return document


def gone(tombstone: Tombstone) -> dict[str, Any]:
    """Return what stands where a post of ours was."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": tombstone.uri,
        "type": "Tombstone",
        "deleted": stamp(tombstone.deleted_at),
    }


def _tags(here: Here, whole: WholePost) -> list[dict[str, Any]]:
    mentions = [
        {"type": "Mention", "href": person.uri, "name": person.handle}
        for person in whole.named
        if not person.is_silent
    ]
    hashtags = [
        {"type": "Hashtag", "href": here.tag(key), "name": f"#{shown}"} for key, shown in whole.tags
    ]
    return mentions + hashtags + emoji_tags(whole.post.emojis or ())


def _attachment(here: Here, item: Attachment) -> dict[str, Any]:
    document: dict[str, Any] = {
        "type": "Document",
        "mediaType": item.media_type,
        "url": here.media(item.file) if item.file else item.remote_url,
        "name": item.description,
    }
    if item.blurhash:
        document["blurhash"] = item.blurhash
    if item.width and item.height:
        document |= {"width": item.width, "height": item.height}
    if item.duration:
        document["duration"] = f"PT{item.duration:g}S"
    if item.focus_x is not None and item.focus_y is not None:
        document["focalPoint"] = [item.focus_x, item.focus_y]
    return document


def _question(poll: ShownPoll) -> dict[str, Any]:
    options = [
        {"type": "Note", "name": title, "replies": {"type": "Collection", "totalItems": votes}}
        for title, votes in poll.options
    ]
    said: dict[str, Any] = {
        "anyOf" if poll.is_multiple else "oneOf": options,
        "votersCount": poll.voters_count,
    }
    if poll.ends_at is not None:
        said["endTime"] = stamp(poll.ends_at)
    if poll.closed_at is not None and poll.ends_at is not None:
        said["closed"] = stamp(poll.ends_at)
    return said


def _happens(whole: WholePost, meeting: Meeting) -> dict[str, Any]:
    """Return what an event says besides. Hours go out by the clock there, with their offset."""
    clock = ZoneInfo(meeting.zone)
    words = all_words().get(whole.post.language or "fr") or all_words()["en"]
    line = words.span(meeting.starts_at, meeting.ends_at, meeting.zone)
    said = event_fields(
        meeting,
        starts=meeting.starts_at.astimezone(clock).isoformat(timespec="seconds"),
        ends=None
        if meeting.ends_at is None
        else meeting.ends_at.astimezone(clock).isoformat(timespec="seconds"),
        line=" · ".join(part for part in (line, meeting.place) if part),
    )
    if whole.post.language:
        said["inLanguage"] = whole.post.language
    # Mobilizon knows its events by a number of their own.
    number = str(uuid5(NAMESPACE_URL, whole.post.uri))
    return {**said, "uuid": number, "actor": whole.author.uri, "contacts": [whole.author.uri]}


def _proposed(whole: WholePost, proposal: Proposal) -> dict[str, Any]:
    """Return what a post of mutual aid says besides, and its words with one link to its page."""
    page = whole.post.url or whole.post.uri
    until = None if proposal.until is None else stamp(proposal.until)
    content = whole.post.content
    # What we write ourselves leads to the board already; a member's client may not.
    if f"/entraide/{whole.post.id}" not in content:
        content += f'<p><a href="{escape(page)}">{escape(page)}</a></p>'
    said: dict[str, Any] = {
        "content": content,
        "proposal": proposal_document(whole.post.uri, proposal, until=until),
    }
    if whole.post.language:
        said["contentMap"] = {whole.post.language: content}
    return said


def _quotation(post: Post) -> dict[str, Any]:
    # One way for each generation of servers (interop.md §3.14).
    said: dict[str, Any] = dict.fromkeys(
        ("quote", "quoteUri", "quoteUrl", "_misskey_quote"), post.quote_uri
    )
    return said | ({"quoteAuthorization": post.quote_stamp} if post.quote_stamp else {})


def _may_quote(whole: WholePost) -> str:
    post, author = whole.post, whole.author
    if not Audience(post.audience).is_open or post.quote_policy == "nobody":
        return author.uri
    if post.quote_policy == "followers":
        return author.followers_uri or author.uri
    return PUBLIC


def upload(here: Here, item: Attachment, *, owner: Actor) -> dict[str, Any]:
    """Return an upload as its owner's client gets it, to be shown in a post later."""
    kind = {"image": "Image", "audio": "Audio"}.get(item.kind, "Video")
    return {
        "@context": POST_CONTEXT,
        "id": here.upload(owner.username, item.id),
        **_attachment(here, item),
        "type": kind,
        "attributedTo": owner.uri,
    }


def _replies(uri: str) -> dict[str, Any]:
    return {
        "id": f"{uri}/replies",
        "type": "Collection",
        "first": {
            "type": "CollectionPage",
            "partOf": f"{uri}/replies",
            "next": f"{uri}/replies?page=true",
            "items": [],
        },
    }


def _count(uri: str, total: int) -> dict[str, Any]:
    return {"id": uri, "type": "Collection", "totalItems": total}
