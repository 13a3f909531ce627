"""Forms: reading what a browser sends, and only from our own pages."""

from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from microfed.bodies import check_media_type, read_body
from microfed.errors import Forbidden, Malformed
from microfed.house import house_of

_MOST_BYTES = 100_000
_MOST_FIELDS = 100
_FORM = ("application/x-www-form-urlencoded",)


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form of ours; Forbidden when another site's page sent it."""
    check_origin(request)
    check_media_type(request, _FORM)
    body = await read_body(request, most=_MOST_BYTES)
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise Malformed("this form cannot be read") from error
    return {name: value.replace("\0", "") for name, value in pairs}


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
