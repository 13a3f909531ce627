"""The separate process that looks into one file: `python -m microfed.media.process`.

It has no secrets in its environment, little memory and time, and nothing of the server but these
few modules. It may crash, be killed or be taken over without anyone else noticing.

    process SOURCE KIND PURPOSE FOLDER [FFMPEG FFPROBE]

It writes files into FOLDER and prints one JSON object: what was made, or {"unusable": "why"}.
"""

import json
import os
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from microfed.media import limits
from microfed.media.made import PURPOSES, Made, Unusable


def main(arguments: list[str]) -> int:
    """Look into the file named in `arguments`."""
    source, kind, purpose, folder = arguments[:4]
    is_film = len(arguments) == 6
    _limit(
        memory=limits.FILM_MEMORY if is_film else limits.PICTURE_MEMORY,
        seconds=limits.FILM_CPU_SECONDS if is_film else limits.PICTURE_CPU_SECONDS,
    )
    try:
        said = asdict(_make(Path(source), kind, purpose, Path(folder), arguments[4:]))
    except Unusable as reason:
        said = {"unusable": str(reason)}
    except MemoryError:
        said = {"unusable": "this file is too large to be read"}
    except Exception as error:  # whatever a decoder says of a broken file, it means this
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        said = {"unusable": "this file is broken, or not what it seems to be"}
    sys.stdout.write(json.dumps(said))
    return 0


def _make(source: Path, kind: str, purpose: str, folder: Path, programs: list[str]) -> Made:
    if programs:
        from microfed.media.films import make_film  # noqa: PLC0415 - after the limits are set

        return make_film(source, kind, programs[0], programs[1], folder)
    from microfed.media.pictures import make_picture  # noqa: PLC0415 - after the limits are set

    return make_picture(source, kind, PURPOSES[purpose], folder)


def _limit(*, memory: int, seconds: int) -> None:
    """Take from this process all that it does not need, before it looks at anything."""
    most = limits.MOST_FILM_BYTES + 16_000_000
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, most),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a full quota is an error to report, not a death
    os.nice(10)  # whoever waits for an answer comes first


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
