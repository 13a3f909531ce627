"""People for operation tests: neighbours here, strangers elsewhere."""

from typing import Any

from sqlalchemy import select

from microfed.operations.members import add_member
from microfed.operations.people import remember_person
from microfed.store.access import SecondFactor
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.queues import Activity, Delivery, Notification
from microfed.vocab.people import read_person

KEY = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"


def neighbour(tx: Tx, name: str, *, is_locked: bool = False, **more: Any) -> Actor:
    """Someone who lives here."""
    actor = add_member(tx, name=name, **more)
    actor.is_locked = is_locked
    if more.get("role") == "admin":
        has_device(tx, actor.id)
    tx.flush()
    return actor


def has_device(tx: Tx, member_id: int) -> None:
    """A member set up signing in in two steps, as an admin must."""
    kept = {"secret": "JBSWY3DPEHPK3PXP", "last_step": 0, "recovery_hashes": []}
    tx.session.merge(SecondFactor(member_id=member_id, confirmed_at=tx.now, **kept))
    tx.flush()


def stranger(tx: Tx, handle: str, *, has_shared_inbox: bool = True, **more: Any) -> Actor:
    """Someone at `name@host`, as their server describes them."""
    name, _, host = handle.partition("@")
    uri = f"https://{host}/users/{name}"
    document = {
        "id": uri,
        "type": "Person",
        "preferredUsername": name,
        "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox",
        "followers": f"{uri}/followers",
        "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": KEY},
        **({"endpoints": {"sharedInbox": f"https://{host}/inbox"}} if has_shared_inbox else {}),
        **more,
    }
    return remember_person(tx, read_person(document))


def deliveries(tx: Tx) -> list[tuple[str, str]]:
    """What is on its way: kind of activity and inbox, in order."""
    tx.flush()
    rows = tx.connection.execute(
        select(Activity.kind, Delivery.inbox)
        .join(Activity, Activity.id == Delivery.activity_id)
        .order_by(Delivery.id)
    )
    return [(kind, inbox) for kind, inbox in rows]


def notifications(tx: Tx, of: Actor) -> list[tuple[str, str]]:
    """What a neighbour was told: kind and from whom, in order."""
    tx.flush()
    rows = tx.connection.execute(
        select(Notification.kind, Actor.username)
        .join(Actor, Actor.id == Notification.from_id)
        .where(Notification.owner_id == of.id)
        .order_by(Notification.id)
    )
    return [(kind, name) for kind, name in rows]
