"""What is said in a circle: who reads along, and where it goes.

Who was in the circle when a conversation began stays in it, and nobody else comes in: that is
written down with the post, among those it is addressed to in secret (docs/adr/0008).
"""

from collections.abc import Collection

from sqlalchemy import select

from microfed.outbound.recipients import inboxes_of
from microfed.store.circles import Circle, CircleMember
from microfed.store.database import Tx
from microfed.store.people import Actor, Follow
from microfed.store.posts import Mention, Post
from microfed.vocab.audience import CIRCLE_MARK, circle_begun_by


def circle_of(post: Post) -> str:
    """Return what the conversation in a circle is called that a post belongs to."""
    return (post.extras or {}).get("circle") or circle_begun_by(post.uri)


def people_in(tx: Tx, *, owner_id: int, circle_ids: Collection[int]) -> list[Actor]:
    """Return who is in some circles of a member: those alone who still follow them."""
    # Somebody may be in several of them; and PostgreSQL has no DISTINCT of rows with JSON in them.
    inside = (
        select(CircleMember.actor_id)
        .join(Circle, Circle.id == CircleMember.circle_id)
        .join(Follow, Follow.follower_id == CircleMember.actor_id)
        .where(
            Circle.owner_id == owner_id,
            Circle.id.in_(circle_ids),
            Follow.target_id == owner_id,
            Follow.accepted_at.is_not(None),
        )
    )
    people = select(Actor).where(Actor.id.in_(inside), Actor.gone_at.is_(None))
    return list(tx.session.scalars(people.order_by(Actor.id)))


def readers_of(tx: Tx, post: Post) -> list[Actor]:
    """Return everybody whom a post in a circle was for, as far as we know, its author first."""
    named = select(Mention.actor_id).where(Mention.post_id == post.id)
    others = tx.session.scalars(
        select(Actor).where(Actor.id.in_(named), Actor.id != post.actor_id).order_by(Actor.id)
    )
    return [tx.session.get_one(Actor, post.actor_id), *others]


def inboxes_of_circle(tx: Tx, post: Post) -> set[str]:
    """Return where a post of ours goes: to the readers themselves if the conversation began here,
    else to whoever began it, who alone knows them."""
    address = circle_of(post)
    if tx.here.is_ours(address):
        readers = [reader.id for reader in readers_of(tx, post)]
        return inboxes_of(tx, readers, is_shared=False, sender_id=post.actor_id)
    whose = begun_by(tx, address)
    return set() if whose is None else inboxes_of(tx, [whose], is_shared=False)


def begun_by(tx: Tx, address: str) -> int | None:
    """Return who began a conversation in a circle; None when its first post is gone."""
    first = select(Post.actor_id).where(Post.uri == address.removesuffix(CIRCLE_MARK))
    return tx.connection.scalar(first)


def circle_uri(owner: Actor, id_: int) -> str:
    """Return what its owner's own programs call a circle; to all others there is nothing."""
    return f"{owner.uri}/circles/{id_}"


def is_own_circle(owner: Actor, uri: str) -> bool:
    """Say whether an address is that of a circle of `owner`'s, as far as one can see."""
    return uri.startswith(f"{owner.uri}/circles/")


def circle_id(uri: str) -> int:
    """Return the number of a circle in its address; one that is none has no circle."""
    number = uri.rpartition("/")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
