"""`microfed demo`, as somebody who tries the project sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx

from tests.components.processes import ROOT, Program, until
from tests.components.server import COMMAND

TOWNS = {"belleville": 8001, "menilmontant": 8002}


def test_what_is_said_in_one_town_shows_on_the_page_of_the_other(tmp_path: Path) -> None:
    # Given the demo, with nothing said but its first handful
    env = {k: v for k, v in os.environ.items() if not k.startswith("MICROFED_")}
    env |= {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
    arguments = ["demo", "--folder", str(tmp_path), "--every", "600"]
    demo = Program("the demo", [*COMMAND, *arguments], log=tmp_path / "demo.log", env=env)
    demo.start()
    try:
        demo.until_ready(lambda: "Ctrl-C" in demo.tail(), 60)
        shown = demo.tail()
        for wanted in ("http://localhost:8001", "http://localhost:8002", "password", "amel"):
            assert wanted in shown

        # Then each town shows what the other says, in the other's language too
        for port, words in ((8002, "perceuse"), (8001, "sourdough")):
            until(lambda: words in around(port), f"{words} on :{port}")  # noqa: B023

        # And what somebody says now arrives
        says(env, tmp_path / "belleville", "amel", "Une chaise bleue à donner")
        until(lambda: "chaise bleue" in around(8002), "the chair on the other page")
    finally:
        demo.stop()


def around(port: int) -> str:
    return httpx.get(f"http://localhost:{port}/around", trust_env=False).text


def says(env: dict[str, str], data: Path, name: str, words: str) -> None:
    url = f"http://localhost:{TOWNS[data.name]}"
    settings = {"MICROFED_URL": url, "MICROFED_DATA": str(data)}
    done = subprocess.run(
        [*COMMAND, "token", name, "--scopes", "write", "--json"],
        env=env | settings,
        check=True,
        capture_output=True,
    )
    token = json.loads(done.stdout.splitlines()[-1])["token"]
    note = {
        "type": "Note",
        "content": f"<p>{words}</p>",
        "to": "https://www.w3.org/ns/activitystreams#Public",
        "cc": [f"{url}/users/{name}/followers"],
    }
    response = httpx.post(
        f"{url}/users/{name}/outbox",
        json=note,
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/activity+json",
        },
        trust_env=False,
    )
    assert response.status_code == 201, (response.text, sys.version)
