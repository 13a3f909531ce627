"""What the separate process gives back: plain values, as JSON on its standard output."""

from dataclasses import dataclass
from typing import Any, Literal

Purpose = Literal["attachment", "avatar", "header", "emoji"]
PURPOSES: dict[str, Purpose] = {
    "attachment": "attachment",
    "avatar": "avatar",
    "header": "header",
    "emoji": "emoji",
}


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One file that was made: its name in the folder, its ending, how large it is."""

    name: str
    ending: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What became of an upload. `kind` is image, video, gifv or audio."""

    kind: str
    original: MadeFile
    preview: MadeFile | None = None
    blurhash: str | None = None
    duration: float | None = None


class Unusable(Exception):
    """The file cannot be used; the message says why, in words for whoever sent it."""


def made_from(said: dict[str, Any]) -> Made:
    """Return what the process said."""
    preview = said.get("preview")
    return Made(
        kind=str(said["kind"]),
        original=MadeFile(**said["original"]),
        preview=None if preview is None else MadeFile(**preview),
        blurhash=said.get("blurhash"),
        duration=said.get("duration"),
    )
