"""A post as a row, whoever wrote it: how many answers it has, and what it said before."""

from typing import Any

from sqlalchemy import update

from microfed.ids import id_at
from microfed.store.database import Tx
from microfed.store.posts import Post, PostEdit


def count_answers(tx: Tx, post_id: int, step: int) -> None:
    """A post has `step` answers more, or fewer."""
    tx.connection.execute(
        update(Post)
        .where(Post.id == post_id)
        .values(replies_count=Post.replies_count + step, version=Post.version + 1)
    )
    tx.tell("post_changed", post_id)


def keep_version(tx: Tx, post: Post, *, parts: dict[str, Any] | None = None) -> None:
    """Keep the words of a post, and the `parts` they had, before it is corrected."""
    tx.session.add(
        PostEdit(
            id=id_at(post.edited_at or tx.now),
            post_id=post.id,
            title=post.title,
            content=post.content,
            source=post.source,
            warning=post.warning,
            is_sensitive=post.is_sensitive,
            extras=parts,
        )
    )
