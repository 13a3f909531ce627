"""Like, Announce, Add, Remove: what a member does with what is there."""

from typing import Any

from microfed.c2s.asked import Document, need_id, need_own_post, need_readable
from microfed.errors import Forbidden, NotFound
from microfed.operations.deeds import collect, need_thing
from microfed.operations.featured import pin, unpin
from microfed.operations.group_care import step_down, trust
from microfed.operations.groups import need_moderator
from microfed.operations.reactions import boost, find_like, like
from microfed.outbound.render import activity
from microfed.outbound.render_activities import announce
from microfed.queries.activities import kept_activity
from microfed.queries.groups import group_looked_after
from microfed.queries.people import need_actor
from microfed.store.database import Tx
from microfed.store.people import Actor


def do_like(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Like a post."""
    post = need_readable(tx, owner, need_id(document))
    like(tx, actor=owner, post=post)
    known = find_like(tx, actor_id=owner.id, post_id=post.id)
    author = tx.session.get_one(Actor, post.actor_id)
    if known is None or known.uri is None:
        raise NotFound("there is no such like")
    return kept_activity(tx, known.uri, sender_id=owner.id) or activity(
        "Like", id_=known.uri, actor=owner.uri, to=[author.uri], object_=post.uri
    )


def do_announce(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Pass a post on."""
    post = need_readable(tx, owner, need_id(document))
    passed_on = boost(tx, actor=owner, post=post)
    author = tx.session.get_one(Actor, post.actor_id)
    return announce(passed_on, actor=owner, of=post, author_uri=author.uri)


def do_add(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Show a post on the profile, put anything into a collection of one's own, or let somebody look
    after a group."""
    return change_collection(tx, owner, document, is_in=True)


def do_remove(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Take something out of what the profile shows, or of a collection of one's own."""
    return change_collection(tx, owner, document, is_in=False)


def _look_after(tx: Tx, owner: Actor, group: Actor, item: str, *, is_in: bool) -> dict[str, Any]:
    """Let somebody look after a group of ours too; or look after it no more oneself."""
    need_moderator(tx, group, owner)
    if is_in:
        return trust(tx, group=group, by=owner, who=need_actor(tx, item))
    if item != owner.uri:
        raise Forbidden("whoever looks after a group steps down themselves")
    return step_down(tx, group=group, by=owner)


def change_collection(tx: Tx, owner: Actor, document: Document, *, is_in: bool) -> dict[str, Any]:
    """Put the object into the target, or take it out; only the owner's own may be changed."""
    item, target = need_id(document), need_id(document, "target")
    group = group_looked_after(tx, target)
    if group is not None:
        return _look_after(tx, owner, group, item, is_in=is_in)
    if target == owner.featured_uri:
        post = need_own_post(tx, owner, item)
        return (pin if is_in else unpin)(tx, actor=owner, post=post)
    if target.startswith(f"{owner.uri}/") and not target.startswith(f"{owner.uri}/posts/"):
        raise Forbidden("this collection is the server's to change")
    if not tx.here.is_ours(target):
        raise Forbidden("this collection is somebody else's")
    collection = need_thing(tx, author=owner, uri=target)
    return collect(tx, author=owner, collection=collection, item=item, is_in=is_in)
