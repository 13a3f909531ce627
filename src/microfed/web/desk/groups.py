"""Groups at the desk: which there are, and closing one for good."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import NotFound
from microfed.house import house_of
from microfed.operations.groups import close_group
from microfed.queries.groups import all_groups
from microfed.queries.people import find_local
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.desk.door import do, show
from microfed.web.groups import MODES_TOLD

PATH = "/desk/groups"


async def groups_page(request: Request, _member: SignedIn) -> Response:
    """GET: all groups, private ones too: that they are there, and how many are in them."""

    def work(tx: Tx) -> list[tuple[str, str, str, int]]:
        return [
            (actor.username, actor.display_name, MODES_TOLD[group.mode], actor.followers_count)
            for group, actor in all_groups(tx)
        ]

    found = await house_of(request).db.read(work)
    return show(request, "groups", found=found)


async def change_groups(request: Request, member: SignedIn) -> Response:
    """POST: close one."""
    return await do(
        request,
        member,
        lambda tx, by, given: close_group(tx, actor=_need(tx, given["name"]), by=by),
        back=PATH,
    )


def _need(tx: Tx, name: str) -> Actor:
    group = find_local(tx, name)
    if group is None or group.kind != "Group" or group.gone_at is not None:
        raise NotFound("there is no such group")
    return group
