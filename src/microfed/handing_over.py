"""The list of what is handed over with a place: what the place sees itself, and what it cannot.

Volunteers stop, and a place outlives them only if whoever comes after gets everything. The desk
shows the list, `microfed handover` writes it down in both languages. No secret stands in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from microfed.queries.handover import Handover
from microfed.settings import Settings
from microfed.words import N_, Words

OLDEST_BACKUP = timedelta(days=7)
# Seen to be done; seen to be open; for people to see to, because no program can.
State = Literal["done", "open", "by_hand"]
PARTS = {
    "people": N_("People"),
    "name": N_("The name"),
    "machine": N_("The machine"),
    "backup": N_("What is put by"),
    "neighbours": N_("Neighbours"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to hand over, in a sentence with values."""

    part: str
    state: State
    message: str
    values: dict[str, Any] = field(default_factory=dict)
    way: str = ""  # where at the desk it is seen to

    def say(self, words: Words) -> str:
        """Return the sentence in a language."""
        return words.say(self.message, **self.values)


def points(
    settings: Settings, found: Handover, *, backup_at: datetime | None, now: datetime
) -> list[Point]:
    """Return the whole list."""
    return [
        *_people(found),
        *_name(settings),
        *_machine(settings),
        *_backup(backup_at, now),
        *_neighbours(found),
    ]


def as_markdown(all_: list[Point], words: Words, *, place: str, host: str, now: datetime) -> str:
    """Return the list as a text that any editor shows: `[x]` is done, `[ ]` is to be done."""
    lines = [
        f"# {words.say(_TITLE, place=place)}",
        "",
        words.say(_HEAD, host=host, day=words.day(now)),
        "",
    ]
    for part, name in PARTS.items():
        lines += [f"## {words.say(name)}", ""]
        for point in all_:
            if point.part == part:
                box = "x" if point.state == "done" else " "
                lines.append(f"- [{box}] {point.say(words)}")
        lines.append("")
    return "\n".join(lines)


_TITLE = N_("Handing over %(place)s")
_HEAD = N_(
    "For whoever looks after %(host)s from now on, as it stood on %(day)s. Tick what is done. No"
    " password stands here: those are told from mouth to ear."
)


def _people(found: Handover) -> Iterator[Point]:
    names = ", ".join(found.admins)
    if len(found.admins) > 1:
        yield Point(
            "people", "done", N_("More than one person is admin: %(names)s."), _names(names)
        )
    else:
        yield Point(
            "people",
            "open",
            N_("Only %(names)s is admin. Make the person who comes after admin too."),
            {"names": names or "?"},
            "/desk/people",
        )
    if found.without_second_step:
        yield Point(
            "people",
            "open",
            N_("Signing in in two steps is not set up by %(names)s: the desk is shut to them."),
            _names(", ".join(found.without_second_step)),
        )
    yield Point(
        "people",
        "by_hand",
        N_("The person who comes after has signed in, opened the desk, and read how it works."),
    )
    for count, is_open, is_done, way in (
        (
            found.reports,
            N_("Reports that nobody has settled: %(n)s."),
            N_("No report waits."),
            "/desk/reports",
        ),
        (
            found.waiting + found.appeals,
            N_("People who wait for a word, to be let in or about an objection: %(n)s."),
            N_("Nobody waits for a word."),
            "/desk/people",
        ),
    ):
        if count:
            yield Point("people", "open", is_open, {"n": count}, way)
        else:
            yield Point("people", "done", is_done)


def _name(settings: Settings) -> Iterator[Point]:
    host = settings.host
    yield Point(
        "name",
        "by_hand",
        N_(
            "%(host)s: who has it registered, where, until when, and who pays. It can never change."
        ),
        {"host": host},
    )
    if settings.handle_host != host:
        yield Point(
            "name",
            "by_hand",
            N_("%(host)s: the same, for it stands in everybody’s address."),
            {"host": settings.handle_host},
        )
    yield Point(
        "name",
        "by_hand",
        N_("The access to the DNS: the addresses of %(host)s, and what mails need (SPF, DKIM)."),
        {"host": host},
    )
    yield Point("name", "by_hand", N_("Who renews the certificate, by themselves or by a program."))


def _machine(settings: Settings) -> Iterator[Point]:
    yield Point(
        "machine",
        "by_hand",
        N_("The machine: whose it is, who pays, how one gets in. Keys of the old hands go."),
    )
    yield Point(
        "machine",
        "by_hand",
        N_("The settings, microfed.toml and MICROFED_…: no backup has them. Data is in %(at)s."),
        {"at": settings.data},
    )
    database, storage = urlsplit(settings.database), urlsplit(settings.storage)
    if database.scheme.startswith("postgres"):
        yield Point(
            "machine",
            "by_hand",
            N_("The access to the database at %(host)s."),
            {"host": database.hostname or "localhost"},
        )
    if storage.scheme != "file":
        yield Point(
            "machine",
            "by_hand",
            N_("The access to the pictures and films at %(host)s."),
            {"host": storage.netloc.rpartition("@")[2]},
        )
    if settings.smtp_url:
        yield Point(
            "machine",
            "by_hand",
            N_("The access to the mail server %(host)s, and the mailbox %(address)s."),
            {"host": urlsplit(settings.smtp_url).hostname or "", "address": settings.sender},
        )
    else:
        yield Point(
            "machine",
            "open",
            N_("No mail server is set: letters are shown at the desk and must be handed on."),
            way="/desk/mails",
        )


def _backup(backup_at: datetime | None, now: datetime) -> Iterator[Point]:
    if backup_at is None:
        yield Point("backup", "open", N_("Nothing was ever put by."), way="/desk/check-up")
    elif now - backup_at > OLDEST_BACKUP:
        yield Point(
            "backup",
            "open",
            N_("The last backup is %(n)s days old."),
            {"n": (now - backup_at).days},
            "/desk/check-up",
        )
    else:
        yield Point("backup", "done", N_("A backup of this week is there."))
    yield Point(
        "backup",
        "by_hand",
        N_("Where backups lie, their passphrase, and that one was restored elsewhere to try it."),
    )
    yield Point(
        "backup",
        "by_hand",
        N_("The keys by which other places know this one are in the backup: keep it like a key."),
    )


def _neighbours(found: Handover) -> Iterator[Point]:
    yield Point(
        "neighbours",
        "by_hand",
        N_("An announcement tells everybody who lives here (%(n)s) who looks after the place now."),
        {"n": found.members},
        "/desk/announcements",
    )
    if found.allies:
        yield Point(
            "neighbours",
            "by_hand",
            N_("Those who look after the allied places know: %(names)s."),
            _names(", ".join(found.allies)),
            "/desk/ring",
        )
    yield Point(
        "neighbours",
        "by_hand",
        N_("The rules about servers (%(n)s), and why each was made."),
        {"n": found.rules},
        "/desk/servers",
    )
    if found.lists:
        yield Point(
            "neighbours",
            "by_hand",
            N_("The lists of others that are read each day: %(names)s."),
            _names(", ".join(found.lists)),
            "/desk/lists",
        )


def _names(names: str) -> dict[str, Any]:
    return {"names": names}
