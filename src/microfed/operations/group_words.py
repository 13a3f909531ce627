"""What people elsewhere say in groups: whether they may, and what the group does with it.

It fails closed: what names a private group and cannot be shown to belong to it is not taken in.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from microfed.errors import Forbidden
from microfed.here import authority_of
from microfed.operations.group_posts import (
    carry,
    inboxes_of_groups,
    pass_on,
    was_changed,
    was_taken_back,
)
from microfed.operations.group_rows import groups_with
from microfed.outbound.allies import ally_of
from microfed.outbound.deliver import forward
from microfed.queries.groups import may_speak
from microfed.queries.people import actors_at, find_actor
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience, is_open
from microfed.vocab.objects import Note
from microfed.vocab.reading import ref


def private_group_named(tx: Tx, note: Note) -> Actor | None:
    """Return the private group whose members a post is addressed to, if we know it."""
    uri = ref(note.document.get("audience"))
    if uri is None or is_open(note):
        return None
    group = find_actor(tx, uri)
    if group is None or not group.is_private or group.followers_uri not in (*note.to, *note.cc):
        return None
    return group


def private_group_of(tx: Tx, *, author: Actor, note: Note) -> Actor | None:
    """Return the private group a post was said in, Forbidden for who may not speak there.

    * Ours: who is in it, of a place that is an ally.
    * Another's: its server's own people; or others whose words that server itself brought, because
      it alone knows who else is in the group.
    """
    group = private_group_named(tx, note)
    if group is None:
        return None
    if group.is_local:
        if not may_speak(tx, author=author, group=group) or ally_of(tx, author) is None:
            raise Forbidden("only who is in this group speaks in it")
    elif authority_of(group.uri) not in (authority_of(author.uri), note.carried_by):
        raise Forbidden("the group this was said in did not bring it")
    return group


def heard_in_groups(tx: Tx, *, author: Actor, note: Note, document: Mapping[str, Any]) -> None:
    """Somebody elsewhere spoke: the groups of ours that it is for pass it on."""
    named = {*note.to, *note.cc, *(tag.href for tag in note.mentions)}
    ours = [uri for uri in named if tx.here.is_ours(uri)]
    if not ours and note.in_reply_to is None:
        return
    post = find_post(tx, note.id)
    if post is None or post.actor_id != author.id:
        return
    if Audience(post.audience) is Audience.GROUP:
        _carry(tx, post, author, document)
    else:
        people = actors_at(tx, ours).values()
        pass_on(tx, author=author, post=post, named=people, document=document)


def corrected_in_groups(tx: Tx, *, author: Actor, uri: str, document: Mapping[str, Any]) -> None:
    """Somebody elsewhere corrected a post: the groups that passed it on pass that on too."""
    post = find_post(tx, uri)
    if post is None or post.actor_id != author.id:
        return
    if Audience(post.audience) is Audience.GROUP:
        _carry(tx, post, author, document)
        return
    groups = groups_with(tx, post)
    was_changed(tx, groups=groups, document=document)
    _forward(tx, groups, author, document)


def leaves_groups(tx: Tx, *, author: Actor, post: Post, document: Mapping[str, Any]) -> None:
    """Somebody elsewhere takes a post back: the groups that passed it on take that back."""
    if post.actor_id != author.id:
        return
    if Audience(post.audience) is Audience.GROUP:
        _carry(tx, post, author, document)
        return
    groups = groups_with(tx, post)
    was_taken_back(tx, post=post, groups=groups, document=document)
    _forward(tx, groups, author, document)


def _carry(tx: Tx, post: Post, author: Actor, document: Mapping[str, Any]) -> None:
    group = None if post.group_id is None else tx.session.get(Actor, post.group_id)
    if group is not None:
        carry(tx, group=group, author=author, document=document)


def _forward(tx: Tx, groups: Iterable[Actor], author: Actor, document: Mapping[str, Any]) -> None:
    """Hand on what its author signed to those who follow the group: Mastodon reads no activity
    inside another."""
    if "proof" not in document and "signature" not in document:
        return
    theirs = authority_of(author.uri)
    for group in groups:
        inboxes = inboxes_of_groups(tx, [group])
        wanted = {inbox for inbox in inboxes if authority_of(inbox) != theirs}
        forward(tx, document, by=group, inboxes=wanted)
