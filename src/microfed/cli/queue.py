"""`microfed queue`: what waits."""

from typing import Annotated

import typer

from microfed.cli.printing import say, say_json
from microfed.cli.starting import open_database
from microfed.queries.figures import queue_figures


def queue(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what waits: taken in, going out, to be done, and servers that do not answer."""
    with open_database() as db, db.reading() as tx:
        figures = queue_figures(tx)
    if as_json:
        say_json(figures)
        return
    say(f"received, to be handled: {figures.received}")
    say(f"deliveries on their way: {figures.deliveries}")
    say(f"jobs to be done:         {figures.jobs}")
    say(f"servers not answering:   {figures.hosts_down}")
