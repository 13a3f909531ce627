"""What is said in groups of ours, and how they pass it on to all who are in them (FEP-1b12).

Who is in an open group, or one with a look at the door, speaks in it by naming it: in public, for
such a group passes on to anyone who follows it. It does so twice: the post by its id, which
Mastodon shows as passed on, and the whole activity, which Lemmy and PieFed understand. Whoever is
not in the group may name it, and nothing is passed on. What is said in a private group is for its
members alone and is never passed on in public: it is carried to their servers, with its proof.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, update

from microfed.errors import Forbidden, NotFound
from microfed.here import authority_of
from microfed.ids import id_at
from microfed.operations.reactions import boost, find_boost, unboost
from microfed.outbound.deliver import deliver, forward
from microfed.outbound.groups import inboxes_of_group
from microfed.outbound.recipients import inboxes_of_followers
from microfed.outbound.render_groups import passed_on
from microfed.queries.groups import may_speak
from microfed.queries.people import is_following
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import HomeEntry, Post
from microfed.vocab.audience import Audience

_OF_SOME = (Audience.FOLLOWERS, Audience.CIRCLE)
_NEAR = (Audience.LOCAL, Audience.RING)


def where_said(
    tx: Tx, *, author: Actor, group: Actor | None, audience: Audience, parent: Post | None
) -> tuple[Actor | None, Audience]:
    """Return the group in which a neighbour speaks, if they chose one, and for whom that is.

    An answer in a private group stays there, or goes to the one who is answered alone; to what was
    said to some, no answer goes into a group. What is for followers or a circle is for them alone,
    and what is for the place or its ring goes into no open group. Raises Forbidden for who is not
    in the group; a private one is then NotFound.
    """
    if parent is not None and Audience(parent.audience) is Audience.GROUP:
        if audience is Audience.PEOPLE:
            return None, audience
        group = None if parent.group_id is None else tx.session.get(Actor, parent.group_id)
        if group is None:
            return None, Audience.GROUP  # it was taken out: its author alone still reads it
    if group is None:
        if audience is Audience.GROUP:
            raise NotFound("there is no such group")
        return _group_answered(tx, author, audience, parent), audience
    asked = Audience.PUBLIC if parent is None else Audience(parent.audience)
    if audience in _OF_SOME or not (asked.is_open or asked is Audience.GROUP):
        return None, audience
    if audience in _NEAR and not group.is_private:
        return None, audience
    if not may_speak(tx, author=author, group=group):
        if group.is_private:
            raise NotFound("there is no such group")
        raise Forbidden("only who is in this group speaks in it")
    if group.is_private:
        return group, Audience.GROUP
    return group, audience if audience.is_open else Audience.PUBLIC


def _group_answered(tx: Tx, author: Actor, audience: Audience, parent: Post | None) -> Actor | None:
    """Return the open group in which somebody answers in public, if they are in it."""
    if parent is None or parent.group_id is None or not audience.is_open:
        return None
    group = tx.session.get(Actor, parent.group_id)
    if group is None or group.is_private or not may_speak(tx, author=author, group=group):
        return None
    return group


def private_group_in(
    tx: Tx, *, author: Actor, named: Mapping[str, Actor], audience: Audience
) -> Actor | None:
    """Return the private group that is named by somebody who is in it, in what is for the place or
    for everyone: they speak in it. What is between a few stays between them."""
    if not (audience.is_open or audience in _NEAR):
        return None
    private = (actor for actor in named.values() if actor.is_private)
    return next((group for group in private if may_speak(tx, author=author, group=group)), None)


def named_in(tx: Tx, named: Mapping[str, Actor], group: Actor | None) -> dict[str, Actor]:
    """Return who is named, as far as they may learn of it: in a private group whoever is in it.

    A private group itself is named to nobody; an open one is, so that an answer comes to it too.
    """
    found = {key: person for key, person in named.items() if not person.is_private}
    if group is None:
        return found
    if group.is_private:
        return {
            key: person
            for key, person in found.items()
            if is_following(tx, follower=person.id, target=group.id)
        }
    if group.id not in {person.id for person in found.values()}:
        found[group.uri] = group
    return found


def pass_on(
    tx: Tx, *, author: Actor, post: Post, named: Iterable[Actor], document: Mapping[str, Any]
) -> None:
    """Somebody spoke: those groups of ours that it is for, by name or as an answer, pass it on."""
    if not Audience(post.audience).is_open or post.boost_of_id is not None:
        return
    for group in _groups_of(tx, post, named):
        if may_speak(tx, author=author, group=group):
            _pass_on(tx, group, post, document)


def _groups_of(tx: Tx, post: Post, named: Iterable[Actor]) -> list[Actor]:
    found = {actor.id: actor for actor in named if _is_ours(actor)}
    if post.in_reply_to_id is not None:
        asked = tx.session.get(Post, post.in_reply_to_id)
        if asked is not None and asked.group_id is not None:
            group = tx.session.get(Actor, asked.group_id)
            if group is not None and _is_ours(group):
                found[group.id] = group
    return list(found.values())


def _is_ours(actor: Actor) -> bool:
    return actor.is_local and actor.kind == "Group" and not actor.is_private


def _pass_on(tx: Tx, group: Actor, post: Post, document: Mapping[str, Any]) -> None:
    if find_boost(tx, actor_id=group.id, post_id=post.id) is not None:
        return
    try:
        # An answer is read in its conversation; it stands in nobody's home here by itself.
        with tx.attempt():
            boost(tx, actor=group, post=post, in_homes=post.in_reply_to_uri is None)
    except (Forbidden, NotFound):
        return  # its author shut the group out, or lets nobody pass on what they say
    if post.group_id is None:
        post.group_id = group.id
        tx.flush()
    _say(tx, group, document)


def _say(tx: Tx, group: Actor, document: Mapping[str, Any]) -> None:
    """Pass a whole activity on, unchanged, to all servers that have somebody in the group."""
    said = passed_on(tx.here.activity(id_at(tx.now)), group=group, inside=document)
    deliver(tx, said, sender=group, inboxes=inboxes_of_followers(tx, group.id))


def inboxes_of_groups(tx: Tx, groups: Iterable[Actor]) -> set[str]:
    """Return where all read what these groups pass on: a correction has to come there too."""
    found: set[str] = set()
    for group in groups:
        found |= inboxes_of_followers(tx, group.id)
    return found


def was_changed(tx: Tx, *, groups: Iterable[Actor], document: Mapping[str, Any]) -> None:
    """A post was corrected: the groups that passed it on pass the correction on."""
    for group in groups:
        _say(tx, group, document)


def was_taken_back(
    tx: Tx, *, post: Post, groups: Iterable[Actor], document: Mapping[str, Any]
) -> None:
    """A post is about to be deleted: groups take back that they passed it on, and say why."""
    for group in groups:
        unboost(tx, actor=group, post=post)
        _say(tx, group, document)


def carry(tx: Tx, *, group: Actor, author: Actor, document: Mapping[str, Any]) -> None:
    """Somebody elsewhere spoke in a private group of ours, corrected that or took it back: the
    other servers get it, as it was said. Without a proof they could not tell who said it."""
    if not group.is_local or "proof" not in document:
        return
    theirs = authority_of(author.uri)
    wanted = {inbox for inbox in inboxes_of_group(tx, group.id) if authority_of(inbox) != theirs}
    forward(tx, document, by=group, inboxes=wanted)


def take_out_of_group(tx: Tx, post: Post) -> None:
    """A post does not belong to its group any more. In public it is still its author's; what was
    said in a private group nobody but its author reads from now on."""
    tx.connection.execute(
        update(Post).where(Post.id == post.id).values(group_id=None, version=Post.version + 1)
    )
    tx.session.expire(post, ["group_id", "version"])
    tx.tell("post_changed", post.id)
    if Audience(post.audience) is Audience.GROUP:
        tx.connection.execute(
            delete(HomeEntry).where(
                HomeEntry.post_id == post.id, HomeEntry.owner_id != post.actor_id
            )
        )
        tx.tell("stream", ("delete", post.id))
