"""Which members an activity from elsewhere is for, so that their own programs can read it."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from microfed.operations.circle_talk import may_be_shown
from microfed.operations.naming import name_people
from microfed.outbound.inboxes import is_kept, reach_inbox
from microfed.outbound.talks import place_in_talks
from microfed.queries.people import find_neighbour
from microfed.queries.whole_posts import find_post, whole_post
from microfed.store.database import Tx
from microfed.store.introductions import IntroductionSide
from microfed.store.people import HERE, Actor
from microfed.store.queues import Activity
from microfed.vocab.audience import Audience
from microfed.vocab.reading import documents, ref, refs, types
from microfed.vocab.terms import PUBLIC

_ADDRESSES = ("to", "cc", "bto", "bcc", "audience", "object", "target")
MOST_MEMBERS = 50


def show_to_members(tx: Tx, document: Mapping[str, Any]) -> None:
    """Put an activity that was handled into the inboxes of the members whom it concerns."""
    if not is_kept(document):
        return
    uris = {uri for uri in _named(document) if tx.here.is_ours(uri)}
    if not uris:
        return
    if _answers_an_introduction(tx, document, uris):
        return
    names = {name for uri in uris if (name := _member_in(tx, uri))}
    owners: set[int] = set()
    if names:
        found = select(Actor.id).where(Actor.host == HERE, Actor.name_key.in_(names))
        owners.update(tx.connection.scalars(found))
    # An Accept may name no more than the id of the Follow that it answers.
    owners.update(tx.connection.scalars(select(Activity.sender_id).where(Activity.uri.in_(uris))))
    for owner_id in sorted(owners)[:MOST_MEMBERS]:
        reach_inbox(tx, document, owner_id=owner_id)


def show_in_secret(
    tx: Tx, *, by: Actor, document: Mapping[str, Any], to: str, carried_by: str | None = None
) -> None:
    """Let one more member read what `by` said to a few, as it was brought to them by name."""
    inside = next(documents(document.get("object")), None)
    uri = None if inside is None else ref(inside)
    post = None if uri is None else find_post(tx, uri)
    member = find_neighbour(tx, to)
    if post is None or member is None or post.actor_id != by.id:
        return
    to_whom = whole_post(tx, post).addressing.everyone
    if PUBLIC in to_whom or by.followers_uri in to_whom:
        return
    if may_be_shown(tx, post=post, carried_by=carried_by):
        name_people(tx, post.id, loud=(), silent=(), hidden=[member])
        place_in_talks(tx, post_id=post.id, audience=post.audience)
        if Audience(post.audience) is Audience.CIRCLE:
            tx.tell("stream", ("post", post.id))


def _answers_an_introduction(tx: Tx, document: Mapping[str, Any], uris: set[str]) -> bool:
    """What one of two says to an introduction is for nobody's eyes, not even who proposed it."""
    if {"Accept", "Reject"}.isdisjoint(types(document)):
        return False
    asked = select(IntroductionSide.actor_id).where(IntroductionSide.offer_uri.in_(uris))
    return tx.connection.scalar(asked.limit(1)) is not None


def _named(document: Mapping[str, Any]) -> Iterator[str]:
    for key in _ADDRESSES:
        yield from refs(document.get(key))
    for inside in documents(document.get("object")):
        for key in ("actor", "object"):
            if (uri := ref(inside.get(key))) is not None:
                yield uri


def _member_in(tx: Tx, uri: str) -> str | None:
    """Return the name in an address of one of us, or of something they said."""
    prefix = tx.here.actor("")
    if not uri.startswith(prefix):
        return None
    return uri.removeprefix(prefix).partition("/")[0].partition("#")[0].lower() or None
