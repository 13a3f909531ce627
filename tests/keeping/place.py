"""A server with a neighbour elsewhere and a mail server, as those who look after it use them."""

import re
from email.message import EmailMessage
from typing import Any

import orjson
from typer.testing import CliRunner

from microfed.cli.commands import app
from microfed.words import all_words
from tests.components.processes import until
from tests.components.remote import RemoteServer
from tests.components.server import MicrofedServer
from tests.mails.conftest import Post

PASSWORD = "une échelle verte"
WORDS = all_words()


class Place:
    """The server, who lives elsewhere, what the post brought, and how commands are used."""

    def __init__(self, server: MicrofedServer, remote: RemoteServer, post: Post) -> None:
        self.server, self.remote, self.post = server, remote, post
        self.number = 0

    def by_command(self, *words: str) -> Any:
        """Run a command beside the server."""
        done = CliRunner().invoke(app, [*words, "--json"], env=self.server.env)
        assert done.exit_code == 0, (words, done.output, done.exception)
        return orjson.loads(done.stdout.splitlines()[-1])

    def follows(self, name: str) -> None:
        """Bea follows somebody here, and is let."""
        before = len(self.remote.received("Accept"))
        follow = self.remote.activity("Follow", name, object=self.server.actor(name))
        assert self.remote.send(f"{self.server.url}/inbox", follow) == 202
        until(lambda: len(self.remote.received("Accept")) > before, "the yes to the follow")

    def hears(self, text: str) -> str:
        """Return the id of what was said, once it has reached bea's server."""

        def heard() -> str | None:
            notes = [one["object"] for one in self.remote.received("Create")]
            return next((str(note["id"]) for note in notes if text in note["content"]), None)

        return until(heard, f"“{text}” to arrive elsewhere")

    def reports(self, *about: str, comment: str) -> None:
        """Bea's server reports somebody here."""
        self.number += 1
        flag = self.remote.activity("Flag", self.number, object=list(about), content=comment)
        assert self.remote.send(f"{self.server.url}/inbox", flag) == 202

    def is_heard(self, number: object) -> bool:
        """Say whether what bea's server sends is taken; it never is from one shut out."""
        document = self.remote.create(number, "Bonjour tout le monde")
        return self.remote.send(f"{self.server.url}/inbox", document) not in (401, 403)

    def mail(self, subject: str) -> EmailMessage:
        """Return the mail of that subject, once it has come."""

        def found() -> EmailMessage | None:
            # A space that does not break is an ordinary one to some who read a subject.
            wanted = subject.split()
            return next((one for one in self.post.mails if one["Subject"].split() == wanted), None)

        return until(found, lambda: f"“{subject}”; {[one['Subject'] for one in self.post.mails]}")

    def link(self, mail: EmailMessage) -> str:
        """Return the one link of a mail."""
        text = mail.get_content()
        (found,) = re.findall(rf"{re.escape(self.server.url)}/\S+", text)
        return str(found)

    def sentences(self, language: str) -> list[str]:
        """Return the journal as the command line tells it, newest first."""
        lines = self.by_command("journal", "--language", language)["deeds"]
        return [str(one["sentence"]) for one in lines]


def told(language: str, sentence: str, who: str, whom: str) -> str:
    """Return a sentence of the journal as it is printed."""
    return WORDS[language].say(sentence, who=who, whom=whom)
