"""Undo: a member takes back what they did, named by its id or by what it was done to."""

from collections.abc import Callable
from typing import Any

from microfed.c2s.asked import Document, check_speaker, embedded
from microfed.c2s.coming import find_visible_event, leave
from microfed.c2s.meeting import take_back_introduction
from microfed.c2s.reacting import change_collection
from microfed.c2s.taking_up import take_back_offer
from microfed.errors import Forbidden, Invalid, NotFound
from microfed.operations.blocks import find_block, unblock
from microfed.operations.follow_rows import find_follow, find_follower, find_own_follow
from microfed.operations.follows import reject_follow, unfollow
from microfed.operations.group_care import let_back
from microfed.operations.reactions import find_boost, find_like, unboost, unlike
from microfed.operations.taking_back import delete_post
from microfed.queries.activities import kept_activity
from microfed.queries.people import find_actor, find_neighbour
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.reading import ref, types

_SAID = frozenset(("Create", "Update", "Delete"))
TakeBack = Callable[[Tx, Actor, str, Document], str | dict[str, Any] | None]


def do_undo(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Take something back. Raises NotFound when it was not done, Forbidden when by another."""
    inside = dict(embedded(document) or {})
    check_speaker(owner, inside)
    uri = ref(document.get("object")) or ""
    if not inside.get("type"):
        inside = {**(kept_activity(tx, uri, sender_id=owner.id) or {}), **inside}
    kinds = types(inside)
    if not _SAID.isdisjoint(kinds):
        raise Invalid("to take back what you said, delete it", {"object.type": "/".join(kinds)})
    ways = [UNDO[kind] for kind in kinds if kind in UNDO]
    for take_back in ways or (*UNDO.values(), _deed):
        done = take_back(tx, owner, uri, inside)
        if isinstance(done, dict):
            return done
        if done is not None:
            kept = kept_activity(tx, done, sender_id=owner.id)
            if kept is None:
                raise NotFound("there is nothing of yours to undo")
            return kept
    if uri and not tx.here.is_ours(uri):
        raise Forbidden("this is somebody else's")
    raise NotFound("there is nothing of yours to undo")


def _follow(tx: Tx, owner: Actor, uri: str, inside: Document) -> str | None:
    whom = ref(inside.get("object"))
    target = find_actor(tx, whom) if whom else None
    follow = None if target is None else find_follow(tx, follower=owner, target=target)
    follow = follow or find_own_follow(tx, follower=owner, uri=uri)
    if follow is None:
        return None
    done = f"{follow.uri}/undo"
    unfollow(tx, follower=owner, target=follow.target)
    return done


def _announce(tx: Tx, owner: Actor, uri: str, inside: Document) -> str | None:
    what = ref(inside.get("object"))
    post = find_post(tx, what) if what else None
    passed_on = None if post is None else find_boost(tx, actor_id=owner.id, post_id=post.id)
    passed_on = passed_on or find_post(tx, uri)
    if passed_on is None or passed_on.boost_of_id is None or passed_on.actor_id != owner.id:
        return None
    done = f"{passed_on.uri}/undo"
    unboost(tx, actor=owner, post=tx.session.get_one(Post, passed_on.boost_of_id))
    return done


def _like(tx: Tx, owner: Actor, uri: str, inside: Document) -> str | None:
    what = ref(inside.get("object"))
    post = find_post(tx, what) if what else None
    known = None if post is None else find_like(tx, actor_id=owner.id, post_id=post.id)
    known = known or find_like(tx, actor_id=owner.id, uri=uri)
    if known is None or known.uri is None:
        return None
    done = f"{known.uri}/undo"
    unlike(tx, actor=owner, post=tx.session.get_one(Post, known.post_id))
    return done


def _block(tx: Tx, owner: Actor, uri: str, inside: Document) -> str | dict[str, Any] | None:
    whom, where = ref(inside.get("object")), ref(inside.get("target"))
    target = find_actor(tx, whom) if whom else None
    if where is not None:  # out of a group
        group = find_neighbour(tx, where)
        if target is None or group is None or group.kind != "Group":
            return None
        return let_back(tx, group=group, by=owner, who=target)
    known = None if target is None else find_block(tx, blocker=owner, blocked=target)
    known = known or find_block(tx, blocker=owner, uri=uri)
    if known is None:
        return None
    done = f"{known.uri}/undo"
    unblock(tx, blocker=owner, blocked=tx.session.get_one(Actor, known.blocked_id))
    return done


def _coming(tx: Tx, owner: Actor, uri: str, inside: Document) -> dict[str, Any] | None:
    post = find_visible_event(tx, owner, ref(inside.get("object")))
    return None if post is None else leave(tx, owner, post)


def _offer(tx: Tx, owner: Actor, uri: str, inside: Document) -> str | dict[str, Any] | None:
    if not uri:
        return None
    return take_back_introduction(tx, owner, uri) or take_back_offer(tx, owner, uri)


def _accept(tx: Tx, owner: Actor, uri: str, inside: Document) -> dict[str, Any] | None:
    """A yes taken back is a no (interop.md §3.2); of an event, one does not come."""
    done = _coming(tx, owner, uri, inside)
    if done is not None:
        return done
    asked = ref(inside.get("object"))
    follow = find_follower(tx, target=owner, uri=asked) if asked else None
    return None if follow is None else reject_follow(tx, follow)


def _add(tx: Tx, owner: Actor, uri: str, inside: Document) -> dict[str, Any] | None:
    if ref(inside.get("target")) is None:
        return None
    return change_collection(tx, owner, inside, is_in="Remove" in types(inside))


def _deed(tx: Tx, owner: Actor, uri: str, inside: Document) -> dict[str, Any] | None:
    post = find_post(tx, uri)
    if post is None or post.kind != "deed" or post.actor_id != owner.id:
        return None
    return delete_post(tx, author=owner, post=post)


UNDO: dict[str, TakeBack] = {
    "Follow": _follow,
    "Like": _like,
    "Announce": _announce,
    "Block": _block,
    "Offer": _offer,
    "Join": _coming,
    "TentativeAccept": _coming,
    "Accept": _accept,
    "Add": _add,
    "Remove": _add,
}
