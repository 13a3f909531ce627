"""Moving house: somebody's followers go with them to a new account.

Both accounts must say so: the new one by its `alsoKnownAs`, the old one by the Move itself.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from microfed.errors import Forbidden, Invalid, Missing
from microfed.ids import id_at
from microfed.operations.event_leaving import take_answers_along
from microfed.operations.follows import request_follow, unfollow
from microfed.outbound.deliver import deliver
from microfed.outbound.notify import notify
from microfed.outbound.recipients import inboxes_of_followers
from microfed.outbound.render import activity
from microfed.queries.people import find_actor
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor, Follow

# As Mastodon and GoToSocial: an account that moves every day moves nobody.
NOT_AGAIN_FOR = timedelta(days=7)
# What a new account says about itself must be read anew; this long it counts as new.
FRESH_FOR = timedelta(minutes=5)
# Whoever moves has often said so a moment ago: a no is believed only if it was just read.
JUST_NOW = timedelta(seconds=5)


def person_moved(tx: Tx, *, who: Actor, target_uri: str) -> None:
    """Someone elsewhere moved to `target_uri`; neighbours who followed them follow them there.

    Raises Missing until the new account was read anew, Forbidden unless it knows the old one.
    """
    if who.is_local:
        raise Forbidden("this actor lives here")
    target = _fresh(tx, target_uri, before=who)
    _check(tx, who, target)
    _move(tx, who, target)


def move_away(tx: Tx, *, who: Actor, target_uri: str) -> None:
    """A neighbour moves elsewhere: their followers, here and there, are told to follow them.

    Raises Missing until the new account was read anew, Forbidden unless it knows this one.
    """
    target = _fresh(tx, target_uri, before=who)
    _check(tx, who, target)
    document = activity(
        "Move",
        id_=f"{who.uri}#moves/{id_at(tx.now)}",
        actor=who.uri,
        to=[who.followers_uri or ""],
        object_=who.uri,
        target=target.uri,
    )
    inboxes = inboxes_of_followers(tx, who.id)
    _move(tx, who, target)
    deliver(tx, document, sender=who, inboxes=inboxes)


def add_alias(tx: Tx, *, who: Actor, uri: str) -> None:
    """A neighbour says that an account elsewhere is theirs too, so that it may move here."""
    if uri == who.uri:
        raise Invalid("that is this very account")
    if uri not in who.also_known_as:
        who.also_known_as = [*who.also_known_as, uri][-20:]
        who.version += 1
        tx.tell("actor", who.id)


def drop_alias(tx: Tx, *, who: Actor, uri: str) -> None:
    """An account elsewhere is a neighbour's no more. Doing it twice is harmless."""
    if uri in who.also_known_as:
        who.also_known_as = [known for known in who.also_known_as if known != uri]
        who.version += 1
        tx.tell("actor", who.id)


def _fresh(tx: Tx, uri: str, *, before: Actor) -> Actor:
    target = find_actor(tx, uri)
    if target is not None and target.is_local:
        return target
    is_fresh = False
    if target is not None and target.fetched_at is not None:
        says_yes = before.uri in target.also_known_as
        is_fresh = tx.now - target.fetched_at <= (FRESH_FOR if says_yes else JUST_NOW)
    if target is None or not is_fresh:
        if tx.here.is_ours(uri) or uri in tx.out_of_reach:
            raise Forbidden("the new account cannot be read")
        raise Missing(uri)
    return target


def _check(tx: Tx, who: Actor, target: Actor) -> None:
    if target.id == who.id or who.uri not in target.also_known_as:
        raise Forbidden("the new account does not say that it was this one")
    if target.moved_to_uri is not None or target.gone_at or target.suspended_at:
        raise Forbidden("the new account cannot be followed")
    before = who.extras.get("moved_at")
    if before is not None and tx.now - datetime.fromisoformat(before) < NOT_AGAIN_FOR:
        raise Forbidden("this account moved less than a week ago")


def _move(tx: Tx, who: Actor, target: Actor) -> None:
    followers = tx.session.scalars(
        select(Actor)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == who.id, Follow.accepted_at.is_not(None), Actor.host == HERE)
    ).all()
    for follower in followers:
        if follower.id != target.id:
            request_follow(tx, follower=follower, target=target)
        unfollow(tx, follower=follower, target=who)
        notify(tx, owner_id=follower.id, kind="move", from_id=target.id)
    take_answers_along(tx, who=who, to=target)
    who.moved_to_uri = target.uri
    who.extras = {**who.extras, "moved_at": tx.now.isoformat()}
    who.version += 1
    tx.tell("actor", who.id)
