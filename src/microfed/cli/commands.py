"""All commands but `serve` and `work`, by what they are about."""

from pathlib import Path
from typing import Annotated

import typer

from microfed.cli import (
    allies,
    announcements,
    bringing,
    databases,
    domains,
    emojis,
    handover,
    journal,
    media,
    members,
    people,
    place,
    posts,
    queue,
    relays,
    safe,
    subscriptions,
)

app = typer.Typer(
    name="microfed",
    help="A small federated server for a neighbourhood.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(members.app, name="member", help="Who lives here.")
app.add_typer(people.app, name="person", help="What is done about people.")
app.add_typer(posts.app, name="post", help="What is done about something that was said.")
app.add_typer(announcements.app, name="announcement", help="What all who live here should know.")
app.add_typer(people.reports, name="report", help="What somebody says is wrong.")
app.add_typer(people.appeals, name="appeal", help="Who objects to what was done about them.")
app.add_typer(domains.app, name="domain", help="Other servers: whom we listen to.")
app.add_typer(place.app, name="place", help="What an admin decides about the place.")
app.add_typer(allies.app, name="ally", help="The ring: places we are allied with.")
app.add_typer(allies.app, name="ring", hidden=True)
app.add_typer(relays.app, name="relay", help="Relays: public posts of other small places.")
app.add_typer(media.app, name="media", help="Pictures, sound and film.")
app.add_typer(emojis.app, name="emoji", help="Small pictures with a name.")
app.add_typer(databases.app, name="database", help="Moving to another database.")
members.app.command("bring")(bringing.bring)
for name, command in (
    ("subscribe", subscriptions.subscribe_command),
    ("unsubscribe", subscriptions.unsubscribe_command),
    ("drafts", subscriptions.drafts),
    ("apply", subscriptions.apply),
):
    domains.app.command(name)(command)
app.command("token")(members.token)
app.command("queue")(queue.queue)
app.command("journal")(journal.journal)
app.command("undo")(people.undo)
app.command("backup")(safe.backup)
app.command("handover")(handover.handover_command)
app.command("restore")(safe.restore_command)
app.command("verify")(safe.verify)


@app.command("doctor")
def doctor(
    peer: Annotated[
        str, typer.Option("--peer", help="Another server to speak with, to see the way out.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look for what is wrong, inside and outside, and say how to mend it; changes nothing."""
    # The HTTP client takes as long to import as everything else the other commands need.
    from microfed.cli.doctor import run_doctor  # noqa: PLC0415

    run_doctor(peer, as_json=as_json)


@app.command("demo")
def demo(
    folder: Annotated[Path, typer.Option(help="Where the two keep their data.")] = Path(
        "demo-data"
    ),
    every: Annotated[float, typer.Option(help="Seconds between two things said.")] = 20.0,
) -> None:
    """Start two neighbourhoods on this machine and let them talk; Ctrl-C ends it."""
    # The HTTP client takes as long to import as everything else the other commands need.
    from microfed.cli.demo import run_demo  # noqa: PLC0415

    run_demo(folder, every)


@app.command("serve")
def serve() -> None:
    """Answer requests and carry deliveries: `microfed serve --help` tells more."""


@app.command("work")
def work() -> None:
    """Carry deliveries beside servers on the same PostgreSQL."""
