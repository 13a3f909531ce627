"""Following: asking, accepting, refusing and leaving.

Every door (an inbox, the Mastodon API, a client's outbox, the web, the command line) ends here.
"""

from typing import Any

from sqlalchemy import select, update

from microfed.errors import Forbidden, NotFound
from microfed.ids import id_at
from microfed.operations.advice import ask_for_advice, forget_advice
from microfed.operations.circles import leave_circles
from microfed.operations.group_rows import moderator_left, take_invitation, tell_moderators
from microfed.outbound.allies import alliance_began, alliance_ended, ally_at, ally_of
from microfed.outbound.deliver import deliver_to
from microfed.outbound.groups import enter_group, leave_group
from microfed.outbound.home import empty_home, fill_home
from microfed.outbound.listed import fill_lists_with, leave_lists
from microfed.outbound.notify import notify, take_back_notification
from microfed.outbound.render import activity, follow_inside
from microfed.queries.people import is_blocked
from microfed.queries.private_groups import is_invited
from microfed.store.database import Tx
from microfed.store.people import INSTANCE_ACTOR, Actor, Follow


def request_follow(
    tx: Tx,
    *,
    follower: Actor,
    target: Actor,
    uri: str | None = None,
    shows_boosts: bool | None = None,
    notifies: bool | None = None,
    languages: list[str] | None = None,
) -> Follow | None:
    """`follower` asks to follow `target`; an unlocked local target accepts at once.

    Asking twice is harmless: the newest id is kept, and the answer is given again. Returns None
    when a target here says no on the spot (block, moved away, the place itself): then someone
    elsewhere has been sent a Reject; a neighbour is Forbidden.
    """
    if follower.id == target.id:
        raise Forbidden("one cannot follow oneself")
    if not _may_know(tx, follower=follower, target=target):
        raise NotFound("there is no such account")
    if _may_not_follow(tx, follower=follower, target=target):
        _refuse(tx, follower=follower, target=target, uri=uri)
        return None
    follow = find_follow(tx, follower=follower, target=target)
    is_new = follow is None
    if follow is None:
        id_ = id_at(tx.now)
        follow = Follow(
            id=id_,
            uri=uri or tx.here.activity(id_),
            follower=follower,
            target=target,
            follower_id=follower.id,
            target_id=target.id,
        )
        tx.session.add(follow)
    elif uri is not None and _is_free(tx, uri):
        # A peer that forgot us asks again with a new id, and expects it in the Accept.
        follow.uri = uri
    _apply_wishes(follow, shows_boosts, notifies, languages)
    tx.flush()
    if follower.is_local and follow.accepted_at is None:
        _ask(tx, follow)
    if not target.is_local:
        return follow
    is_awaited = target.kind == "Group" and take_invitation(tx, group=target, who=follower)
    if follow.accepted_at is not None or not target.is_locked or is_awaited:
        accept_follow(tx, follow)
    elif is_new and target.kind == "Group":
        tell_moderators(tx, group=target, of=follower)
    elif is_new:
        notify(tx, owner_id=target.id, kind="follow_request", from_id=follower.id)
    return follow


def accept_follow(tx: Tx, follow: Follow) -> dict[str, Any]:
    """A target who lives here says yes; a follower elsewhere is told, each time they ask.

    Returns what they are told.
    """
    follower, target = follow.follower, follow.target
    if follow.accepted_at is None:
        follow.accepted_at = tx.now
        _begin(tx, follower=follower, target=target)
        if target.name_key != INSTANCE_ACTOR:
            notify(tx, owner_id=target.id, kind="follow", from_id=follower.id)
    answer = _answer(tx, "Accept", follow)
    deliver_to(tx, answer, sender=target, to=follower)
    return answer


def reject_follow(tx: Tx, follow: Follow) -> dict[str, Any]:
    """A target who lives here says no, or no longer; a follower elsewhere is told what returns."""
    answer, follower, target = _answer(tx, "Reject", follow), follow.follower, follow.target
    _end(tx, follow)
    deliver_to(tx, answer, sender=target, to=follower)
    return answer


def unfollow(tx: Tx, *, follower: Actor, target: Actor) -> None:
    """A neighbour no longer follows, or takes the request back. Doing it twice is harmless."""
    follow = find_follow(tx, follower=follower, target=target)
    if follow is None:
        return
    undo = activity(
        "Undo",
        id_=f"{follow.uri}/undo",
        actor=follower.uri,
        to=[target.uri],
        object_=follow_inside(uri=follow.uri, follower=follower.uri, target=target.uri),
    )
    _end(tx, follow)
    deliver_to(tx, undo, sender=follower, to=target)


