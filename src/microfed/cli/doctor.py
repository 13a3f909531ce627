"""`microfed doctor`: what is wrong, and how to mend it."""

import asyncio
from dataclasses import asdict

import typer

from microfed.cli.printing import say, say_json
from microfed.cli.safe import bare_database
from microfed.cli.starting import read_settings
from microfed.keeping.check_up import look_round
from microfed.keeping.doctor import Finding
from microfed.remote.http import Web
from microfed.settings import Settings


def run_doctor(peer: str, *, as_json: bool) -> None:
    """Look at everything; end with 1 when something grave was found."""
    found = asyncio.run(_look(read_settings(), peer))
    is_well = not any(each.is_grave for each in found)
    if as_json:
        say_json({"is_well": is_well, "findings": [asdict(each) for each in found]})
    for each in found if not as_json else ():
        say(f"{'WRONG' if each.is_grave else 'note '}  {each.about}: {each.what}.")
        say(f"       → {each.mend}.")
    if not found and not as_json:
        say("All is well.")
    if not is_well:
        raise typer.Exit(1)


async def _look(settings: Settings, peer: str) -> list[Finding]:
    ca_file = settings.ca_file if settings.ca_file and settings.ca_file.is_file() else None
    web = Web(url=settings.url, insecure_peers=settings.insecure_peers, ca_file=ca_file)
    try:
        with bare_database(settings) as db:
            return await look_round(settings, db, web, peer=peer)
    finally:
        await web.close()
