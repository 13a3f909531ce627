"""What I do about someone: following, letting them follow, showing them, noting something down."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import Asker, need_asker
from microfed.errors import NotFound
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import json_answer
from microfed.mastodon.paging import ACCOUNTS, read_page
from microfed.mastodon.params import Params, query_params, read_params
from microfed.mastodon.people_page import people_page
from microfed.mastodon.present_accounts import relationship
from microfed.operations.follow_rows import find_follow, need_request
from microfed.operations.follows import accept_follow, reject_follow, request_follow
from microfed.operations.follows import unfollow as end_follow
from microfed.operations.keeping import endorse, unendorse, write_note
from microfed.queries.people import is_following, need_actor_by_id
from microfed.queries.people_lists import waiting_for
from microfed.store.database import Tx
from microfed.store.people import Actor

Deed = Callable[[Tx, Actor, Actor, Params], None]


def towards(deed: Deed, scope: str, what: str) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint by which I do something about someone, and see how we stand after it."""

    async def endpoint(request: Request) -> Response:
        asker: Asker = await need_asker(request, scope)
        params, id_ = await read_params(request), parse_id(request.path_params["id"])

        def work(tx: Tx) -> dict[str, object]:
            them = need_actor_by_id(tx, id_)
            if them.suspended_at is not None:
                raise NotFound("there is no such account")
            deed(tx, need_actor_by_id(tx, asker.actor_id), them, params)
            return relationship(tx, asker.viewer, id_)

        return json_answer(await house_of(request).db.write(work))

    endpoint.__doc__ = what
    return endpoint


def follow(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Follow someone, or change how."""
    request_follow(
        tx,
        follower=me,
        target=them,
        shows_boosts=params.maybe("reblogs"),
        notifies=params.maybe("notify"),
        languages=params.texts("languages") if "languages" in params else None,
    )


def unfollow(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Follow someone no more."""
    end_follow(tx, follower=me, target=them)
    unendorse(tx, actor=me, whom=them)


def remove_follower(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Have someone follow me no more."""
    theirs = find_follow(tx, follower=them, target=me)
    if theirs is not None:
        reject_follow(tx, theirs)


def show_on_profile(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Show someone I follow on my profile."""
    follows = is_following(tx, follower=me.id, target=them.id)
    endorse(tx, actor=me, whom=them, is_following=follows)


def hide_from_profile(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Show someone on my profile no more."""
    unendorse(tx, actor=me, whom=them)


def note(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Write something down about someone."""
    write_note(tx, writer=me, about=them, text=params.text("comment", "") or "")


def authorize(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Let someone follow me."""
    accept_follow(tx, need_request(tx, follower=them, target=me))


def reject(tx: Tx, me: Actor, them: Actor, params: Params) -> None:
    """Do not let someone follow me."""
    reject_follow(tx, need_request(tx, follower=them, target=me))


async def requests(request: Request) -> Response:
    """List who asks to follow me."""
    asker = await need_asker(request, "read:follows")
    page = read_page(query_params(request), ACCOUNTS)

    return await people_page(request, lambda tx: waiting_for(tx, asker.actor_id, page))


_ONE = "/api/v1/accounts/{id}"
_DEEDS: tuple[tuple[str, Deed, str], ...] = (
    (f"{_ONE}/follow", follow, "write:follows"),
    (f"{_ONE}/unfollow", unfollow, "write:follows"),
    (f"{_ONE}/remove_from_followers", remove_follower, "write:follows"),
    (f"{_ONE}/pin", show_on_profile, "write:accounts"),
    (f"{_ONE}/endorse", show_on_profile, "write:accounts"),
    (f"{_ONE}/unpin", hide_from_profile, "write:accounts"),
    (f"{_ONE}/unendorse", hide_from_profile, "write:accounts"),
    (f"{_ONE}/note", note, "write:accounts"),
    ("/api/v1/follow_requests/{id}/authorize", authorize, "write:follows"),
    ("/api/v1/follow_requests/{id}/reject", reject, "write:follows"),
)
routes = [
    *(
        Route(path, towards(deed, scope, deed.__doc__ or ""), methods=["POST"])
        for path, deed, scope in _DEEDS
    ),
    Route("/api/v1/follow_requests", requests),
]