def follow_was_accepted(
    tx: Tx, *, by: Actor, follow_uri: str | None, follower: Actor | None
) -> None:
    """Someone elsewhere said yes to a neighbour: matched by the id we sent, or by the pair."""
    follow = _asked_of(tx, target=by, follow_uri=follow_uri, follower=follower)
    if follow is None:
        raise NotFound("no such follow request")
    if follow.accepted_at is None:
        follow.accepted_at = tx.now
        _begin(tx, follower=follow.follower, target=by)


def follow_was_rejected(
    tx: Tx, *, by: Actor, follow_uri: str | None, follower: Actor | None
) -> None:
    """Someone elsewhere said no to a neighbour, or shows them out after a yes."""
    follow = _asked_of(tx, target=by, follow_uri=follow_uri, follower=follower)
    if follow is None:
        raise NotFound("no such follow")
    _end(tx, follow)


def follow_was_undone(tx: Tx, *, by: Actor, follow_uri: str | None, target: Actor | None) -> bool:
    """Someone elsewhere no longer follows a neighbour. Returns whether there was such a follow."""
    query = select(Follow).where(Follow.follower_id == by.id)
    follow = None
    if follow_uri is not None:
        follow = tx.session.scalar(query.where(Follow.uri == follow_uri))
    if follow is None and target is not None:
        follow = tx.session.scalar(query.where(Follow.target_id == target.id))
    if follow is None:
        return False
    _with_both(tx, follow)
    _end(tx, follow)
    return True


def end_follows_between(tx: Tx, one: Actor, other: Actor) -> None:
    """Neither follows the other any more, and each side elsewhere is told."""
    theirs = find_follow(tx, follower=other, target=one)
    if theirs is not None:
        if one.is_local:
            reject_follow(tx, theirs)
        else:
            unfollow(tx, follower=other, target=one)
    mine = find_follow(tx, follower=one, target=other)
    if mine is not None:
        if one.is_local:
            unfollow(tx, follower=one, target=other)
        else:
            reject_follow(tx, mine)


def find_follow(tx: Tx, *, follower: Actor, target: Actor) -> Follow | None:
    """Return the follow between two actors, accepted or not."""
    found = tx.session.scalar(
        select(Follow).where(Follow.follower_id == follower.id, Follow.target_id == target.id)
    )
    return None if found is None else _with_both(tx, found)


def find_own_follow(tx: Tx, *, follower: Actor, uri: str) -> Follow | None:
    """Return the follow of that id, if it is `follower`'s."""
    found = tx.session.scalar(
        select(Follow).where(Follow.uri == uri, Follow.follower_id == follower.id)
    )
    return None if found is None else _with_both(tx, found)


def find_follower(
    tx: Tx, *, target: Actor, uri: str | None, follower: Actor | None = None
) -> Follow | None:
    """Return a follow of `target`, asked or accepted, by its id or by who asks."""
    query = select(Follow).where(Follow.target_id == target.id)
    found = None if uri is None else tx.session.scalar(query.where(Follow.uri == uri))
    if found is None and follower is not None:
        found = tx.session.scalar(query.where(Follow.follower_id == follower.id))
    return None if found is None else _with_both(tx, found)


def need_request(tx: Tx, *, follower: Actor, target: Actor) -> Follow:
    """Return the request of `follower` that `target` has not answered yet."""
    follow = find_follow(tx, follower=follower, target=target)
    if follow is None or follow.accepted_at is not None:
        raise NotFound("no such follow request")
    return follow


def _may_know(tx: Tx, *, follower: Actor, target: Actor) -> bool:
    """Say whether a private group is there for somebody: by an invitation, or in it already; and
    of people elsewhere, for those of allied places alone."""
    if not (target.is_private and target.is_local):
        return True
    if not follower.is_local and ally_of(tx, follower) is None:
        return False
    return (
        is_invited(tx, group_id=target.id, actor_id=follower.id)
        or find_follow(tx, follower=follower, target=target) is not None
    )


def _may_not_follow(tx: Tx, *, follower: Actor, target: Actor) -> bool:
    return (
        target.moved_to_uri is not None
        or (target.name_key == INSTANCE_ACTOR and _other_place(follower, target) is not target)
        or (target.is_local and is_blocked(tx, by=target.id, whom=follower.id))
        or (follower.is_local and is_blocked(tx, by=target.id, whom=follower.id))
    )


def _refuse(tx: Tx, *, follower: Actor, target: Actor, uri: str | None) -> None:
    if follower.is_local:
        raise Forbidden("this account cannot be followed")
    inside = follow_inside(uri=uri or "", follower=follower.uri, target=target.uri)
    document = activity(
        "Reject",
        id_=tx.here.activity(id_at(tx.now)),
        actor=target.uri,
        to=[follower.uri],
        object_=inside,
    )
    deliver_to(tx, document, sender=target, to=follower)


