"""What belongs to a post beside its words: pictures, a poll, another post it quotes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update

from microfed.errors import Invalid
from microfed.operations.polls import Choice, check_choice, open_poll, options_of
from microfed.operations.quotes import take_back_leave
from microfed.outbound.notify import notify
from microfed.queries.people import is_blocked
from microfed.queries.quotes import POLICIES, may_quote
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.polls import Poll
from microfed.store.posts import Attachment, Post

MOST_MEDIA = 4


def add_parts(
    tx: Tx,
    *,
    author: Actor,
    post: Post,
    attachments: Sequence[int],
    poll: Choice | None,
    quote_of: Post | None,
    quote_policy: str | None,
) -> None:
    """Give a new post what belongs to it. Raises Invalid, and nothing of the post stays."""
    if attachments and poll is not None:
        raise Invalid("a post has pictures or a poll, not both", {"poll": "not with pictures"})
    if attachments:
        attach(tx, owner=author, post=post, ids=attachments)
    if poll is not None:
        open_poll(tx, post=post, choice=poll)
    if quote_policy is not None:
        check_policy(quote_policy)
        post.quote_policy = quote_policy
    if quote_of is not None:
        _quote(tx, author=author, post=post, quoted=quote_of)
    tx.flush()


def change_parts(
    tx: Tx,
    *,
    author: Actor,
    post: Post,
    attachments: Sequence[int] | None,
    poll: Choice | None,
) -> None:
    """Give an edited post other pictures or another poll; None leaves what it has.

    Other answers are another question: the votes so far count no more.
    """
    if attachments is not None:
        gone = [id_ for id_ in _media_ids(tx, post) if id_ not in attachments]
        if gone:
            tx.connection.execute(
                update(Attachment).where(Attachment.id.in_(gone)).values(post_id=None)
            )
        attach(tx, owner=author, post=post, ids=attachments)
    if poll is None:
        return
    check_choice(poll)
    known = tx.session.get(Poll, post.id)
    titles = [title for title, _ in options_of(tx, post.id)]
    wanted = [option.strip() for option in poll.options]
    if known is not None and titles == wanted and known.is_multiple == poll.is_multiple:
        known.ends_at, known.hides_totals = tx.now + poll.lasts, poll.hides_totals
        return
    if known is not None:
        tx.session.expunge(known)
        tx.connection.execute(delete(Poll).where(Poll.id == post.id))
    post.kind = "question"
    open_poll(tx, post=post, choice=poll)


def attach(tx: Tx, *, owner: Actor, post: Post, ids: Sequence[int]) -> None:
    """Put uploaded media into a post. Raises Invalid for what is not the author's, or not ready."""
    if len(ids) > MOST_MEDIA:
        raise Invalid(f"a post has at most {MOST_MEDIA} pictures", {"media_ids": "too many"})
    found = {
        item.id: item
        for item in tx.session.scalars(
            select(Attachment)
            .where(Attachment.id.in_(list(ids)), Attachment.owner_id == owner.id)
            .with_for_update()
        )
    }
    for position, id_ in enumerate(ids):
        item = found.get(id_)
        if item is None or item.post_id not in (None, post.id):
            raise Invalid("there is no such picture", {"media_ids": "there is no such picture"})
        if item.error is not None or item.processed_at is None:
            raise Invalid("a picture is not ready yet", {"media_ids": "not ready yet"})
        item.post_id, item.position = post.id, position
    tx.flush()


def check_policy(policy: str) -> None:
    """Refuse a word that says not who may quote."""
    if policy not in POLICIES:
        raise Invalid(
            f"those who may quote are one of {', '.join(POLICIES)}",
            {"quote_approval_policy": "unknown"},
        )


def change_quote_policy(tx: Tx, *, author: Actor, post: Post, policy: str) -> None:
    """`author` says anew who may quote a post; quotes that stand, stand."""
    check_policy(policy)
    post.quote_policy = policy
    post.version += 1
    tx.flush()
    tx.tell("post_changed", post.id)


def revoke_quote(tx: Tx, *, post: Post, quoting: Post) -> None:
    """The author of `post` does not want it shown inside `quoting` any more."""
    if quoting.quote_of_id != post.id:
        raise Invalid("this post does not quote that one")
    if quoting.quote_state == "accepted":
        _count_quotes(tx, post.id, -1)
    quoting.quote_state, quoting.quote_stamp = "revoked", None
    take_back_leave(tx, author=tx.session.get_one(Actor, post.actor_id), quoting=quoting)
    quoting.version += 1
    tx.flush()
    tx.tell("post_changed", quoting.id)


def quote_is_gone(tx: Tx, post: Post) -> None:
    """A post that quotes another is about to be deleted."""
    if post.quote_of_id is not None and post.quote_state == "accepted":
        _count_quotes(tx, post.quote_of_id, -1)
    tx.connection.execute(
        update(Post)
        .where(Post.quote_of_id == post.id)
        .values(quote_state="deleted", version=Post.version + 1)
    )


def parts_then(tx: Tx, post: Post) -> dict[str, Any] | None:
    """Return what an older version of a post had beside its words, to be kept with it."""
    options = [title for title, _ in options_of(tx, post.id)] if post.kind == "question" else []
    media = _media_ids(tx, post)
    kept: dict[str, Any] = {}
    if options:
        kept["poll"] = options
    if media:
        kept["media"] = media
    return kept or None


def _quote(tx: Tx, *, author: Actor, post: Post, quoted: Post) -> None:
    if quoted.boost_of_id is not None:
        quoted = tx.session.get_one(Post, quoted.boost_of_id)
    writer = tx.session.get_one(Actor, quoted.actor_id)
    if is_blocked(tx, by=writer.id, whom=author.id) or (
        may_quote(tx, actor_id=author.id, post=quoted) == "denied"
    ):
        raise Invalid("this post may not be quoted", {"quoted_status_id": "may not be quoted"})
    post.quote_of_id, post.quote_uri = quoted.id, quoted.uri
    # Someone elsewhere is asked first (FEP-044f); here we know the answer.
    post.quote_state = "accepted" if writer.is_local else "pending"
    if writer.is_local:
        _count_quotes(tx, quoted.id, 1)
        notify(tx, owner_id=writer.id, kind="quote", from_id=author.id, post_id=post.id)


def _count_quotes(tx: Tx, post_id: int, step: int) -> None:
    tx.flush()
    tx.connection.execute(
        update(Post)
        .where(Post.id == post_id)
        .values(quotes_count=Post.quotes_count + step, version=Post.version + 1)
    )
    tx.tell("post_changed", post_id)


def _media_ids(tx: Tx, post: Post) -> list[int]:
    return list(
        tx.connection.scalars(
            select(Attachment.id)
            .where(Attachment.post_id == post.id)
            .order_by(Attachment.position, Attachment.id)
        )
    )
