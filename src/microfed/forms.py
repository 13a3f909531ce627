"""Forms: reading what a browser sends, and only from our own pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import UploadFile
from starlette.requests import Request

from microfed.bodies import check_media_type, read_body, read_parts
from microfed.errors import Forbidden, Malformed
from microfed.house import house_of

_MOST_BYTES = 100_000
_MOST_FIELDS = 100
_FORM = ("application/x-www-form-urlencoded",)


class Fields(dict[str, str]):
    """What stands in a form's fields; one that nobody typed in is empty."""

    def __missing__(self, name: str) -> str:
        """Return what an empty field holds."""
        return ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that may bring files: its fields, and its files as (field, file)."""

    fields: dict[str, str]
    files: tuple[tuple[str, UploadFile], ...] = ()


async def read_form(request: Request, *, most: int = _MOST_BYTES) -> dict[str, str]:
    """Return the fields of a form of ours; Forbidden when another site's page sent it."""
    check_origin(request)
    check_media_type(request, _FORM)
    body = await read_body(request, most=most)
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise Malformed("this form cannot be read") from error
    return {name: value.replace("\0", "") for name, value in pairs}


@asynccontextmanager
async def reading_files(request: Request, *, most: int) -> AsyncIterator[Sent]:
    """Give a form of ours that may bring files, `most` bytes in all; they are gone afterwards."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        yield Sent(await read_form(request))
        return
    check_origin(request)
    parts = await read_parts(request, most=most)
    try:
        fields: dict[str, str] = {}
        files: list[tuple[str, UploadFile]] = []
        for name, value in parts.multi_items():
            if isinstance(value, str):
                fields[name] = value.replace("\0", "").replace("\r\n", "\n")
            elif value.size:  # a browser sends an empty file where none was chosen
                files.append((name, value))
        yield Sent(fields, tuple(files))
    finally:
        await parts.close()


def check_origin(request: Request) -> None:
    """Refuse what comes from a page that is not ours: nobody acts in a member's name by a link."""
    origin = request.headers.get("origin")
    if origin is None:
        # Every browser of the last years sends one of the two with a form.
        if request.headers.get("sec-fetch-site") == "same-origin":
            return
        raise Forbidden("this form must be sent from a page of this place")
    # The gate has seen to it that the Host is one of our names.
    ours = {house_of(request).db.here.host, request.headers.get("host", "").lower()}
    if _authority(origin) not in ours:
        raise Forbidden("this form was sent from a page of another place")


def safe_path(wished: str, otherwise: str = "/") -> str:
    """Return a path of ours to go on to; what may lead elsewhere becomes `otherwise`."""
    is_ours = (
        wished.startswith("/")
        and not wished.startswith(("//", "/\\"))
        and wished.isascii()
        and wished.isprintable()
        and not wished.lower().startswith(("/%2f", "/%5c"))
        and "\\" not in wished
    )
    return wished if is_ours else otherwise


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
