"""For whom something is, as the forms of the board and the agenda ask: an audience, or a circle."""

from collections.abc import Mapping

from starlette.requests import Request

from microfed.errors import Invalid
from microfed.house import house_of
from microfed.operations.saying import Draft
from microfed.queries.circles import circles_of
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.vocab.audience import Audience
from microfed.web.typed import blank, circle_in


def whom_in(given: Mapping[str, str], member: SignedIn) -> tuple[Audience, Draft]:
    """Return for whom the form says it is, and a draft with the circle, if it is for one.

    Raises Invalid for what the form does not offer.
    """
    circle_id = circle_in(given)
    if circle_id is not None:
        return Audience.CIRCLE, Draft(circles=(circle_id,))
    audience = given.get("audience", "")
    if audience not in blank(member).audiences:
        raise Invalid("there is no such audience", {"audience": "unknown"})
    return Audience(audience), Draft()


async def own_circles(request: Request, member: SignedIn) -> list[tuple[int, str]]:
    """Return the circles that the form offers besides: number and name."""

    def work(tx: Tx) -> list[tuple[int, str]]:
        return [(one.id, one.title) for one in circles_of(tx, member.actor_id)]

    return await house_of(request).db.read(work)
