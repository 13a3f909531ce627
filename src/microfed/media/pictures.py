"""Pictures: decoded, turned upright, made smaller and written anew with nothing but pixels in them.

Runs only in the separate process. What a camera or an attacker hid in the file (where it was
taken, a web page behind the last byte) is not copied, because only pixels are.
"""

import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import blurhash
from PIL import Image, ImageCms, ImageOps, ImageSequence

from microfed.media import limits
from microfed.media.made import Made, MadeFile, Purpose, Unusable

FORMATS = {"jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "avif": "AVIF"}
MAY_MOVE = ("GIF", "WEBP", "PNG", "AVIF")
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
HEAVY_PNG = 1_500_000
_PREVIEW_QUALITY, _QUALITY = 80, 85

Image.MAX_IMAGE_PIXELS = limits.MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def make_picture(source: Path, kind: str, purpose: Purpose, folder: Path) -> Made:
    """Return what was made of the picture at `source`, written into `folder`."""
    picture = _open(source, kind)
    frames = getattr(picture, "n_frames", 1) if picture.format in MAY_MOVE else 1
    if frames > limits.MOST_FRAMES:
        raise Unusable(f"an animation has at most {limits.MOST_FRAMES} frames")
    if frames > 1 and purpose in ("attachment", "emoji"):
        return _make_moving(picture, frames, purpose, folder)
    still = _still(picture, purpose)
    original = _write(still, "original", _wanted_format(picture.format, still), folder)
    preview = _preview(still, folder) if purpose == "attachment" else None
    return Made("image", original, preview, _blurhash(still))


def _open(source: Path, kind: str) -> Image.Image:
    if kind == "heic":
        try:
            # An optional extra: its decoder is large, and only telephones write such files.
            import pillow_heif  # noqa: PLC0415
        except ImportError:
            raise Unusable("HEIC pictures cannot be read here: please send a JPEG") from None
        pillow_heif.register_heif_opener()
    try:
        picture = Image.open(source, formats=(FORMATS.get(kind, "HEIF"),))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Unusable(
            f"a picture has at most {limits.MOST_PIXELS // 1_000_000} million pixels"
        ) from None
    if picture.width * picture.height > limits.MOST_PIXELS:
        raise Unusable(f"a picture has at most {limits.MOST_PIXELS // 1_000_000} million pixels")
    return picture


def _still(picture: Image.Image, purpose: Purpose) -> Image.Image:
    """Return the one picture there is: small first, so that all that follows is cheap."""
    turn = TURNS.get(picture.getexif().get(ORIENTATION, 1))
    profile = picture.info.get("icc_profile")
    edge = {"attachment": limits.LONGEST_EDGE, "emoji": limits.EMOJI_EDGE}.get(
        purpose, max(limits.HEADER)
    )
    if picture.format == "JPEG":
        picture.draft(picture.mode, (edge, edge))
    if picture.mode in ("P", "1", "LA", "PA"):
        has_alpha = picture.mode in ("LA", "PA") or "transparency" in picture.info
        picture = picture.convert("RGBA" if has_alpha else "RGB")
    elif picture.mode.startswith(("I", "F")):  # 16 bits for each pixel
        picture = picture.convert("I").point([at // 256 for at in range(65_536)], "L")
    elif picture.mode == "RGB" and "transparency" in picture.info:
        picture = picture.convert("RGBA")
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture = _in_srgb(picture, profile)
    if turn is not None:
        picture = picture.transpose(turn)
    if purpose in ("avatar", "header"):
        box = limits.AVATAR if purpose == "avatar" else limits.HEADER
        picture = _cut(picture, box)
    return _bare(picture)


def _cut(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    """Return the middle of a picture in the shape of `box`, never larger than it was."""
    scale = min(1.0, picture.width / box[0], picture.height / box[1])
    return ImageOps.fit(picture, (max(1, int(box[0] * scale)), max(1, int(box[1] * scale))))


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in the colours every screen assumes, so that it needs no profile."""
    wanted = "RGBA" if picture.mode in ("RGBA", "RGBa") else "RGB"
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode=wanted,
            )
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            # A broken profile, or one for other inks: the plain conversion is better than nothing.
            return picture.convert(wanted)
    return picture.convert(wanted) if picture.mode != wanted else picture


def _bare(picture: Image.Image) -> Image.Image:
    """Return the pixels alone: Pillow writes out what it finds in `info`."""
    picture.load()
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    picture.info = {}
    if hasattr(picture, "_exif"):
        picture._exif = None
    return picture


def _wanted_format(before: str | None, picture: Image.Image) -> str:
    if before in ("PNG", "GIF"):
        return "PNG"
    if before == "WEBP" or picture.mode == "RGBA":
        return "WEBP"
    return "JPEG"


def _write(picture: Image.Image, name: str, wanted: str, folder: Path) -> MadeFile:
    quality = _QUALITY if name == "original" else _PREVIEW_QUALITY
    path = folder / name
    if wanted == "PNG":
        picture.save(path, "PNG", optimize=picture.width * picture.height < 1_000_000)
        # A photograph saved as PNG is ten times what it need be.
        if path.stat().st_size > HEAVY_PNG and picture.mode == "RGB":
            wanted = "JPEG"
    if wanted == "WEBP":
        picture.save(path, "WEBP", quality=quality, method=4)
    if wanted == "JPEG":
        picture.save(path, "JPEG", quality=quality, progressive=True)
    return MadeFile(name, {"JPEG": "jpg"}.get(wanted, wanted.lower()), *picture.size)


def _preview(picture: Image.Image, folder: Path) -> MadeFile:
    small = picture.copy()
    small.thumbnail((limits.PREVIEW_EDGE, limits.PREVIEW_EDGE), Image.Resampling.LANCZOS)
    return _write(small, "preview", "WEBP" if small.mode == "RGBA" else "JPEG", folder)


def _blurhash(picture: Image.Image) -> str:
    small = picture.resize((32, 32), Image.Resampling.BOX)
    if small.mode == "RGBA":
        white = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(white, small)
    raw = small.convert("RGB").tobytes()
    rows = [[raw[(y * 32 + x) * 3 :][:3] for x in range(32)] for y in range(32)]
    return str(blurhash.encode(rows, components_x=4, components_y=3))


def _make_moving(picture: Image.Image, count: int, purpose: Purpose, folder: Path) -> Made:
    """Keep an animation: GIF and WebP as they are called, the others as WebP."""
    pixels = picture.width * picture.height
    if pixels * count > limits.MOST_MOVING_PIXELS:
        raise Unusable("this animation is too large: fewer frames, or smaller ones, please")
    edge = limits.EMOJI_EDGE if purpose == "emoji" else limits.LONGEST_EDGE
    scale = min(1.0, (limits.MOST_KEPT_MOVING_PIXELS / (pixels * count)) ** 0.5)
    scale = min(scale, edge / max(picture.size))
    size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
    wanted = "GIF" if picture.format == "GIF" else "WEBP"
    how: dict[str, Any] = {"loop": int(picture.info.get("loop", 0))}
    durations: list[int] = []
    frames = _frames(picture, size, durations)
    first = next(frames)
    still = first.copy()
    rest = list(frames)  # at most MOST_KEPT_MOVING_PIXELS of them
    if wanted == "GIF":
        how |= {"disposal": 2 if any(one.mode == "RGBA" for one in (first, *rest)) else 1}
    else:
        how |= {"quality": 80, "method": 0}
    first.save(
        folder / "original",
        wanted,
        save_all=True,
        append_images=rest,
        duration=durations,
        **how,
    )
    original = MadeFile("original", wanted.lower(), *size)
    preview = _preview(still, folder) if purpose == "attachment" else None
    return Made("image", original, preview, _blurhash(still), sum(durations) / 1000)


def _frames(
    picture: Image.Image, size: tuple[int, int], durations: list[int]
) -> Iterator[Image.Image]:
    for frame in ImageSequence.Iterator(picture):
        durations.append(min(max(int(frame.info.get("duration", 100) or 100), 20), 60_000))
        shown = frame.convert("RGBA")
        if shown.size != size:
            shown = shown.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
        yield _bare(shown)
