"""Follow and its answers, Block: whom a member wants to hear from, and be heard by."""

from typing import Any

from microfed.c2s.asked import Document, embedded, need_id
from microfed.errors import Forbidden, Invalid, NotFound
from microfed.operations.blocks import block, find_block
from microfed.operations.follow_rows import asked_of_group, find_follower
from microfed.operations.follows import accept_follow, reject_follow, request_follow
from microfed.operations.group_care import let_in, show_out, turn_away
from microfed.outbound.render import activity
from microfed.queries.activities import kept_activity
from microfed.queries.groups import is_moderator
from microfed.queries.people import find_actor, find_neighbour, need_actor
from microfed.store.database import Tx
from microfed.store.people import Actor, Follow
from microfed.vocab.reading import flag, ref, types, word


def do_follow(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Ask to follow somebody."""
    target = need_actor(tx, need_id(document))
    follow = request_follow(tx, follower=owner, target=target)
    if follow is None:
        raise Forbidden("this account cannot be followed")
    return kept_activity(tx, follow.uri, sender_id=owner.id) or activity(
        "Follow", id_=follow.uri, actor=owner.uri, to=[target.uri], object_=target.uri
    )


def answer_follow(tx: Tx, owner: Actor, document: Document, *, is_yes: bool) -> dict[str, Any]:
    """Say yes or no to somebody who asked to follow, or to join a group that one looks after; or
    show a follower out."""
    uri = ref(document.get("object"))
    asked = None if uri is None else asked_of_group(tx, uri)
    if asked is not None and is_moderator(tx, group_id=asked.target_id, actor_id=owner.id):
        answer = let_in if is_yes else turn_away
        return answer(tx, group=asked.target, by=owner, who=asked.follower)
    return (accept_follow if is_yes else reject_follow)(tx, _asked(tx, owner, document))


def do_block(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Want nothing more to do with somebody; or, with a group as `target`, show them out of it."""
    target = need_actor(tx, need_id(document))
    if (where := ref(document.get("target"))) is not None:
        group = find_neighbour(tx, where)
        if (
            group is None
            or group.kind != "Group"
            or not is_moderator(tx, group_id=group.id, actor_id=owner.id)
        ):
            raise Forbidden("this is for those who look after a group of this place")
        takes_out = flag(document.get("removeData"))
        why = word(document.get("summary")) or ""
        return show_out(tx, group=group, by=owner, who=target, why=why, takes_out=takes_out)
    block(tx, blocker=owner, blocked=target)
    known = find_block(tx, blocker=owner, blocked=target)
    if known is None or known.uri is None:
        raise NotFound("there is no such block")
    return kept_activity(tx, known.uri, sender_id=owner.id) or activity(
        "Block", id_=known.uri, actor=owner.uri, to=[target.uri], object_=target.uri
    )


def _asked(tx: Tx, owner: Actor, document: Document) -> Follow:
    inside = embedded(document) or {}
    if inside and types(inside) and "Follow" not in types(inside):
        what = "a Follow, an Offer, a Join or an event of which we know"
        raise Invalid(f"only {what} can be answered", {"object.type": "/".join(types(inside))})
    whom = ref(inside.get("object"))
    if whom not in (None, owner.uri):
        raise Forbidden("this asks somebody else")
    asker = ref(inside.get("actor"))
    follower = None if asker is None else find_actor(tx, asker)
    uri = need_id(document) if follower is None else ref(document.get("object"))
    follow = find_follower(tx, target=owner, uri=uri, follower=follower)
    if follow is None:
        raise NotFound("nobody asked that")
    if follower is not None and follow.follower_id != follower.id:
        raise Invalid("somebody else asked that", {"object.actor": "is not who asked"})
    return follow
