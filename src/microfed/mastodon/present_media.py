"""Pictures, sound and film as apps read them."""

from typing import Any

from microfed.here import Here
from microfed.outbound.media import media_url, preview_url
from microfed.store.posts import Attachment


def media(here: Here, item: Attachment) -> dict[str, Any]:
    """Return a MediaAttachment. What is still being processed has no `url`."""
    url = media_url(here, item)
    return {
        "id": str(item.id),
        "type": item.kind,
        "url": url,
        "preview_url": preview_url(here, item),
        "remote_url": item.remote_url,
        "preview_remote_url": None,
        "text_url": None,
        "meta": _meta(item),
        "description": item.description,
        "blurhash": item.blurhash,
    }


def _meta(item: Attachment) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if item.width and item.height:
        size: dict[str, Any] = {
            "width": item.width,
            "height": item.height,
            "size": f"{item.width}x{item.height}",
            "aspect": round(item.width / item.height, 6),
        }
        if item.duration is not None:
            size["duration"] = item.duration
        meta["original"] = size
        meta["small"] = _small(item) or size
    elif item.duration is not None:
        meta["original"] = {"duration": item.duration}
    if item.kind in ("image", "gifv", "video"):
        meta["focus"] = {"x": item.focus_x or 0.0, "y": item.focus_y or 0.0}
    return meta


def _small(item: Attachment) -> dict[str, Any] | None:
    width, height = item.preview_width, item.preview_height
    if not (width and height):
        return None
    return {
        "width": width,
        "height": height,
        "size": f"{width}x{height}",
        "aspect": round(width / height, 6),
    }
