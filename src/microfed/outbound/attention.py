"""Whether anyone waits for what somebody says, besides at home: one question for each post.

Most posts are on nobody's list, carry no followed hashtag, ring nobody's bell, and neither a relay
nor another place listens to ours; then nothing more needs to be asked.
"""

from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, exists, select

from microfed.outbound.allies import us
from microfed.store.database import Tx
from microfed.store.lists import ListMember
from microfed.store.own import FollowedTag
from microfed.store.people import Follow
from microfed.store.posts import PostTag
from microfed.store.relays import Relay

_AUTHOR, _POST = (bindparam(name, type_=BigInteger) for name in ("author", "post"))
_ATTENTION = select(
    exists(select(ListMember.id).where(ListMember.actor_id == _AUTHOR)),
    exists(select(Follow.id).where(Follow.target_id == _AUTHOR, Follow.notifies)),
    exists(
        select(FollowedTag.id)
        .join(PostTag, PostTag.tag_id == FollowedTag.tag_id)
        .where(PostTag.post_id == _POST)
    ),
    exists(select(Relay.id).where(Relay.accepted_at.is_not(None))),
    exists(select(Follow.id).where(Follow.target_id == us(), Follow.accepted_at.is_not(None))),
)


class Attention(NamedTuple):
    """Whether the author is on a list, rings a bell, or a hashtag of the post is followed; whether
    relays take in what is said here, or other places follow ours."""

    on_a_list: bool
    rings: bool
    by_tag: bool
    by_relays: bool
    by_places: bool


def attention(tx: Tx, *, author_id: int, post_id: int) -> Attention:
    """Return whether anyone waits for a post that was just stored with its hashtags."""
    key = ("attention", post_id)
    known: Attention | None = tx.memo.get(key)
    if known is None:
        row = tx.connection.execute(_ATTENTION, {"author": author_id, "post": post_id}).one()
        known = tx.memo[key] = Attention(*(bool(value) for value in row))
    return known
