"""The neighbourhood's letter as other servers read it: the part that is for everyone."""

from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from microfed.federation.documents import answer
from microfed.house import house_of
from microfed.operations.weekly import letter_document
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx


async def get_letter(request: Request) -> Response:
    """One letter, an Article by the place."""
    settings, week = house_of(request).settings, request.path_params["week"]

    def render(tx: Tx, _viewer: Viewer | None) -> dict[str, Any]:
        zone = ZoneInfo(settings.timezone)
        return letter_document(tx, week, zone, language=settings.language)

    return await answer(request, f"/lettre/{week}", render)