def _apply_wishes(
    follow: Follow, shows_boosts: bool | None, notifies: bool | None, languages: list[str] | None
) -> None:
    if shows_boosts is not None:
        follow.shows_boosts = shows_boosts
    if notifies is not None:
        follow.notifies = notifies
    if languages is not None:
        follow.languages = languages


def _ask(tx: Tx, follow: Follow) -> None:
    document = activity(
        "Follow",
        id_=follow.uri,
        actor=follow.follower.uri,
        to=[follow.target.uri],
        object_=follow.target.uri,
    )
    deliver_to(tx, document, sender=follow.follower, to=follow.target)


def _answer(tx: Tx, kind: str, follow: Follow) -> dict[str, Any]:
    # The follow goes back unchanged and whole: Misskey and Lemmy look inside.
    inside = follow_inside(uri=follow.uri, follower=follow.follower.uri, target=follow.target.uri)
    return activity(
        kind,
        id_=tx.here.activity(id_at(tx.now)),
        actor=follow.target.uri,
        to=[follow.follower.uri],
        object_=inside,
    )


def _asked_of(
    tx: Tx, *, target: Actor, follow_uri: str | None, follower: Actor | None
) -> Follow | None:
    query = select(Follow).where(Follow.target_id == target.id)
    follow = None
    if follow_uri is not None:
        follow = tx.session.scalar(query.where(Follow.uri == follow_uri))
    if follow is None and follower is not None and follower.is_local:
        follow = tx.session.scalar(query.where(Follow.follower_id == follower.id))
    return None if follow is None else _with_both(tx, follow)


def _with_both(tx: Tx, follow: Follow) -> Follow:
    follow.follower = tx.session.get_one(Actor, follow.follower_id)
    follow.target = tx.session.get_one(Actor, follow.target_id)
    return follow


def _is_free(tx: Tx, uri: str) -> bool:
    return tx.connection.scalar(select(Follow.id).where(Follow.uri == uri)) is None


def _begin(tx: Tx, *, follower: Actor, target: Actor) -> None:
    _count(tx, follower=follower, target=target, step=1)
    if (place := _other_place(follower, target)) is not None:
        alliance_began(tx, place)
        _ask_an_ally(tx, place)
    elif follower.is_local:
        tx.flush()
        fill_home(tx, owner_id=follower.id, from_id=target.id)
        if target.kind == "Group":
            enter_group(tx, owner_id=follower.id, group=target)
        fill_lists_with(tx, owner_id=follower.id, actor_id=target.id)


def _end(tx: Tx, follow: Follow) -> None:
    follower, target = follow.follower, follow.target
    if follow.accepted_at is not None:
        _count(tx, follower=follower, target=target, step=-1)
    tx.session.delete(follow)
    tx.flush()
    if (place := _other_place(follower, target)) is not None:
        alliance_ended(tx, place)
        forget_advice(tx, place.host)
        return
    if target.is_local and target.kind == "Group":
        moderator_left(tx, group=target, who=follower)
    if follower.is_local:
        empty_home(tx, owner_id=follower.id, from_id=target.id)
        leave_group(tx, owner_id=follower.id, group_id=target.id)
        leave_lists(tx, owner_id=follower.id, actor_id=target.id)
    if target.is_local:
        leave_circles(tx, owner_id=target.id, actor_id=follower.id)
        for kind in ("follow", "follow_request"):
            take_back_notification(tx, owner_id=target.id, kind=kind, from_id=follower.id)


def _ask_an_ally(tx: Tx, place: Actor) -> None:
    if ally_at(tx, place.host) is not None:
        ask_for_advice(tx, place.host)


def _other_place(follower: Actor, target: Actor) -> Actor | None:
    """Return with whom the place itself has to do, when one of the two is the place."""
    for one, other in ((follower, target), (target, follower)):
        if one.is_local and one.name_key == INSTANCE_ACTOR:
            return other
    return None


def _count(tx: Tx, *, follower: Actor, target: Actor, step: int) -> None:
    """Keep the figures of those who live here; a peer tells its own."""
    tx.flush()
    for actor, column in ((follower, Actor.following_count), (target, Actor.followers_count)):
        # That somebody is in a private group is not to be read off their figures either.
        if actor.is_local and not (target.is_private and actor is follower):
            tx.connection.execute(
                update(Actor).where(Actor.id == actor.id).values({column: column + step})
            )
            tx.session.expire(actor, [column.key])
