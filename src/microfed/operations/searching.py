"""Letting posts be found: which are worth keeping the words of, and when.

Everything said here, everything that names a neighbour, is said to a few of them, or that one of
them liked, passed on or kept, and what people elsewhere say who let themselves be found. The rest
would only fill the disk.
"""

from sqlalchemy import bindparam, select

from microfed.operations.jobs import add_job
from microfed.store.database import Tx
from microfed.store.posts import Attachment, Post
from microfed.store.search import are_words_kept, keep_words, kept_words
from microfed.text import bare_text

AT_ONCE = 200
_SAID = select(Post.title, Post.warning, Post.content).where(
    Post.id == bindparam("id"), Post.boost_of_id.is_(None)
)
_DESCRIBED = select(Attachment.description).where(
    Attachment.post_id == bindparam("id"), Attachment.description.is_not(None)
)


def make_findable(tx: Tx, post_id: int) -> None:
    """Keep the words of a post: its title, its warning, its text, what its pictures show."""
    tx.flush()
    row = tx.connection.execute(_SAID, {"id": post_id}).first()
    if row is None:  # a boost: what it passes on has its own words
        return
    described = tx.connection.scalars(_DESCRIBED, {"id": post_id})
    texts = (row.title, row.warning, bare_text(row.content), *described)
    keep_words(tx, post_id, "\n".join(text for text in texts if text))


def make_new_findable(tx: Tx, post: Post, *, has_media: bool) -> None:
    """Keep the words of a post that is being written."""
    if has_media:
        make_findable(tx, post.id)
        return
    texts = (post.title, post.warning, bare_text(post.content))
    keep_words(tx, post.id, "\n".join(text for text in texts if text), is_new=True)


def is_dear_to_somebody(tx: Tx, post_id: int) -> None:
    """A neighbour liked a post, passed it on or kept it: they can find it again."""
    if not are_words_kept(tx, post_id):
        make_findable(tx, post_id)


def words_changed(tx: Tx, post_id: int) -> None:
    """A post was corrected: if it could be found, it is found by its new words."""
    if are_words_kept(tx, post_id):
        make_findable(tx, post_id)


def make_all_findable(tx: Tx, *, below: int | None) -> int:
    """Keep the words of what neighbours said before there was a search, newest first.

    One batch below the id `below`, or the newest; what is left is put off. Returns how many.
    """
    query = select(Post.id).where(Post.is_local, Post.boost_of_id.is_(None))
    if below is not None:
        query = query.where(Post.id < below)
    found = tx.connection.scalars(query.order_by(Post.id.desc()).limit(AT_ONCE)).all()
    for post_id in found:
        make_findable(tx, post_id)
    if len(found) == AT_ONCE:
        add_job(tx, "make_findable", key=str(found[-1]), arguments={"below": found[-1]})
    return len(found)


def make_words_anew(tx: Tx, *, after: int) -> int:
    """Fill in the words of what can be found, after a restore or a move; return the last post's id.

    Some posts at a time, those above the id `after`; 0 when there are none left.
    """
    _, post_id = kept_words(tx)
    found = tx.connection.scalars(
        select(post_id).where(post_id > after).order_by(post_id).limit(AT_ONCE)
    ).all()
    for each in found:
        make_findable(tx, each)
    return found[-1] if found else 0
