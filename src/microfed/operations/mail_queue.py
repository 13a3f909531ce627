"""Mails on their way out: taken, handed over to the mail server, or tried again later."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from microfed.ids import first_id_at
from microfed.store.database import Tx
from microfed.store.letters import Mail

LEASE = timedelta(minutes=5)
GIVE_UP_AFTER = 8
LONGEST_WAIT = 6 * 3600
KEPT = timedelta(days=7)


def claim_mails(tx: Tx, *, most: int) -> list[Mail]:
    """Take what is due, oldest first, and hold it for a while."""
    is_free = or_(Mail.claimed_until.is_(None), Mail.claimed_until <= tx.now)
    found = list(
        tx.session.scalars(
            select(Mail)
            .where(Mail.due_at <= tx.now, is_free)
            .order_by(Mail.due_at, Mail.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
    )
    for mail in found:
        mail.claimed_until = tx.now + LEASE
    tx.flush()
    return found


def mail_was_taken(tx: Tx, id_: int) -> None:
    """The mail server took it: its words are forgotten, that it was sent is kept for the caps."""
    tx.connection.execute(
        update(Mail)
        .where(Mail.id == id_)
        .values(sent_at=tx.now, due_at=None, claimed_until=None, text="", more=None, error=None)
    )


def mail_must_wait(tx: Tx, id_: int, why: str, *, factor: float, is_final: bool = False) -> None:
    """It could not be sent: 1, 4, 16 … minutes later again, until it is given up."""
    mail = tx.session.get(Mail, id_)
    if mail is None:
        return
    mail.attempts += 1
    mail.error, mail.claimed_until = why[:500], None
    later = timedelta(seconds=min(60 * 4 ** (mail.attempts - 1), LONGEST_WAIT) * factor)
    mail.due_at = None if is_final or mail.attempts >= GIVE_UP_AFTER else tx.now + later
    tx.flush()


def next_mail_at(tx: Tx) -> datetime | None:
    """Return when the next mail is due."""
    return tx.connection.scalar(
        select(Mail.due_at)
        .where(
            Mail.due_at.is_not(None),
            or_(Mail.claimed_until.is_(None), Mail.claimed_until <= tx.now),
        )
        .order_by(Mail.due_at)
        .limit(1)
    )


def release_mails(tx: Tx) -> None:
    """Give back what a process that is no more was holding; only where no other works."""
    tx.connection.execute(
        update(Mail).where(Mail.claimed_until.is_not(None)).values(claimed_until=None)
    )


def drop_old_mails(tx: Tx) -> int:
    """Forget mails after a while: those that were sent, and links that are long worthless."""
    return tx.connection.execute(delete(Mail).where(Mail.id < first_id_at(tx.now - KEPT))).rowcount
