"""What is written for those who make clients is what is so."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
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


def test_the_examples_work_as_they_are_written(
    microfed_server: MicrofedServer, tmp_path: Path
) -> None:
    text = (DOCS / "how-to" / "write-a-client.md").read_text()
    member = microfed_server.add_member("ada")
    starts = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}"
    said = []
    for number, example in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL)):
        script = tmp_path / f"client{number}.py"
        script.write_text(example)
        who = {"ACTOR": member["actor"], "TOKEN": member["token"], "STARTS": starts}
        done = subprocess.run(
            [sys.executable, str(script)],
            env={**os.environ, **who},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr or done.stdout
        said.append(done.stdout.splitlines())

    (first, second), (made,) = said
    assert len(set(made.split())) == 3
    assert first.startswith(f"201 {member['actor']}/posts/")
    assert second == f"Create {first.removeprefix('201 ')}"
