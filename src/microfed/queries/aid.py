"""The board of mutual aid: offers and needs that a viewer may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from microfed.queries.visibility import Viewer, listed_publicly, visible_to
from microfed.store.aid import Aid
from microfed.store.database import Tx
from microfed.store.posts import Post
from microfed.vocab.aid import CATEGORIES, KINDS, STATES

PAGE = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for on the board; a filter that makes no sense filters nothing."""

    kind: str = ""
    category: str = ""
    state: str = ""
    words: str = ""


def board(
    tx: Tx,
    viewer: Viewer | None,
    wanted: Wanted = Wanted(),
    *,
    before: int | None = None,
    most: int = PAGE,
) -> Sequence[tuple[Post, Aid]]:
    """Return offers and needs, newest first; without a wish for a state, those that still run."""
    asked = select(Post, Aid).join(Aid, Aid.id == Post.id).where(visible_to(viewer))
    if viewer is None:
        asked = asked.where(listed_publicly())
    if wanted.kind in KINDS:
        asked = asked.where(Aid.kind == wanted.kind)
    if wanted.category in CATEGORIES:
        asked = asked.where(Aid.category == wanted.category)
    if wanted.state in ("done", "expired"):
        asked = asked.where(_over(tx) if wanted.state == "expired" else Aid.state == "done")
    else:
        running = (wanted.state,) if wanted.state in STATES else ("open", "under_way")
        asked = asked.where(Aid.state.in_(running), Aid.expires_at > tx.now)
    for word in wanted.words.split()[:10]:
        asked = asked.where(
            or_(
                *(
                    field.icontains(word, autoescape=True)
                    for field in (Aid.title, Aid.place, Post.content)
                )
            )
        )
    if before is not None:
        asked = asked.where(Post.id < before)
    rows = tx.session.execute(asked.order_by(Post.id.desc()).limit(most))
    return [(row[0], row[1]) for row in rows]


def _over(tx: Tx) -> ColumnElement[bool]:
    ran_out = and_(Aid.state.in_(("open", "under_way")), Aid.expires_at <= tx.now)
    return or_(Aid.state == "expired", ran_out)


def state_of(aid: Aid, now: datetime) -> str:
    """Return how it stands: what ran out is over, even before anybody wrote that down."""
    return "expired" if aid.state in ("open", "under_way") and aid.expires_at <= now else aid.state


def aid_of(tx: Tx, post_id: int) -> Aid | None:
    """Return the offer or need that a post says, if it says one; the post's viewer was checked."""
    return tx.session.get(Aid, post_id)
