"""Not wanting to read somebody, or anybody of a server, for a while or for good."""

from datetime import timedelta

from sqlalchemy import delete, or_, select

from microfed.errors import Forbidden, Invalid
from microfed.ids import id_at
from microfed.operations.domains import clean_domain
from microfed.operations.follows import end_follows_between
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.own import SilencedHost
from microfed.store.people import Actor, Follow, Mute
from microfed.store.queues import Notification

LONGEST_MUTE = timedelta(days=3650)


def mute(
    tx: Tx,
    *,
    muter: Actor,
    muted: Actor,
    hides_notifications: bool = True,
    lasts: timedelta | None = None,
) -> None:
    """`muter` does not want to read `muted`, who is not told. Said again, the newest counts.

    `lasts` is for how long; None: until it is taken back.
    """
    if muter.id == muted.id:
        raise Forbidden("one cannot mute oneself")
    if lasts is not None and not timedelta() < lasts <= LONGEST_MUTE:
        raise Invalid("a mute lasts for at most ten years", {"duration": "is out of range"})
    until = None if lasts is None else tx.now + lasts
    values = {
        "id": id_at(tx.now),
        "muter_id": muter.id,
        "muted_id": muted.id,
        "hides_notifications": hides_notifications,
        "expires_at": until,
    }
    if insert_once(tx, Mute, values):
        return
    known = tx.session.scalars(
        select(Mute).where(Mute.muter_id == muter.id, Mute.muted_id == muted.id)
    ).one()
    known.hides_notifications, known.expires_at = hides_notifications, until
    tx.flush()


def unmute(tx: Tx, *, muter: Actor, muted: Actor) -> bool:
    """`muter` reads `muted` again; returns whether they did not."""
    gone = tx.connection.execute(
        delete(Mute).where(Mute.muter_id == muter.id, Mute.muted_id == muted.id)
    )
    return bool(gone.rowcount)


def silence_host(tx: Tx, *, member: Actor, host: str) -> None:
    """`member` wants nothing to do with a server and its people: not read, not heard of.

    Follows between them and the member end; those people's servers are told.
    """
    key = clean_domain(host)
    if key in (tx.here.host, tx.here.domain):
        raise Invalid("this is no server elsewhere", {"domain": "is not a domain"})
    if not insert_once(tx, SilencedHost, {"id": id_at(tx.now), "owner_id": member.id, "host": key}):
        return
    strangers = tx.session.scalars(
        select(Actor)
        .join(
            Follow,
            or_(
                (Follow.follower_id == member.id) & (Follow.target_id == Actor.id),
                (Follow.target_id == member.id) & (Follow.follower_id == Actor.id),
            ),
        )
        .where(Actor.host == key)
    )
    for stranger in strangers.unique().all():
        end_follows_between(tx, member, stranger)
    theirs = select(Actor.id).where(Actor.host == key)
    tx.connection.execute(
        delete(Notification).where(
            Notification.owner_id == member.id, Notification.from_id.in_(theirs)
        )
    )


def hear_host_again(tx: Tx, *, member: Actor, host: str) -> bool:
    """`member` takes that back; returns whether it was so. Follows do not come back."""
    gone = tx.connection.execute(
        delete(SilencedHost).where(
            SilencedHost.owner_id == member.id, SilencedHost.host == clean_domain(host)
        )
    )
    return bool(gone.rowcount)
