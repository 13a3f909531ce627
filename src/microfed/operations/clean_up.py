"""Cleaning up: what was kept only to be safe is let go after a while."""

from datetime import timedelta

from sqlalchemy import delete, exists, or_, select

from microfed.ids import first_id_at
from microfed.operations.archives import drop_old_archives
from microfed.operations.bringing import drop_undecided
from microfed.operations.event_guests import forget_guests
from microfed.operations.introductions import drop_old_introductions
from microfed.operations.letter_keys import drop_old_keys
from microfed.operations.letter_readers import drop_unconfirmed
from microfed.operations.mail_queue import drop_old_mails
from microfed.operations.media import drop_unused
from microfed.operations.passkeys import drop_old_challenges
from microfed.operations.remote_media import drop_failures
from microfed.operations.weekly import drop_old_sends
from microfed.operations.welcome import drop_old_cards
from microfed.store.access import Code, Session, Token
from microfed.store.database import Tx
from microfed.store.posts import Tombstone
from microfed.store.queues import Activity, Delivery, Host, InboxItem, Received, Seen

KEPT = timedelta(days=30)
MOST_AT_ONCE = 5_000
_OLD = (
    drop_old_challenges,
    drop_unconfirmed,
    drop_old_sends,
    drop_old_archives,
    drop_undecided,
    drop_old_mails,
    drop_old_keys,
    drop_old_cards,
    drop_old_introductions,
    forget_guests,
)


def clean_up(tx: Tx) -> int:
    """Delete old notes of activities, tombstones of strangers, finished activities and idle hosts.

    Returns how many rows went; call again while there are many, so that no transaction is long.
    """
    old, old_id = tx.now - KEPT, first_id_at(tx.now - KEPT)
    waits = exists(select(Delivery.id).where(Delivery.activity_id == Activity.id))
    # Creates, Announces and their kin can be written anew from what they are about.
    remade = Activity.kind.in_(("Create", "Update", "Delete", "Announce", "Accept", "Reject"))
    went = 0
    for table, key, condition in (
        (Seen, Seen.uri, Seen.seen_at < old),
        (Tombstone, Tombstone.uri, (Tombstone.deleted_at < old) & ~Tombstone.is_local),
        (Received, Received.id, Received.due_at.is_(None) & (Received.id < old_id)),
        (InboxItem, InboxItem.id, InboxItem.id < first_id_at(tx.now - 3 * KEPT)),
        (Activity, Activity.id, (Activity.id < old_id) & remade & ~waits),
        (Code, Code.id, Code.expires_at < old),
        (Session, Session.id, Session.expires_at < tx.now),
        (Token, Token.id, Token.revoked_at < old),
        (Token, Token.id, Token.refresh_hash.is_(None) & (Token.expires_at < old)),
        # What could still be refreshed is kept longer than REFRESHES_FOR of operations/grants.py.
        (Token, Token.id, Token.expires_at < tx.now - 4 * KEPT),
        (
            Host,
            Host.id,
            (Host.failures == 0)
            & (Host.id < old_id)
            & Host.reviewed_at.is_(None)
            & or_(Host.last_heard_at.is_(None), Host.last_heard_at < old)
            & or_(Host.scheme_checked_at.is_(None), Host.scheme_checked_at < old),
        ),
    ):
        some = select(key).where(condition).limit(MOST_AT_ONCE)
        went += tx.connection.execute(delete(table).where(key.in_(some))).rowcount
    for forget in _OLD:
        went += forget(tx)
    return went + drop_unused(tx, most=MOST_AT_ONCE) + drop_failures(tx)
