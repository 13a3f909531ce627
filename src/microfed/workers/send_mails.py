"""Sends mails: text, and HTML beside it in a letter; nothing tells us whether it was read."""

import asyncio
import contextlib
import logging
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from microfed.house import House
from microfed.ids import moment_of
from microfed.operations.mail_queue import claim_mails, mail_must_wait, mail_was_taken, next_mail_at
from microfed.operations.secrets import unseal
from microfed.settings import Settings, is_loopback
from microfed.store.database import Tx
from microfed.store.letters import Mail
from microfed.store.texts import load_text
from microfed.workers.running import Wake

log = logging.getLogger(__name__)
AT_ONCE = 10
SECONDS = 30


@dataclass(frozen=True, slots=True)
class Due:
    """One mail to send now."""

    id: int
    address: str
    subject: str
    text: str
    html: str = ""
    unsubscribe: str = ""  # where one click is enough (RFC 8058)


class SendMails:
    """The worker that takes letters to the post. Without a mail server they wait at the desk."""

    def __init__(self, house: House, wake: Wake) -> None:
        self._house = house
        self._wake = wake

    async def once(self) -> None:
        """Send what is due, or wait for the next."""
        if not await self.send_due():
            due: datetime | None = None
            if self._house.settings.smtp_url:
                due = await self._house.db.read(next_mail_at)
            await self._wake.wait(due)

    async def send_due(self) -> int:
        """Send what is due now; return how many mails there were."""
        if not self._house.settings.smtp_url or await self._house.db.read(_nothing_is_due):
            return 0
        found = await self._house.db.write(_claim)
        for due in found:  # one after the other: mail servers dislike a crowd from one place
            await self._send(due)
        return len(found)

    async def _send(self, due: Due) -> None:
        db, settings = self._house.db, self._house.settings
        try:
            await asyncio.to_thread(hand_over, settings, letter(settings, due))
        except (OSError, ValueError, smtplib.SMTPException) as error:
            is_final, why = _is_final(error), f"{type(error).__name__}: {error}"
            log.warning("mail %s was not taken: %s", due.id, type(error).__name__)
            factor = settings.retry_factor
            await db.write(
                lambda tx: mail_must_wait(tx, due.id, why, factor=factor, is_final=is_final)
            )
            return
        await db.write(lambda tx: mail_was_taken(tx, due.id))


def letter(settings: Settings, due: Due) -> EmailMessage:
    """Return a mail as it goes out. Sent again after a fault, it has the same Message-ID."""
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.sender
    message["To"] = due.address
    message["Subject"] = due.subject
    message["Date"] = format_datetime(moment_of(due.id))
    message["Message-ID"] = f"<{due.id}@{settings.handle_host.partition(':')[0]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes, please
    message.set_content(due.text, cte="quoted-printable")
    if due.html:
        message.add_alternative(due.html, subtype="html", cte="quoted-printable")
    if due.unsubscribe:
        # Once the parts are made: a folded link is one that some mail programs do not find.
        message.policy = SMTP.clone(max_line_length=900)
        message["List-Unsubscribe"] = f"<{due.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message["List-Id"] = f"<lettre.{settings.handle_host.partition(':')[0]}>"
    return message


def hand_over(settings: Settings, message: EmailMessage) -> None:
    """Give a mail to the mail server; it waits for the network, so call it in a thread."""
    parts, context = urlsplit(settings.smtp_url), ssl.create_default_context()
    host = parts.hostname or ""
    if settings.ca_file is not None:
        context.load_verify_locations(settings.ca_file)
    client: smtplib.SMTP
    if parts.scheme == "smtps":
        client = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=context)
    else:
        client = smtplib.SMTP(host, parts.port or 587, timeout=SECONDS)
    try:
        client.ehlo()
        if parts.scheme == "smtp" and client.has_extn("starttls"):
            client.starttls(context=context)
            client.ehlo()
        elif parts.scheme == "smtp" and parts.username and not is_loopback(host):
            raise ValueError("the mail server does not encrypt: the password stays here")
        if parts.username:
            client.login(unquote(parts.username), unquote(parts.password or ""))
        client.send_message(message)
    finally:
        # Once the mail is taken, a rude goodbye must not make us send it again.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            client.quit()
        client.close()


def _is_final(error: Exception) -> bool:
    """Whether the mail server will never take this one: the address is refused for good."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and 500 <= error.smtp_code < 600


def _claim(tx: Tx) -> list[Due]:
    return [_due(tx, mail) for mail in claim_mails(tx, most=AT_ONCE)]


def _due(tx: Tx, mail: Mail) -> Due:
    more = load_text(unseal(tx, mail.more) or "{}") if mail.more else {}
    return Due(mail.id, mail.address, mail.subject, unseal(tx, mail.text), **more)


def _nothing_is_due(tx: Tx) -> bool:
    moment = next_mail_at(tx)
    return moment is None or moment > tx.now
