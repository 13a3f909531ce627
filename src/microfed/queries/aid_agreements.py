"""With whom an offer or a need was agreed on: for its author, and for each who answered.

Nobody else learns of it: callers ask for one's own.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from microfed.queries.posts import load_people
from microfed.queries.views import PersonView
from microfed.queries.visibility import said_in_private
from microfed.store.aid import AidAgreement
from microfed.store.database import Tx
from microfed.store.posts import Post


@dataclass(frozen=True, slots=True)
class Answerer:
    """Somebody who answered, as the author sees them; `talk` is what they wrote last."""

    person: PersonView
    state: str  # as of an agreement; of who only wrote: proposed
    has_said_done: bool
    author_said_done: bool
    talk: int | None


def answerers(tx: Tx, post: Post) -> list[Answerer]:
    """Return who answered an offer or a need in private, the first first. For its author alone."""
    rows = {
        row.person_id: row
        for row in tx.session.scalars(
            select(AidAgreement)
            .where(AidAgreement.aid_id == post.id)
            .order_by(AidAgreement.id)
            .limit(200)
        )
    }
    wrote = (
        select(Post.actor_id, func.max(Post.id))
        .where(
            Post.in_reply_to_id == post.id,
            said_in_private(),
            Post.actor_id != post.actor_id,
        )
        .group_by(Post.actor_id)
        .order_by(func.min(Post.id))
        .limit(200)
    )
    talks = {row[0]: row[1] for row in tx.connection.execute(wrote)}
    people = load_people(tx, {*rows, *talks})
    found = []
    for id_ in dict.fromkeys((*rows, *talks)):
        if id_ not in people:
            continue
        row = rows.get(id_)
        found.append(
            Answerer(
                person=people[id_],
                state="proposed" if row is None else row.state,
                has_said_done=row is not None and row.person_done_at is not None,
                author_said_done=row is not None and row.author_done_at is not None,
                talk=talks.get(id_),
            )
        )
    return found


def own_agreement(tx: Tx, post_id: int, person_id: int) -> AidAgreement | None:
    """Return what somebody who answered has agreed on."""
    return tx.session.scalar(
        select(AidAgreement).where(
            AidAgreement.aid_id == post_id, AidAgreement.person_id == person_id
        )
    )
