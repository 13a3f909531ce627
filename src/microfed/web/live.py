"""What happens while a page is open: how many new posts came, for whoever reads at home."""

from collections.abc import Collection, Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from microfed.asking import credential_of_session, need_member, session_of
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.listening import EventStream, frame
from microfed.pages import words_of
from microfed.queries.cards import home_cards
from microfed.queries.pages import Page
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.posts import Post
from microfed.streams import Event, Topic

# What one person may have open at once, and up to how many one counts.
MOST_OPEN = 5
MOST_COUNTED = 40


async def listen(request: Request) -> Response:
    """Tell how many posts came after the newest one that the page shows.

    What one says oneself is no news. The words are ready to be shown: no script translates.
    """
    member = await need_member(request)
    words, house = words_of(request), house_of(request)
    after = request.query_params.get("after")
    newest = 0 if after is None else parse_id(after)
    came: set[int] = set()

    def missed(tx: Tx) -> set[int]:
        cards = home_cards(tx, member.viewer, Page(MOST_COUNTED, since_id=newest))
        return {card[0] for card in cards}

    def told() -> bytes:
        return frame("posts", words.count("%(n)s new post", "%(n)s new posts", len(came)).encode())

    def write(event: Event) -> Iterable[bytes]:
        if event.kind == "post" and event.payload and event.id not in came:
            came.add(event.id)
            return (told(),)
        return ()

    came |= await house.db.read(missed)
    opened = house.streams.open(
        member.viewer,
        present=_not_ones_own,
        credential=credential_of_session(session_of(request)),
        at_most=MOST_OPEN,
    )
    return EventStream(opened, [Topic("home")], write, first=told() if came else b"")


def _not_ones_own(
    tx: Tx, kind: str, id_: int, viewers: Collection[Viewer | None]
) -> Mapping[Viewer | None, bytes]:
    """Say for whom a post is news: everyone but its author."""
    post = tx.session.get(Post, id_) if kind == "post" else None
    return {
        viewer: b"1"
        for viewer in viewers
        if post is not None and viewer is not None and viewer.actor_id != post.actor_id
    }
