"""khal, a calendar program that is not ours: it imports a calendar file and lists what is in it."""

import os
import subprocess
import sys
from pathlib import Path

_SETTINGS = """
[calendars]
[[here]]
path = {folder}/here
type = calendar
[sqlite]
path = {folder}/khal.db
[locale]
local_timezone = {zone}
default_timezone = {zone}
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""


def khal_lists(
    calendar: bytes, folder: Path, *, day: str, zone: str = "Europe/Paris", days: int = 1
) -> list[str]:
    """Return what khal reads in a calendar from `day` on: "title|start|end|place|status"."""
    (folder / "here").mkdir(parents=True)
    settings, file = folder / "khal.conf", folder / "file.ics"
    settings.write_text(_SETTINGS.format(folder=folder, zone=zone))
    file.write_bytes(calendar)
    _khal(settings, "import", "--batch", "-a", "here", str(file))
    form = "{title}|{start-long}|{end-long}|{location}|{status}"
    said = _khal(settings, "list", "--format", form, "--day-format", "", day, f"{days}d")
    return [line for line in said.splitlines() if line.strip()]


def _khal(settings: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "khal", "-c", str(settings), *arguments]
    # Nothing of whoever runs the tests is read or written.
    env = {**os.environ, "HOME": str(settings.parent), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
