"""`microfed relay …`: servers that pass public posts on between small places."""

from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database
from microfed.errors import Missing, NotFound, Refused
from microfed.operations.relays import list_relays, subscribe, unsubscribe

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]


@app.command("add")
def add(address: str, as_json: Json = False) -> None:
    """Ask a relay to take us in, by the address of its inbox (https://relay.example/inbox)."""
    try:
        with open_database() as db, db.writing() as tx:
            subscribe(tx, address=address)
    except Missing:
        raise fail(NotFound("give the address of the relay's inbox: it ends with /inbox")) from None
    except Refused as refused:
        raise fail(refused) from None
    say_json({"relay": address, "state": "asked"}) if as_json else say(f"Asked {address}")


@app.command("remove")
def remove(address: str, as_json: Json = False) -> None:
    """Leave a relay."""
    try:
        with open_database() as db, db.writing() as tx:
            unsubscribe(tx, address=address)
    except Refused as refused:
        raise fail(refused) from None
    say_json({"relay": address, "state": None}) if as_json else say(f"Left {address}")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show the relays we asked, and which took us in."""
    with open_database() as db, db.reading() as tx:
        relays = [(relay.inbox_uri, relay.accepted_at is not None) for relay in list_relays(tx)]
    if as_json:
        say_json({"relays": [{"inbox": inbox, "accepted": yes} for inbox, yes in relays]})
        return
    for inbox, is_accepted in relays:
        say(f"{'in' if is_accepted else 'asked':<8} {inbox}")
    if not relays:
        say("No relays.")
