"""What a member's filters do to the posts that a page shows them: folded, or left out."""

from collections.abc import Iterable
from dataclasses import replace

from microfed.queries.filters import catch, sieves_of
from microfed.queries.views import PostView
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.text import bare_text


def through_filters(
    tx: Tx, viewer: Viewer | None, posts: Iterable[PostView], context: str
) -> list[PostView]:
    """Return the posts as `viewer`'s filters let them through in `context`: home, public, …

    What is folded says by which filter in `held_by`. One's own words are never held back.
    """
    shown = list(posts)
    if viewer is None or not viewer.is_local:
        return shown
    sieves = [one for one in sieves_of(tx, viewer.actor_id) if context in one.contexts]
    if not sieves:
        return shown
    left = []
    for post in shown:
        mine = post.author.id == viewer.actor_id
        caught = [] if mine else catch(sieves, post.id, _words(post))
        if any(one.sieve.action == "hide" for one in caught):
            continue
        left.append(replace(post, held_by=caught[0].sieve.title) if caught else post)
    return left


def _words(post: PostView) -> str:
    choices = () if post.poll is None else (title for title, _ in post.poll.options)
    return "\n".join(
        (
            post.warning,
            post.title or "",
            bare_text(post.content),
            *(item.description for item in post.attachments),
            *choices,
        )
    )
