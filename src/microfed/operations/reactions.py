"""What people do with a post: pass it on, like it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, update

from microfed.errors import Forbidden, NotFound
from microfed.ids import id_at
from microfed.operations.group_likes import group_of, pass_like_on, tell_group
from microfed.operations.searching import is_dear_to_somebody
from microfed.outbound.deliver import deliver, deliver_anew, deliver_to
from microfed.outbound.groups import once_in_homes
from microfed.outbound.home import place_in_homes
from microfed.outbound.notify import notify, take_back_notification
from microfed.outbound.recipients import inboxes_of, inboxes_of_followers
from microfed.outbound.render import activity
from microfed.outbound.render_activities import announce
from microfed.queries.people import is_blocked
from microfed.queries.policies import verdict_on
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Like, Post
from microfed.vocab.audience import Audience


def boost(
    tx: Tx, *, actor: Actor, post: Post, uri: str | None = None, in_homes: bool = True
) -> Post:
    """`actor` passes `post` on. Doing it twice is harmless; only open posts may be passed on.

    Without `in_homes` it reaches servers elsewhere, and nobody's home here.
    """
    if post.boost_of_id is not None:
        post = tx.session.get_one(Post, post.boost_of_id)
    if not Audience(post.audience).is_open:
        raise Forbidden("this post may not be passed on")
    author = tx.session.get_one(Actor, post.actor_id)
    _may_react(tx, actor=actor, author=author)
    known = find_boost(tx, actor_id=actor.id, post_id=post.id)
    if known is not None:
        return known
    must_ask = _must_ask(tx, actor=actor, post=post, deed="announce")
    id_ = id_at(tx.now)
    passed_on = Post(
        id=id_,
        uri=uri or f"{actor.uri}/posts/{id_}/activity",
        actor_id=actor.id,
        is_local=actor.is_local,
        boost_of_id=post.id,
        kind="boost",
        audience=Audience.PUBLIC,
        url=post.url,
    )
    tx.session.add(passed_on)
    tx.flush()
    _count(tx, post, boosts=1)
    is_group = actor.kind == "Group"
    if in_homes:
        place_in_homes(
            tx,
            post_id=id_,
            author_id=actor.id,
            audience=passed_on.audience,
            is_local=actor.is_local and not is_group,
            boosted_author_id=author.id,
        )
    if is_group:
        once_in_homes(tx, passed_on)
    elif author.is_local:  # whoever speaks in a group knows that it passes that on
        notify(tx, owner_id=author.id, kind="boost", from_id=actor.id, post_id=post.id)
    if actor.is_local:
        is_dear_to_somebody(tx, post.id)
        document = announce(passed_on, actor=actor, of=post, author_uri=author.uri)
        deliver(tx, document, sender=actor, inboxes=_told(tx, actor, author, is_asked=must_ask))
    tx.tell("stream", ("post", id_))
    return passed_on


def boost_was_let(tx: Tx, passed_on: Post) -> None:
    """The author elsewhere lets a neighbour pass their post on: now it goes to all who follow."""
    post = tx.session.get_one(Post, passed_on.boost_of_id)
    actor = tx.session.get_one(Actor, passed_on.actor_id)
    author = tx.session.get_one(Actor, post.actor_id)
    document = announce(passed_on, actor=actor, of=post, author_uri=author.uri)
    deliver_anew(tx, document, sender=actor, inboxes=_told(tx, actor, author, is_asked=False))


def unboost(tx: Tx, *, actor: Actor, post: Post) -> None:
    """`actor` takes a boost back. Doing it twice is harmless."""
    known = find_boost(tx, actor_id=actor.id, post_id=post.id)
    if known is None:
        return
    author = tx.session.get_one(Actor, post.actor_id)
    if actor.is_local:
        inside = announce(known, actor=actor, of=post, author_uri=author.uri)
        inside.pop("@context")
        document = activity(
            "Undo",
            id_=f"{known.uri}/undo",
            actor=actor.uri,
            to=inside["to"],
            cc=inside["cc"],
            object_=inside,
        )
        inboxes = inboxes_of_followers(tx, actor.id) | inboxes_of(tx, [author.id], is_shared=True)
        deliver(tx, document, sender=actor, inboxes=inboxes)
    id_ = known.id
    tx.session.expunge(known)
    tx.connection.execute(delete(Post).where(Post.id == id_))
    _count(tx, post, boosts=-1)
    take_back_notification(tx, owner_id=author.id, kind="boost", from_id=actor.id, post_id=post.id)
    tx.tell("stream", ("delete", id_))


def like(
    tx: Tx,
    *,
    actor: Actor,
    post: Post,
    uri: str | None = None,
    emoji: str | None = None,
    document: Mapping[str, Any] | None = None,
) -> None:
    """`actor` likes `post`. Doing it twice is harmless. Its author is told, and the open group it
    was said in, which passes on the `document` of somebody elsewhere."""
    author = tx.session.get_one(Actor, post.actor_id)
    _may_react(tx, actor=actor, author=author)
    known = find_like(tx, actor_id=actor.id, post_id=post.id)
    if known is not None:
        return
    _must_ask(tx, actor=actor, post=post, deed="like")
    id_ = id_at(tx.now)
    uri = uri or tx.here.activity(id_)
    tx.session.add(Like(id=id_, uri=uri, actor_id=actor.id, post_id=post.id, emoji=emoji))
    tx.flush()
    _count(tx, post, likes=1)
    if author.is_local:
        notify(tx, owner_id=author.id, kind="like", from_id=actor.id, post_id=post.id)
    if actor.is_local:
        is_dear_to_somebody(tx, post.id)
        group = group_of(tx, actor=actor, post=post)
        document = activity(
            "Like", id_=uri, actor=actor.uri, object_=post.uri, **_in_group(author, group)
        )
        deliver_to(tx, document, sender=actor, to=author)
        tell_group(tx, actor=actor, group=group, document=document)
    pass_like_on(tx, actor=actor, post=post, document=document)


def unlike(tx: Tx, *, actor: Actor, post: Post, document: Mapping[str, Any] | None = None) -> None:
    """`actor` no longer likes `post`. Doing it twice is harmless. `document` says so, of somebody
    elsewhere."""
    known = find_like(tx, actor_id=actor.id, post_id=post.id)
    if known is None:
        return
    author = tx.session.get_one(Actor, post.actor_id)
    if actor.is_local:
        group = group_of(tx, actor=actor, post=post)
        where = _in_group(author, group)
        inside = {"id": known.uri, "type": "Like", "actor": actor.uri, "object": post.uri}
        if "audience" in where:
            inside["audience"] = where["audience"]
        document = activity(
            "Undo", id_=f"{known.uri}/undo", actor=actor.uri, object_=inside, **where
        )
        deliver_to(tx, document, sender=actor, to=author)
        tell_group(tx, actor=actor, group=group, document=document)
    pass_like_on(tx, actor=actor, post=post, document=document)
    tx.session.delete(known)
    tx.flush()
    _count(tx, post, likes=-1)
    take_back_notification(tx, owner_id=author.id, kind="like", from_id=actor.id, post_id=post.id)


def _in_group(author: Actor, group: Actor | None) -> dict[str, Any]:
    """Return whom a like is addressed to; Lemmy wants the group named (interop.md §3.16)."""
    if group is None:
        return {"to": [author.uri]}
    return {"to": [author.uri], "cc": [group.uri], "audience": group.uri}


def find_boost(tx: Tx, *, actor_id: int, post_id: int) -> Post | None:
    """Return the boost of a post by an actor."""
    return tx.session.scalar(
        select(Post).where(Post.boost_of_id == post_id, Post.actor_id == actor_id)
    )


def find_like(
    tx: Tx, *, actor_id: int, post_id: int | None = None, uri: str | None = None
) -> Like | None:
    """Return an actor's like, of a post or by its id."""
    query = select(Like).where(Like.actor_id == actor_id)
    if post_id is not None:
        return tx.session.scalar(query.where(Like.post_id == post_id))
    return tx.session.scalar(query.where(Like.uri == uri))


