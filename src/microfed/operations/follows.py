"""Following: asking, accepting, refusing and leaving.

Every door (an inbox, the Mastodon API, a client's outbox, the web, the command line) ends here.
"""

from typing import Any

from sqlalchemy import select

from microfed.errors import Forbidden, NotFound
from microfed.ids import id_at
from microfed.operations.follow_effects import begin_follow, end_follow, other_place
from microfed.operations.follow_rows import asked_of, find_follow, is_free, with_both
from microfed.operations.group_rows import take_invitation, tell_moderators
from microfed.outbound.allies import ally_of
from microfed.outbound.deliver import deliver_to
from microfed.outbound.notify import notify
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
    elif uri is not None and is_free(tx, uri):
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
        tell_moderators(tx, group=target, of=follower, uri=follow.uri)
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
        begin_follow(tx, follower=follower, target=target)
        if target.name_key != INSTANCE_ACTOR:
            notify(tx, owner_id=target.id, kind="follow", from_id=follower.id)
    answer = _answer(tx, "Accept", follow)
    deliver_to(tx, answer, sender=target, to=follower)
    return answer


def reject_follow(tx: Tx, follow: Follow) -> dict[str, Any]:
    """A target who lives here says no, or no longer; a follower elsewhere is told what returns."""
    answer, follower, target = _answer(tx, "Reject", follow), follow.follower, follow.target
    end_follow(tx, follow)
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
    end_follow(tx, follow)
    deliver_to(tx, undo, sender=follower, to=target)


def follow_was_accepted(
    tx: Tx, *, by: Actor, follow_uri: str | None, follower: Actor | None
) -> None:
    """Someone elsewhere said yes to a neighbour: matched by the id we sent, or by the pair."""
    follow = asked_of(tx, target=by, follow_uri=follow_uri, follower=follower)
    if follow is None:
        raise NotFound("no such follow request")
    if follow.accepted_at is None:
        follow.accepted_at = tx.now
        begin_follow(tx, follower=follow.follower, target=by)


def follow_was_rejected(
    tx: Tx, *, by: Actor, follow_uri: str | None, follower: Actor | None
) -> None:
    """Someone elsewhere said no to a neighbour, or shows them out after a yes."""
    follow = asked_of(tx, target=by, follow_uri=follow_uri, follower=follower)
    if follow is None:
        raise NotFound("no such follow")
    end_follow(tx, follow)


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
    with_both(tx, follow)
    end_follow(tx, follow)
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
        or (target.name_key == INSTANCE_ACTOR and other_place(follower, target) is not target)
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
