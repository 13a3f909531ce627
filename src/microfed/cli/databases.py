"""`microfed database …`: moving to another database."""

from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.safe import Json, bare_database, progress
from microfed.cli.starting import read_settings
from microfed.errors import Invalid, Refused
from microfed.keeping.copying import copy_database
from microfed.store.migrate import migrate

app = typer.Typer(no_args_is_help=True)


@app.command("move")
@app.command("copy")
def copy(
    to: Annotated[str, typer.Option("--to", help="postgresql://… or sqlite:///file")],
    as_json: Json = False,
) -> None:
    """Copy everything to an empty database of either engine, and check that both are equal.

    Stop the server before: what is said during the copy is not in it. Then set DATABASE_URL.
    """
    settings = read_settings()
    if to == settings.database:
        raise fail(Invalid("that is the database this place has already"))
    migrate(settings.database)
    try:
        with bare_database(settings) as db, progress(as_json) as tell:
            sums = copy_database(db, to, work=settings.data.resolve() / "backups", tell=tell)
    except (Refused, ValueError) as refused:
        raise fail(Invalid(str(refused))) from None
    if as_json:
        say_json({"rows": sums.rows, "tables": len(sums.tables), "sha256": sums.whole()})
        return
    say(f"{sums.rows} rows in {len(sums.tables)} tables, and both databases are equal")
    say("Now set MICROFED_DATABASE_URL to the new one, and start the server.")
