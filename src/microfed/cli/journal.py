"""`microfed journal`: what those who look after the place did, and until when it can be undone."""

from typing import Annotated

import typer

from microfed.cli.printing import say, say_json
from microfed.cli.starting import open_database
from microfed.ids import moment_of
from microfed.queries.moderation import journal as find_deeds
from microfed.queries.pages import Page


def journal(
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many lines.")] = 40,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on the last line.")
    ] = False,
) -> None:
    """Show who did what to whom, newest first."""
    with open_database() as db, db.reading() as tx:
        deeds = [
            {
                "id": str(deed.id),
                "at": moment_of(deed.id).isoformat(timespec="seconds"),
                "by": deed.by_name or None,
                "action": deed.action,
                "target": deed.target_name,
                "undo_until": deed.undo_until and deed.undo_until.isoformat(timespec="seconds"),
            }
            for deed in find_deeds(tx, Page(most))
        ]
    if as_json:
        say_json({"deeds": deeds})
        return
    for deed in deeds:
        say(f"{deed['at']}  {deed['by'] or '(command line)'}  {deed['action']}  {deed['target']}")
    if not deeds:
        say("Nothing was done yet.")
