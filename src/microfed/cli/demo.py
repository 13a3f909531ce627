"""`microfed demo`: two neighbourhoods on this machine that federate, with some life in them."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import typer

from microfed import clock
from microfed.cli.printing import say
from microfed.cli.sample_doings import furnish
from microfed.cli.sample_life import (
    GATHERINGS,
    MEMBERS,
    PASSWORD,
    SAYINGS,
    TOWNS,
    ZONE,
    Gathering,
    Saying,
    Town,
)
from microfed.cli.starting import open_database
from microfed.errors import TryLater
from microfed.operations.members import add_member
from microfed.operations.tokens import give_token
from microfed.passwords import hash_password
from microfed.queries.people import find_local
from microfed.remote.http import Web
from microfed.settings import Settings
from microfed.vocab.terms import ACTIVITY_JSON, PUBLIC

STARTED_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Resident:
    """A member of one of the two towns, with a token to speak for them."""

    name: str
    actor: str
    token: str
    is_new: bool


def run_demo(folder: Path, every: float) -> None:
    """Start the two with their data in `folder`; every so many seconds somebody says something."""
    _need_ports()
    # Whoever stops the demo by a signal must not leave its two servers behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = [_settings(town, folder) for town in TOWNS]
    residents: dict[str, Resident] = {}
    for town, wanted in zip(TOWNS, settings, strict=True):
        residents |= _move_in(town, wanted)
    with _running(settings):
        try:
            asyncio.run(_live(settings, residents, every))
        except (KeyboardInterrupt, asyncio.CancelledError):
            say("\nGood night. Your demo is kept in " + str(folder))


def _need_ports() -> None:
    """Say so when something else listens where a town should be: it would answer in its place."""
    for town in TOWNS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", town.port)) == 0:
                say(f"Port {town.port} is taken: end what listens there, perhaps another demo.")
                raise typer.Exit(1)


def _settings(town: Town, folder: Path) -> Settings:
    return Settings.read(
        url=f"http://localhost:{town.port}",
        data=(folder / town.key).resolve(),
        name=town.name,
        language=town.language,
        timezone=ZONE,
        insecure_peers=",".join(f"localhost:{other.port}" for other in TOWNS),
    )


def _move_in(town: Town, settings: Settings) -> dict[str, Resident]:
    residents, people = {}, {}
    with open_database(settings) as db, db.writing() as tx:
        for name, display_name, role in MEMBERS[town.key]:
            actor = find_local(tx, name)
            is_new = actor is None
            if actor is None:
                actor = add_member(
                    tx,
                    name=name,
                    display_name=display_name,
                    role=role,
                    language=town.language,
                    password_hash=hash_password(PASSWORD),
                )
            token = give_token(tx, member_id=actor.id, scopes=["read", "write"])
            residents[name] = Resident(name, actor.uri, token, is_new)
            people[name] = actor
        if all(resident.is_new for resident in residents.values()):
            furnish(tx, town=town.key, language=town.language, people=people)
    return residents


@contextmanager
def _running(all_settings: list[Settings]) -> Iterator[None]:
    """Run a server for each of the settings, as an admin would."""
    programs = []
    for settings in all_settings:
        settings.data.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "MICROFED_URL": settings.url,
            "MICROFED_DATA": str(settings.data),
            "MICROFED_NAME": settings.name,
            "MICROFED_LANGUAGE": settings.language,
            "MICROFED_TIMEZONE": settings.timezone,
            "MICROFED_INSECURE_PEERS": settings.insecure_peers,
        }
        with (settings.data / "log").open("ab") as log:
            programs.append(
                # Our own interpreter and our own command: nothing here comes from outside.
                subprocess.Popen(
                    [sys.executable, "-c", "from microfed.cli.main import main; main()", "serve"],
                    env=environment,
                    stdout=log,
                    stderr=log,
                )
            )
    try:
        yield
    finally:
        for program in programs:
            program.terminate()
        for program in programs:
            program.wait()


async def _live(all_settings: list[Settings], residents: dict[str, Resident], every: float) -> None:
    peers = ",".join(f"localhost:{town.port}" for town in TOWNS)
    web = Web(url="http://localhost", insecure_peers=peers)
    try:
        await _until_they_answer(web, all_settings)
        if any(resident.is_new for resident in residents.values()):
            await _meet(web, residents)
            for gathering in GATHERINGS:
                await _plan(web, residents[gathering.who], gathering)
        _introduce(all_settings)
        said = 0
        while True:
            saying = SAYINGS[said % len(SAYINGS)]
            await _say(web, residents[saying.who], saying)
            said += 1
            # A first handful at once, so that there is something to read.
            await asyncio.sleep(0.2 if said < len(SAYINGS) // 2 else every)
    finally:
        await web.close()


async def _until_they_answer(web: Web, all_settings: list[Settings]) -> None:
    deadline = time.monotonic() + STARTED_WITHIN
    for settings in all_settings:
        while True:
            try:
                await web.get(f"{settings.url}/health", accept="application/json")
                break
            except TryLater:
                if time.monotonic() > deadline:
                    say(f"{settings.title} does not start; its log is {settings.data}/log")
                    raise typer.Exit(1) from None
                await asyncio.sleep(0.1)


async def _meet(web: Web, residents: dict[str, Resident]) -> None:
    """Everyone follows everyone."""
    for follower in residents.values():
        for target in residents.values():
            if follower is not target:
                await _post(web, follower, {"type": "Follow", "object": target.actor})


async def _plan(web: Web, who: Resident, gathering: Gathering) -> None:
    day = clock.now().astimezone(ZoneInfo(ZONE)) + timedelta(days=gathering.in_days)
    day = day.replace(minute=0, second=0)
    event: dict[str, Any] = {
        "type": "Event",
        "name": gathering.title,
        "source": {"content": gathering.text, "mediaType": "text/plain"},
        "contentMap": {gathering.language: ""},
        "startTime": day.replace(hour=gathering.hour).isoformat(timespec="seconds"),
        "endTime": day.replace(hour=gathering.hour + 2).isoformat(timespec="seconds"),
        "timezone": ZONE,
        "location": {"type": "Place", "name": gathering.place},
        "to": [PUBLIC],
        "cc": [f"{who.actor}/followers"],
    }
    if gathering.capacity is not None:
        event["maximumAttendeeCapacity"] = gathering.capacity
    await _post(web, who, event)


async def _say(web: Web, who: Resident, saying: Saying) -> None:
    note = {
        "type": "Note",
        "source": {"content": saying.text, "mediaType": "text/plain"},
        "contentMap": {saying.language: ""},
        "to": [PUBLIC],
        "cc": [f"{who.actor}/followers"],
    }
    await _post(web, who, note)


async def _post(web: Web, who: Resident, document: dict[str, Any]) -> None:
    answer = await web.post(
        f"{who.actor}/outbox",
        orjson.dumps(document),
        content_type=ACTIVITY_JSON,
        headers={"Authorization": f"Bearer {who.token}"},
    )
    if not answer.is_success:
        say(f"{who.name} was answered {answer.status}: {answer.body.decode()[:200]}")


def _introduce(all_settings: list[Settings]) -> None:
    say("Two neighbourhoods are awake, and know each other:\n")
    for town, settings in zip(TOWNS, all_settings, strict=True):
        say(f"  {settings.name:<14} {settings.url}")
        for name, display_name, role in MEMBERS[town.key]:
            say(f"      {display_name:<18} {name:<8} password: {PASSWORD}   ({role})")
    say("\nThey go on talking while you watch. Ctrl-C ends the demo.")
