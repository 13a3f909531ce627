"""What an app asks for, however it says so: JSON, form, multipart and query read alike.

`a[b]=1`, `a[]=1` and `a[][b]=1` become the dictionaries and lists that a JSON body would hold, so
that an endpoint never knows which one came (interop.md §5).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request

from microfed.bodies import MOST_BYTES, read_body, read_parts
from microfed.errors import Invalid, Malformed
from microfed.ids import MAX_ID
from microfed.wire import safe_json

MOST_FIELDS = 1_000
DEEPEST = 5
LONGEST_NAME = 200
_PIECE = re.compile(r"\[([^\[\]]*)\]")
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_YES = frozenset({"true", "1", "on", "t", "yes", True})
_NO = frozenset({"false", "0", "off", "f", "no", "", False})


class Params:
    """The values of one request, by name. Each reader says 422 to what it cannot be."""

    __slots__ = ("values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str | None = None) -> str | None:
        """Return some text; `default` when it was not sent, or is null."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise invalid(name, "is not text")
        return str(value)

    def need(self, name: str) -> str:
        """Return text that must be there."""
        value = self.text(name)
        if value is None or not value.strip():
            raise invalid(name, "can't be blank", code="ERR_BLANK")
        return value

    def boolean(self, name: str, default: bool = False) -> bool:
        """Return yes or no."""
        found = self.maybe(name)
        return default if found is None else found

    def maybe(self, name: str) -> bool | None:
        """Return yes, no, or None when it was not sent."""
        value = self.values.get(name)
        if value is None:
            return None
        known = value.lower() if isinstance(value, str) else value
        if isinstance(known, list | dict):
            raise invalid(name, "is neither yes nor no")
        if known in _YES:
            return True
        if known in _NO:
            return False
        raise invalid(name, "is neither yes nor no")

    def whole(self, name: str, default: int | None = None) -> int | None:
        """Return a whole number."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            return int(value)
        raise invalid(name, "is not a number")

    def id_(self, name: str) -> int | None:
        """Return an id; what cannot be one is 0, which names nothing."""
        value = self.values.get(name)
        return None if value is None or value == "" else as_id(value)

    def ids(self, name: str, most: int = 200) -> list[int]:
        """Return ids, whether one or several were sent."""
        return list(dict.fromkeys(as_id(value) for value in self.many(name)[:most]))

    def many(self, name: str) -> list[Any]:
        """Return a list, whether it was sent as one or as a single value."""
        value = self.values.get(name)
        if value is None:
            return []
        if isinstance(value, dict):  # fields[0][name]=… is a list by its numbers
            return [value[key] for key in sorted(value, key=_by_number)]
        return list(value) if isinstance(value, list) else [value]

    def texts(self, name: str, most: int = 200) -> list[str]:
        """Return a list of texts."""
        found = self.many(name)[:most]
        if any(isinstance(value, list | dict) for value in found):
            raise invalid(name, "is not a list of texts")
        return [str(value) for value in found if value is not None]

    def inside(self, name: str) -> "Params":
        """Return the values under `name`, as in `source[privacy]`."""
        value = self.values.get(name)
        return Params(value if isinstance(value, dict) else {})

    def several(self, name: str, most: int = 50) -> list["Params"]:
        """Return the values of each thing in a list, as in `fields_attributes[0][name]`."""
        return [Params(item) for item in self.many(name)[:most] if isinstance(item, dict)]

    def file(self, name: str) -> UploadFile | None:
        """Return an uploaded file."""
        value = self.values.get(name)
        return value if isinstance(value, UploadFile) else None

    def moment(self, name: str) -> datetime | None:
        """Return a moment, in UTC."""
        value = self.text(name)
        if not value:
            return None
        try:
            found = datetime.fromisoformat(value)
        except ValueError as error:
            raise invalid(name, "is not a time") from error
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def invalid(name: str, why: str, *, code: str = "ERR_INVALID") -> Invalid:
    """Return a refusal in Mastodon's words, naming the field at fault."""
    return Invalid(f"Validation failed: {name.replace('_', ' ').capitalize()} {why}", {name: why})


def as_id(value: Any) -> int:
    """Return the id in `value`; 0, which names nothing, for what cannot be one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 < value <= MAX_ID else 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        return int(value) if int(value) <= MAX_ID else 0
    return 0


def query_params(request: Request) -> Params:
    """Return what stands in the address alone: all that a GET has."""
    query: bytes = request.scope["query_string"]
    return Params(nest(_pairs(query)) if query else {})


async def read_params(request: Request, *, most: int = MOST_BYTES) -> Params:
    """Return what stands in the address and in the body, of at most `most` bytes."""
    query: bytes = request.scope["query_string"]
    values = nest(_pairs(query)) if query else {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return Params(values | nest(await _multipart(request, most)))
    body = await read_body(request, most=most)
    if not body.strip():
        return Params(values)
    if kind == "application/json" or kind.endswith("+json"):
        return Params(values | safe_json(body))
    # Some apps send a form and say nothing, or text/plain.
    if kind not in ("application/x-www-form-urlencoded", "text/plain", ""):
        raise Malformed(f"send a form or JSON, not {kind}")
    if kind != "application/x-www-form-urlencoded" and body.lstrip()[:1] == b"{":
        return Params(values | safe_json(body))
    return Params(values | nest(_pairs(body)))


def nest(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return pairs of a form as the JSON they stand for. A name twice without [] is the last."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        if not bracket:
            known = root.get(name)
            # `id=1&id=2` means both, as Mastodon.py and others send it.
            root[name] = value if known is None else _both(known, value)
            continue
        path = _PIECE.findall(name[len(head) :])
        if not head or "".join(f"[{piece}]" for piece in path) != name[len(head) :]:
            root[name] = value
            continue
        if len(path) > DEEPEST:
            raise Malformed("a name nested too deep")
        _put(root, [head, *path], value)
    return root


def _both(known: Any, value: Any) -> Any:
    return [*known, value] if isinstance(known, list) else [known, value]


def _put(into: dict[str, Any], path: list[str], value: Any) -> None:
    at: Any = into
    for place, piece in enumerate(path[:-1]):
        after = path[place + 1]
        fresh: Any = [] if after == "" else {}
        if piece != "":
            found = at.setdefault(piece, fresh)
        else:
            # `a[][b]=1&a[][c]=2`: a name seen before begins the next thing of the list.
            begins = not at or not isinstance(at[-1], dict) or after == "" or after in at[-1]
            if begins:
                at.append(fresh)
            found = at[-1]
        if type(found) is not type(fresh):
            raise Malformed(f"{path[0]} is sent in two shapes")
        at = found
    if path[-1] == "":
        at.append(value)
    else:
        at[path[-1]] = value


def _pairs(encoded: bytes) -> list[tuple[str, Any]]:
    try:
        found = parse_qsl(
            encoded.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise Malformed("this form cannot be read") from error
    return [(name.removesuffix("\0"), value.replace("\0", "")) for name, value in found]


async def _multipart(request: Request, most: int) -> list[tuple[str, Any]]:
    form = await read_parts(request, most=most, most_parts=MOST_FIELDS)
    return [
        (name, value.replace("\0", "") if isinstance(value, str) else value)
        for name, value in form.multi_items()
    ]


def _by_number(key: Any) -> tuple[int, str]:
    text = str(key)
    return (int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 10**9, text)
