"""Mails at the desk: those that wait, with their words where nobody else could hand them over."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.operations.secrets import unseal
from microfed.queries.letters import waiting_mails
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.web.desk.door import show

PATH = "/desk/mails"


async def mails_page(request: Request, _member: SignedIn) -> Response:
    """GET: what is not sent. Without a mail server the words are shown, to be handed over."""
    has_mail = bool(house_of(request).settings.smtp_url)

    def work(tx: Tx) -> list[tuple[object, str]]:
        return [
            (mail, "" if has_mail else unseal(tx, mail.text)) for mail in waiting_mails(tx, most=50)
        ]

    return show(request, "mails", mails=await house_of(request).db.read(work), has_mail=has_mail)
