"""`microfed doctor`: what is wrong, and how to mend it."""

import asyncio
from dataclasses import asdict

import typer

from microfed import clock
from microfed.cli.printing import say, say_json
from microfed.cli.safe import bare_database
from microfed.cli.starting import read_settings
from microfed.keeping.doctor import (
    Finding,
    check_backups,
    check_database,
    check_folder,
    check_settings,
    check_storage,
)
from microfed.keeping.doctor_outside import (
    check_certificate,
    check_door,
    check_mail,
    check_name,
    check_peer,
)
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
    found = [*check_settings(settings), *check_folder(settings)]
    in_database: list[Finding] = []
    with bare_database(settings) as db:
        in_database += check_database(settings, db)
        found += in_database
        if not any(each.about == "database" for each in in_database):
            found += await check_storage(settings, db)
    found += check_backups(settings, clock.now())
    found += check_name(settings)
    found += check_certificate(settings)
    ca_file = settings.ca_file if settings.ca_file and settings.ca_file.is_file() else None
    web = Web(url=settings.url, insecure_peers=settings.insecure_peers, ca_file=ca_file)
    try:
        found += await check_door(settings, web)
        if peer:
            found += await check_peer(peer, web)
    finally:
        await web.close()
    return found + await check_mail(settings)
