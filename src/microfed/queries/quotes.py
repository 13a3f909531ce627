"""Posts that quote others: what may be shown of what they quote, and who may quote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from microfed.queries.cards import Card, cards_of, cards_select, entry, page_like, run, shape_of
from microfed.queries.pages import Page, paged
from microfed.queries.people import is_following
from microfed.queries.silence import not_silenced
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience

POLICIES = ("public", "followers", "nobody")


@dataclass(frozen=True, slots=True)
class Quoted:
    """How a quote stands, and the card of what it quotes when the viewer may see it."""

    state: str
    card: Card | None


def quoted_by(
    tx: Tx, viewer: Viewer | None, quotes: Mapping[int, tuple[int | None, str]]
) -> dict[int, Quoted]:
    """Return, for posts that quote (id of the quoted, state), what `viewer` sees of it."""
    wanted = [id_ for id_, state in quotes.values() if id_ is not None and state == "accepted"]
    cards = cards_of(tx, viewer, wanted)
    silenced = _silenced(tx, viewer, cards)
    found = {}
    for by, (id_, state) in quotes.items():
        card = cards.get(id_) if id_ is not None else None
        if state != "accepted":
            found[by] = Quoted(state, None)
        elif id_ is None:
            found[by] = Quoted("deleted", None)
        elif card is None:
            found[by] = Quoted("unauthorized", None)
        elif id_ in silenced:
            found[by] = Quoted("muted_account", None)
        else:
            found[by] = Quoted("accepted", card)
    return found


def quotes_of(tx: Tx, viewer: Viewer | None, post: Post, page: Page) -> list[Card]:
    """Return the posts that quote `post` with its author's leave."""
    query = cards_select(entry.id, has_viewer=viewer is not None).where(
        entry.quote_of_id == post.id, entry.quote_state == "accepted"
    )
    return run(tx, paged(query, entry.id, page_like(shape_of(page))), viewer, page)


def may_quote(tx: Tx, *, actor_id: int, post: Post) -> str:
    """Say whether an actor may quote a post: automatic, denied."""
    if post.actor_id == actor_id:
        return "automatic"
    if not Audience(post.audience).is_open or post.quote_policy == "nobody":
        return "denied"
    if post.quote_policy == "followers":
        follows = is_following(tx, follower=actor_id, target=post.actor_id)
        return "automatic" if follows else "denied"
    return "automatic"


def _silenced(tx: Tx, viewer: Viewer | None, cards: Mapping[int, Card]) -> set[int]:
    if viewer is None or not cards:
        return set()
    authors: Sequence[int] = list({card[2] for card in cards.values()})
    heard = set(
        tx.connection.scalars(
            select(Actor.id).where(
                Actor.id.in_(authors),
                not_silenced(viewer.actor_id, Actor.id, tx.now, Actor.host),
            )
        )
    )
    return {id_ for id_, card in cards.items() if card[2] not in heard}
