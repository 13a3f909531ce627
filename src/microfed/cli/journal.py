"""`microfed journal`: what those who look after the place did, and until when it can be undone."""

from typing import Annotated, Any

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database, read_settings
from microfed.errors import Invalid
from microfed.ids import moment_of
from microfed.journal_words import TAKEN_BACK, tell
from microfed.queries.moderation import journal as find_deeds
from microfed.queries.pages import Page
from microfed.words import LANGUAGES, all_words


def journal(
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many lines.")] = 40,
    language: Annotated[
        str, typer.Option(help="fr or en; else that of the place.", metavar="LANGUAGE")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on the last line.")
    ] = False,
) -> None:
    """Show who did what to whom, newest first."""
    settings = read_settings()
    if language and language not in LANGUAGES:
        raise fail(Invalid(f"the journal is told in one of {', '.join(LANGUAGES)}"))
    words = all_words()[language or settings.language]
    with open_database(settings) as db, db.reading() as tx:
        deeds: list[dict[str, Any]] = [
            {
                "id": str(deed.id),
                "at": moment_of(deed.id).isoformat(timespec="seconds"),
                "by": deed.by_name or None,
                "action": deed.action,
                "target": deed.target_name,
                "sentence": tell(words, action=deed.action, by=deed.by_name, whom=deed.target_name),
                "is_undone": deed.undone_at is not None,
                "undo_until": deed.undo_until and deed.undo_until.isoformat(timespec="seconds"),
            }
            for deed in find_deeds(tx, Page(most))
        ]
    if as_json:
        say_json({"deeds": deeds})
        return
    for deed in deeds:
        undone = f" ({words.say(TAKEN_BACK)})" if deed["is_undone"] else ""
        say(f"{deed['at']}  {deed['sentence']}{undone}")
    if not deeds:
        say("Nothing was done yet.")
