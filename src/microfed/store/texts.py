"""JSON columns: how values become text and come back."""

from typing import Any

import orjson


def dump_text(value: Any) -> str:
    """Return `value` as JSON text."""
    return orjson.dumps(value).decode()


def load_text(text: str | bytes) -> Any:
    """Return the value in JSON `text` that we wrote ourselves."""
    return orjson.loads(text)
