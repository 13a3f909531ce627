"""Film and sound, by the system's ffmpeg: streams are copied where browsers play them as they are.

Runs only in the separate process. The container is named to ffmpeg and only local files may be
opened, because a playlist in film's clothing reads other files or calls other servers.
"""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from microfed.media import limits
from microfed.media.made import Made, MadeFile, Unusable
from microfed.media.pictures import make_picture

# By what was sniffed: the reader that ffmpeg must use, and no other.
READERS = {"mp4": "mov", "webm": "matroska", "mp3": "mp3", "ogg": "ogg", "flac": "flac"}
COPIED = {
    "mp4": (frozenset(("h264",)), frozenset(("aac", "mp3"))),
    "webm": (frozenset(("vp8", "vp9", "av1")), frozenset(("opus", "vorbis"))),
}
ENCODERS = {"mp4": "aac", "webm": "libopus"}
SOUND = {
    "mp3": ("mp3", "mp3", frozenset(("mp3",))),
    "ogg": ("ogg", "ogg", frozenset(("vorbis", "opus"))),
    "flac": ("flac", "flac", frozenset(("flac",))),
}
_QUIET = ("-nostdin", "-hide_banner", "-v", "error")
_SAFE = ("-protocol_whitelist", "file,pipe")
_BARE = ("-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", "-fflags", "+bitexact")


def make_film(source: Path, kind: str, ffmpeg: str, ffprobe: str, folder: Path) -> Made:
    """Return what was made of the film or sound at `source`, written into `folder`."""
    streams, length = _probe(source, kind, ffprobe)
    sound = next((one for one in streams if one.get("codec_type") == "audio"), None)
    film = next((one for one in streams if _is_film(one)), None)
    if length > limits.LONGEST_FILM_SECONDS and film is not None:
        raise Unusable(f"a film lasts at most {limits.LONGEST_FILM_SECONDS // 60} minutes")
    if film is not None and kind in COPIED:
        return _make_film(source, kind, ffmpeg, film, sound, length, folder)
    if sound is None:
        raise Unusable("there is neither picture nor sound in this file")
    made = _make_sound(source, kind, ffmpeg, sound, length, folder)
    # A head alone, with junk behind it, is copied without a word: some sound must have come out.
    heard, length = _probe(folder / "original", made.original.ending, ffprobe, "-count_packets")
    if not any(int(one.get("nb_read_packets") or 0) for one in heard):
        raise Unusable("there is no sound in this file")
    return replace(made, duration=round(length, 3))


def _probe(source: Path, kind: str, ffprobe: str, *more: str) -> tuple[list[dict[str, Any]], float]:
    said = _run(
        *(ffprobe, "-hide_banner", "-v", "error", *_SAFE, *more, "-f", READERS[kind]),
        *("-of", "json", "-show_streams", "-show_format", f"file:{source}"),
    )
    try:
        found = json.loads(said)
        length = float(found["format"].get("duration") or 0)
    except (ValueError, KeyError) as error:
        raise Unusable("this film or sound cannot be read") from error
    return found.get("streams", [])[:16], length


def _is_film(stream: dict[str, Any]) -> bool:
    # The cover of a song is a film of one picture, as ffmpeg sees it.
    is_cover = bool(stream.get("disposition", {}).get("attached_pic"))
    return stream.get("codec_type") == "video" and not is_cover


