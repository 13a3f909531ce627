"""A real mail server on this machine, and a place that sends its mails there."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller

from microfed.workers.running import Wake
from microfed.workers.send_mails import SendMails
from tests.components.processes import free_port
from tests.fediverse import Fediverse
from tests.web.conftest import BROWSER, Town


@dataclass
class Post:
    """What reached the mail server; `refuses` are answers it gives first."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuses: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuses:
            return self.refuses.pop(0)
        self.mails.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        self.recipients += envelope.rcpt_tos
        return "250 taken"


@contextmanager
def post_office() -> Iterator[Post]:
    """A mail server, for as long as it is needed."""
    keeper = Post(free_port())
    controller = Controller(keeper, hostname="127.0.0.1", port=keeper.port)
    controller.start()
    try:
        yield keeper
    finally:
        controller.stop()


@pytest.fixture
def post() -> Iterator[Post]:
    with post_office() as keeper:
        yield keeper


@pytest.fixture
async def place(fediverse: Fediverse, post: Post) -> AsyncIterator[Town]:
    """A place that has a mail server."""
    instance = await fediverse.instance(
        "here.test", language="fr", smtp_url=f"smtp://127.0.0.1:{post.port}"
    )
    transport = httpx.ASGITransport(instance.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://here.test", headers=BROWSER
    ) as browser:
        yield Town(instance, browser)


async def send_mails(town: Town) -> int:
    """Take to the post what is due."""
    house = town.instance.house
    return await SendMails(house, Wake(house.db, "mails")).send_due()
