"""How members show themselves: name, words, pictures, and what they usually want when they post."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from microfed.errors import Invalid
from microfed.ids import id_at
from microfed.operations.media import remove_picture as forget_picture
from microfed.outbound.deliver import deliver
from microfed.outbound.groups import inboxes_of_group
from microfed.outbound.recipients import inboxes_of_followers
from microfed.outbound.render import activity, actor_document
from microfed.queries.files import emojis_in
from microfed.queries.people import keys_of
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from microfed.text import clean_text, plain_to_html
from microfed.vocab.terms import PUBLIC

LONGEST_NAME, LONGEST_NOTE = 30, 500
MOST_FIELDS, LONGEST_FIELD = 4, 255
VISIBILITIES = ("public", "unlisted", "private", "direct")
QUOTE_POLICIES = ("public", "followers", "nobody")
_EXTRAS = ("show_media", "show_media_replies", "show_featured", "attribution_domains")


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What is to change; None leaves it as it is."""

    display_name: str | None = None
    note: str | None = None
    fields: Sequence[tuple[str, str]] | None = None
    is_locked: bool | None = None
    is_bot: bool | None = None
    is_discoverable: bool | None = None
    is_indexable: bool | None = None
    hides_follows: bool | None = None
    avatar_uri: str | None = None
    header_uri: str | None = None
    avatar_description: str | None = None
    header_description: str | None = None
    show_media: bool | None = None
    show_media_replies: bool | None = None
    show_featured: bool | None = None
    attribution_domains: list[str] | None = None


def change_profile(tx: Tx, *, actor: Actor, change: ProfileChange) -> dict[str, Any]:
    """A member shows themselves otherwise; followers elsewhere are told by what is returned."""
    _check(change)
    if change.display_name is not None:
        actor.display_name = clean_text(change.display_name).strip()
    if change.note is not None:
        actor.note_source = clean_text(change.note).strip()
        actor.note = _html(tx, actor.note_source)
    if change.fields is not None:
        actor.fields = [
            {"name": clean_text(name).strip(), "value": _line(value), "source": value.strip()}
            for name, value in change.fields
            if name.strip() or value.strip()
        ]
    if change.is_bot is not None:
        actor.kind = "Service" if change.is_bot else "Person"
    for name in (
        *("is_locked", "is_discoverable", "is_indexable", "hides_follows", "avatar_uri"),
        *("header_uri", "avatar_description", "header_description"),
    ):
        if (value := getattr(change, name)) is not None:
            setattr(actor, name, value)
    extras: dict[str, Any] = dict(actor.extras or {})
    said = {name: getattr(change, name) for name in _EXTRAS}
    actor.extras = extras | {name: value for name, value in said.items() if value is not None}
    return tell_of_profile(tx, actor)


def remove_picture(tx: Tx, *, actor: Actor, which: str) -> None:
    """A member takes their `avatar` or `header` away."""
    forget_picture(tx, actor=actor, slot=which)
    tell_of_profile(tx, actor)


def tell_of_profile(tx: Tx, actor: Actor) -> dict[str, Any]:
    """Someone who lives here has changed: caches drop them, followers elsewhere read anew.

    Returns the Update by which they hear of it.
    """
    actor.version += 1
    lines = (f"{field['name']} {field['value']}" for field in actor.fields or ())
    actor.emojis = emojis_in(tx, " ".join((actor.display_name, actor.note, *lines)))
    tx.flush()
    document = actor_document(tx.here, actor, keys_of(tx, actor.id))
    context = document.pop("@context")
    followers = actor.followers_uri or f"{actor.uri}/followers"
    said = activity(
        "Update",
        id_=tx.here.activity(id_at(tx.now)),
        actor=actor.uri,
        # Of a private group only those hear who are in it.
        to=[followers] if actor.is_private else [PUBLIC],
        cc=[] if actor.is_private else [followers],
        object_=document,
    )
    inboxes = inboxes_of_followers(tx, actor.id)
    if actor.is_private:
        inboxes = inboxes_of_group(tx, actor.id)
    said["@context"] = context
    deliver(tx, said, sender=actor, inboxes=inboxes)
    tx.tell("actor", actor.id)
    return said


def change_habits(
    tx: Tx,
    *,
    member: Member,
    visibility: str | None = None,
    is_sensitive: bool | None = None,
    language: str | None = None,
    quote_policy: str | None = None,
) -> None:
    """What a member's posts are like unless they say otherwise."""
    habits = dict(member.preferences or {})
    if visibility is not None:
        if visibility not in VISIBILITIES:
            raise Invalid("there is no such audience", {"source[privacy]": "is not in the list"})
        habits["visibility"] = visibility
    if quote_policy is not None:
        if quote_policy not in QUOTE_POLICIES:
            raise Invalid("there is no such policy", {"source[quote_policy]": "not in the list"})
        habits["quote_policy"] = quote_policy
    if is_sensitive is not None:
        habits["sensitive"] = is_sensitive
    if language is not None:
        habits["language"] = language[:12]
    member.preferences = habits
    tx.flush()


def _check(change: ProfileChange) -> None:
    if change.display_name is not None and len(change.display_name.strip()) > LONGEST_NAME:
        _too_long("display_name", LONGEST_NAME)
    if change.note is not None and len(change.note.strip()) > LONGEST_NOTE:
        _too_long("note", LONGEST_NOTE)
    if change.fields is not None:
        if len(change.fields) > MOST_FIELDS:
            raise Invalid(f"at most {MOST_FIELDS} lines", {"fields_attributes": "too many"})
        if any(len(part) > LONGEST_FIELD for field in change.fields for part in field):
            _too_long("fields_attributes", LONGEST_FIELD)


def _too_long(field: str, most: int) -> None:
    why = f"is too long (maximum is {most} characters)"
    raise Invalid(f"{field.replace('_', ' ')} {why}", {field: why})


def _html(tx: Tx, source: str) -> str:
    # Whom a note names is not looked up: changing one's profile must not wait for other servers.
    return plain_to_html(source, named={}, tag_url=tx.here.tag)


def _line(value: str) -> str:
    text = clean_text(value).strip()
    if not text.startswith(("http://", "https://")) or any(c.isspace() for c in text):
        return html.escape(text, quote=False)
    shown = html.escape(text)
    return f'<a href="{shown}" rel="nofollow noopener noreferrer me">{shown}</a>'