def _make_film(
    source: Path,
    kind: str,
    ffmpeg: str,
    film: dict[str, Any],
    sound: dict[str, Any] | None,
    length: float,
    folder: Path,
) -> Made:
    width, height = int(film.get("width") or 0), int(film.get("height") or 0)
    if not 0 < width * height <= limits.MOST_FILM_PIXELS:
        raise Unusable("the pictures of this film are too large")
    if _rate(film.get("avg_frame_rate")) > limits.MOST_FRAMES_PER_SECOND:
        raise Unusable("this film has too many pictures a second")
    becomes = kind
    how_film: tuple[str, ...] = ("-c:v", "copy")
    if not _plays_as_it_is(kind, film):
        becomes = "mp4"
        edge = limits.KEPT_FILM_EDGE
        smaller = f"scale='min({edge},iw)':'min({edge},ih)':force_original_aspect_ratio=decrease"
        how_film = (
            *("-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-pix_fmt", "yuv420p"),
            *("-r", "30", "-vf", f"{smaller},scale='trunc(iw/2)*2':'trunc(ih/2)*2'"),
        )
    keeps_sound = sound is not None and sound.get("codec_name") in COPIED[becomes][1]
    how_sound = ("-c:a", "copy") if keeps_sound else ("-c:a", ENCODERS[becomes], "-b:a", "128k")
    _run(
        *(ffmpeg, *_QUIET, *_SAFE, "-threads", "1", "-f", READERS[kind]),
        *("-i", f"file:{source}", "-map", "0:v:0", "-map", "0:a:0?", *how_film, *how_sound),
        *(*_BARE, "-fs", str(limits.MOST_FILM_BYTES), "-movflags", "+faststart"),
        *("-f", becomes, f"file:{folder / 'original'}"),
    )
    shot = folder / "shot.png"
    _run(
        *(ffmpeg, *_QUIET, *_SAFE, "-threads", "1", "-f", READERS[becomes]),
        *("-i", f"file:{folder / 'original'}", "-frames:v", "1", "-f", "image2"),
        *("-c:v", "png", "-update", "1", f"file:{shot}"),
    )
    still = make_picture(shot, "png", "attachment", folder_for(folder, "still"))
    preview = still.preview
    if preview is None:  # a picture for an attachment always has one
        raise Unusable("this film cannot be read")
    (folder / "still" / preview.name).rename(folder / "preview")
    return Made(
        "gifv" if sound is None and length <= 60 else "video",
        MadeFile("original", becomes, still.original.width, still.original.height),
        MadeFile("preview", preview.ending, preview.width, preview.height),
        still.blurhash,
        round(length, 3),
    )


def _make_sound(
    source: Path, kind: str, ffmpeg: str, sound: dict[str, Any], length: float, folder: Path
) -> Made:
    ending, writer, codecs = SOUND.get(kind, ("mp3", "mp3", frozenset()))
    is_ready = sound.get("codec_name") in codecs
    coded = ("-c:a", "copy") if is_ready else ("-c:a", "libmp3lame", "-b:a", "128k")
    if not is_ready:
        ending = writer = "mp3"
    _run(
        *(ffmpeg, *_QUIET, *_SAFE, "-threads", "1", "-f", READERS[kind]),
        *("-i", f"file:{source}", "-map", "0:a:0", "-vn", *coded, *_BARE),
        *("-fs", str(limits.MOST_FILM_BYTES), "-f", writer, f"file:{folder / 'original'}"),
    )
    return Made("audio", MadeFile("original", ending), duration=round(length, 3))


def _plays_as_it_is(kind: str, film: dict[str, Any]) -> bool:
    """Say whether every browser plays these pictures without being made anew."""
    return (
        film.get("codec_name") in COPIED[kind][0]
        and film.get("pix_fmt") in ("yuv420p", "yuvj420p")
        and max(int(film["width"]), int(film["height"])) <= limits.LONGEST_EDGE
    )


def _rate(text: Any) -> float:
    above, _, below = str(text or "0").partition("/")
    try:
        return float(above) / float(below or 1)
    except (ValueError, ZeroDivisionError):
        return 0.0


def folder_for(folder: Path, name: str) -> Path:
    """Return a fresh folder inside `folder`."""
    inside = folder / name
    inside.mkdir()
    return inside


def _run(*command: str) -> bytes:
    # Our own arguments only, no shell; the limits of this process hold for it too.
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)  # noqa: S603
    if done.returncode != 0:
        raise Unusable("this film or sound cannot be read")
    return done.stdout
