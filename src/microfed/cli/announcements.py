"""`microfed announcement …`: something to know for all who live here, as at the desk."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database, read_settings
from microfed.errors import Invalid, Refused
from microfed.ids import parse_id
from microfed.operations.announcements import (
    Notice,
    announce_here,
    change_announcement,
    take_down,
)
from microfed.operations.event_times import moment_typed
from microfed.queries.announcements import all_announcements
from microfed.queries.moderation import need_row
from microfed.store.announcements import Announcement
from microfed.store.database import Tx

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
Text = Annotated[str, typer.Argument(help="What all should know.")]
Id = Annotated[str, typer.Argument(metavar="ANNOUNCEMENT")]
_BY = "by the clock of the place: 2026-12-24T18:00"
From = Annotated[str, typer.Option("--from", help=f"Announce it from then on, {_BY}")]
Starts = Annotated[str, typer.Option(help=f"It is about a time that begins then, {_BY}")]
Ends = Annotated[str, typer.Option(help=f"And ends then; it goes by itself, {_BY}")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show what is announced, planned and over, newest first."""
    with open_database() as db, db.reading() as tx:
        found = [_told(one) for one in all_announcements(tx)]
    if as_json:
        say_json({"announcements": found})
        return
    for one in found:
        say(f"{one['id']}  {one['announced'] or 'planned for ' + str(one['from'])}  {one['text']}")
    if not found:
        say("Nothing was announced yet.")


@app.command("add")
def add(
    text: Text, from_: From = "", starts: Starts = "", ends: Ends = "", as_json: Json = False
) -> None:
    """Say something to everyone who lives here, now or later."""
    _do(
        lambda tx, zone: announce_here(
            tx, by=None, notice=_notice(text, from_, starts, ends, zone)
        ),
        as_json,
    )


@app.command("correct")
def correct(
    id_: Id,
    text: Text,
    from_: From = "",
    starts: Starts = "",
    ends: Ends = "",
    as_json: Json = False,
) -> None:
    """Say it better; days and hours are those given now."""

    def deed(tx: Tx, zone: str) -> Announcement:
        found = need_row(tx, Announcement, parse_id(id_))
        notice = _notice(text, from_, starts, ends, zone)
        change_announcement(tx, found, by=None, notice=notice)
        return found

    _do(deed, as_json)


@app.command("remove")
def remove(id_: Id, as_json: Json = False) -> None:
    """Take it down: it is over, or was a mistake."""

    def deed(tx: Tx, _zone: str) -> Announcement:
        found = need_row(tx, Announcement, parse_id(id_))
        take_down(tx, found, by=None)
        return found

    _do(deed, as_json)


def _do(deed: Callable[[Tx, str], Announcement], as_json: bool) -> None:
    settings = read_settings()
    try:
        with open_database(settings) as db, db.writing() as tx:
            id_ = str(deed(tx, settings.timezone).id)
    except Refused as refused:
        raise fail(refused) from None
    say_json({"id": id_}) if as_json else say(f"Done; it stands in the journal. It is {id_}.")


def _notice(text: str, from_: str, starts: str, ends: str, zone: str) -> Notice:
    return Notice(
        text,
        due_at=_moment(from_, zone, "from"),
        starts_at=_moment(starts, zone, "starts"),
        ends_at=_moment(ends, zone, "ends"),
    )


def _moment(said: str, zone: str, field: str) -> datetime | None:
    try:
        return moment_typed(said, zone, field=field)
    except Invalid as invalid:
        raise Invalid(f"--{field}: {invalid}, such as 2026-12-24T18:00") from None


def _told(one: Announcement) -> dict[str, Any]:
    moments = {
        "announced": one.published_at,
        "from": one.due_at,
        "starts": one.starts_at,
        "ends": one.ends_at,
    }
    return {
        "id": str(one.id),
        "text": one.text,
        **{name: at and at.isoformat(timespec="seconds") for name, at in moments.items()},
    }
