"""All commands but `serve` and `work`, by what they are about."""

from pathlib import Path
from typing import Annotated

import typer

from microfed.cli import domains, members, queue

app = typer.Typer(
    name="microfed",
    help="A small federated server for a neighbourhood.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(members.app, name="member", help="Who lives here.")
app.add_typer(domains.app, name="domain", help="Other servers: whom we listen to.")
app.command("token")(members.token)
app.command("queue")(queue.queue)


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
