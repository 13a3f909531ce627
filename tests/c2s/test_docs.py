"""What is written for those who make clients is what is so."""

import os
import re
import subprocess
import sys
from pathlib import Path

from microfed.c2s.outbox import PERFORM
from microfed.outbound.render import OWN_COLLECTIONS
from tests.components.processes import ROOT
from tests.components.server import MicrofedServer

DOCS = ROOT / "docs" / "en"


def test_every_activity_and_collection_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "activitypub-clients.md").read_text()

    for name in (*PERFORM, *OWN_COLLECTIONS, "inbox", "outbox", "liked", "likes", "shares"):
        assert f"`{name}`" in text, name


def test_the_example_works_as_it_is_written(
    microfed_server: MicrofedServer, tmp_path: Path
) -> None:
    text = (DOCS / "how-to" / "write-a-client.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    script = tmp_path / "client.py"
    script.write_text(example)
    member = microfed_server.add_member("ada")

    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "ACTOR": member["actor"], "TOKEN": member["token"]},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith(f"201 {member['actor']}/posts/")
    assert second == f"Create {first.removeprefix('201 ')}"
