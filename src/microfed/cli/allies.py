"""`microfed ally …`: the places we are allied with. `microfed ring …` is its first name."""

import asyncio
from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database, read_settings
from microfed.errors import NotFound, Refused, TryLater
from microfed.fetching import bring_place
from microfed.operations.alliances import (
    Alliance,
    end_alliance,
    list_alliances,
    propose_alliance,
)
from microfed.operations.domains import clean_domain
from microfed.queries.people import need_actor, need_actor_by_id

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]


@app.command("propose")
def propose(domain: str, as_json: Json = False) -> None:
    """Propose an alliance to another place, or say yes to its proposal."""
    _ask(domain, as_json, is_answer=False)


@app.command("accept")
def accept(domain: str, as_json: Json = False) -> None:
    """Say yes to the proposal of another place."""
    _ask(domain, as_json, is_answer=True)


def _ask(domain: str, as_json: bool, *, is_answer: bool) -> None:
    try:
        host = clean_domain(domain)
        with open_database() as db:
            if is_answer:
                with db.reading() as tx:
                    _at(list_alliances(tx), host)  # what nobody proposed cannot be accepted
            uri = asyncio.run(_bring(host))
            with db.writing() as tx:
                propose_alliance(tx, place=need_actor(tx, uri))
                state = _at(list_alliances(tx), host).state
    except TryLater as later:
        raise fail(NotFound(f"{domain} does not answer: {later}")) from None
    except Refused as refused:
        raise fail(refused) from None
    say_json({"place": host, "state": state}) if as_json else say(f"{host}: {state}")


@app.command("end", hidden=True)
@app.command("revoke")
def revoke(domain: str, as_json: Json = False) -> None:
    """End an alliance, take a proposal back, or refuse one. It holds at once."""
    try:
        host = clean_domain(domain)
        with open_database() as db, db.writing() as tx:
            place = _at(list_alliances(tx), host)
            end_alliance(tx, place=need_actor_by_id(tx, place.id))
    except Refused as refused:
        raise fail(refused) from None
    say_json({"place": host, "state": None}) if as_json else say(f"{host}: ended")


@app.command("list")
def list_(
    domain: Annotated[str, typer.Argument(help="Only this place.")] = "", as_json: Json = False
) -> None:
    """Show the allied places, those we asked, and those that follow us."""
    with open_database() as db, db.reading() as tx:
        known = list_alliances(tx)
    if domain:
        try:
            known = [_at(known, clean_domain(domain))]
        except Refused as refused:
            raise fail(refused) from None
    if as_json:
        say_json({"places": [{"place": one.host, "state": one.state} for one in known]})
        return
    for one in known:
        say(f"{one.state:<8} {one.host}")
    if not known:
        say("No allies yet.")


async def _bring(host: str) -> str:
    # The whole server: too much to load for commands that only look something up.
    from microfed.app import open_house  # noqa: PLC0415

    house = open_house(read_settings())
    try:
        return await bring_place(house, host)
    finally:
        await house.web.close()
        house.db.close()


def _at(known: list[Alliance], host: str) -> Alliance:
    for one in known:
        if one.host == host:
            return one
    raise NotFound(f"this place has nothing to do with {host}")
