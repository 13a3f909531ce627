"""Who looks at a page: a member who is signed in, or anyone at all."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import find_member
from microfed.queries.sessions import SignedIn
from microfed.queries.visibility import Viewer


async def member_of(request: Request) -> SignedIn | None:
    """Return the member who looks, or None; the page's head then knows it too."""
    member: SignedIn | None = await find_member(request)
    request.state.member = member
    return member


async def viewer_of(request: Request) -> Viewer | None:
    """Return whom to show things to: the member who looks, or anyone at all."""
    member = await member_of(request)
    return None if member is None else member.viewer


def to_the_door(request: Request) -> Response:
    """Ask somebody to sign in first; they come back to the very page they asked for."""
    query = request.url.query
    wished = f"{request.url.path}?{query}" if query else request.url.path
    return RedirectResponse(f"/sign-in?next={quote(wished, safe='/')}", 303)
