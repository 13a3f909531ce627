"""Handing the place over: what is done, what is still open, what no program can see."""

from starlette.requests import Request
from starlette.responses import Response

from microfed import clock
from microfed.handing_over import PARTS, points
from microfed.house import house_of
from microfed.keeping.doctor import last_backup
from microfed.pages import words_of
from microfed.queries.handover import handover
from microfed.queries.sessions import SignedIn
from microfed.web.desk.door import show

PATH = "/desk/handover"


async def handover_page(request: Request, _member: SignedIn) -> Response:
    """GET: the list."""
    house, words = house_of(request), words_of(request)
    found = await house.db.read_slowly(handover)
    all_ = points(house.settings, found, backup_at=last_backup(house.settings), now=clock.now())
    return show(
        request,
        "handover",
        parts=PARTS,
        points=[(point, point.say(words)) for point in all_],
        open=sum(point.state == "open" for point in all_),
    )