def reaction_was_undone(
    tx: Tx, *, by: Actor, uri: str, document: Mapping[str, Any] | None = None
) -> bool:
    """Someone elsewhere takes back a like or a boost by its id. Returns whether there was one."""
    boosted = tx.session.scalar(select(Post).where(Post.uri == uri, Post.boost_of_id.is_not(None)))
    if boosted is not None:
        _same_actor(by, boosted.actor_id)
        unboost(tx, actor=by, post=tx.session.get_one(Post, boosted.boost_of_id))
        return True
    liked = tx.session.scalar(select(Like).where(Like.uri == uri))
    if liked is not None:
        _same_actor(by, liked.actor_id)
        unlike(tx, actor=by, post=tx.session.get_one(Post, liked.post_id), document=document)
        return True
    return False


def _same_actor(by: Actor, actor_id: int) -> None:
    if by.id != actor_id:
        raise Forbidden("this is not yours to take back")


def _may_react(tx: Tx, *, actor: Actor, author: Actor) -> None:
    if is_blocked(tx, by=author.id, whom=actor.id):
        raise NotFound("there is no such post")


def _told(tx: Tx, actor: Actor, author: Actor, *, is_asked: bool) -> set[str]:
    """Return who hears of a boost: until its author let it, they alone."""
    theirs = inboxes_of(tx, [author.id], is_shared=True)
    return theirs if is_asked else inboxes_of_followers(tx, actor.id) | theirs


def _must_ask(tx: Tx, *, actor: Actor, post: Post, deed: str) -> bool:
    """Say whether the author elsewhere decides first. Forbidden for what they want of nobody."""
    may = verdict_on(tx, actor=actor, post=post, deed=deed) if actor.is_local else "yes"
    if may == "no":
        raise Forbidden("the author does not want this of everyone")
    return may == "ask"


def _count(tx: Tx, post: Post, *, boosts: int = 0, likes: int = 0) -> None:
    tx.flush()
    tx.connection.execute(
        update(Post)
        .where(Post.id == post.id)
        .values(
            boosts_count=Post.boosts_count + boosts,
            likes_count=Post.likes_count + likes,
            version=Post.version + 1,
        )
    )
    tx.session.expire(post, ["boosts_count", "likes_count", "version"])
    tx.tell("post_changed", post.id)
