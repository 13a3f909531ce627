"""Circles of people: made, changed, filled and let go by the member whose they are.

In a circle is who follows its owner: so they asked to hear them, and find what is said at home.
"""

from collections.abc import Collection

from sqlalchemy import delete, select

from microfed.errors import Invalid, NotFound
from microfed.ids import id_at
from microfed.store.circles import Circle, CircleMember
from microfed.store.database import Tx
from microfed.store.insert import insert_all
from microfed.store.people import Actor, Follow
from microfed.text import clean_text

MOST_CIRCLES = 50
MOST_IN_A_CIRCLE = 200
LONGEST_TITLE = 100


def make_circle(tx: Tx, *, owner: Actor, title: str) -> Circle:
    """`owner` makes a circle; nobody else knows of it."""
    known = tx.connection.scalars(select(Circle.id).where(Circle.owner_id == owner.id))
    if len(known.all()) >= MOST_CIRCLES:
        raise Invalid(f"at most {MOST_CIRCLES} circles", {"base": "too many circles"})
    made = Circle(id=id_at(tx.now), owner_id=owner.id, title="")
    rename_circle(tx, made, title=title)
    tx.session.add(made)
    tx.flush()
    return made


def rename_circle(tx: Tx, found: Circle, *, title: str) -> None:
    """Its owner gives a circle another name."""
    words = clean_text(title).strip()
    if not words:
        raise Invalid("a circle needs a name", {"title": "can't be blank"})
    if len(words) > LONGEST_TITLE:
        raise Invalid("this name is too long", {"title": "is too long"})
    found.title = words
    tx.flush()


def drop_circle(tx: Tx, found: Circle) -> None:
    """A circle goes; what was said in it stays with those who read it."""
    tx.session.delete(found)
    tx.flush()


def put_in_circle(tx: Tx, found: Circle, ids: Collection[int]) -> None:
    """People come into a circle, all or none: each must follow its owner. Twice is harmless."""
    wanted = set(ids)
    # Two tabs must not fill it beyond what it holds.
    tx.session.scalar(select(Circle.id).where(Circle.id == found.id).with_for_update())
    followers = tx.connection.scalars(
        select(Follow.follower_id).where(
            Follow.target_id == found.owner_id,
            Follow.follower_id.in_(wanted),
            Follow.accepted_at.is_not(None),
        )
    )
    if wanted - set(followers):
        raise NotFound("in a circle is who follows you")
    inside = set(
        tx.connection.scalars(
            select(CircleMember.actor_id).where(CircleMember.circle_id == found.id)
        )
    )
    if len(inside | wanted) > MOST_IN_A_CIRCLE:
        raise Invalid(f"at most {MOST_IN_A_CIRCLE} people", {"account_ids": "too many"})
    fresh = [
        {"id": id_at(tx.now), "circle_id": found.id, "actor_id": actor_id}
        for actor_id in sorted(wanted - inside)
    ]
    insert_all(tx, CircleMember, fresh)


def take_out_of_circle(tx: Tx, found: Circle, ids: Collection[int]) -> None:
    """People leave a circle: what is said from now on does not reach them."""
    tx.connection.execute(
        delete(CircleMember).where(
            CircleMember.circle_id == found.id, CircleMember.actor_id.in_(ids)
        )
    )


def leave_circles(tx: Tx, *, owner_id: int, actor_id: int) -> None:
    """Somebody does not follow a member any more: they are in no circle of theirs."""
    theirs = select(Circle.id).where(Circle.owner_id == owner_id)
    tx.connection.execute(
        delete(CircleMember).where(
            CircleMember.actor_id == actor_id, CircleMember.circle_id.in_(theirs)
        )
    )
