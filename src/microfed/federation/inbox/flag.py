"""A Flag arrives: another server reports a neighbour to whoever looks after this place."""

import re

from microfed.errors import Forbidden, NotFound
from microfed.here import authority
from microfed.operations.hosts import rejects_reports_of
from microfed.operations.reports import MOST_POSTS, report
from microfed.queries.people import find_neighbour
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.activities import Flag
from microfed.vocab.reading import refs, word

_ADDRESS = re.compile(r"https?://[^\s<>\"]+")


def on_flag(tx: Tx, sender: Actor, flag: Flag) -> None:
    """Write the report down. Accounts and posts come mixed, in any order."""
    if rejects_reports_of(tx, sender.host):
        raise Forbidden("reports of this server are not read here")
    # Lemmy puts the reason into `summary`; Misskey puts the posts' addresses into the text.
    words = word(flag.document.get("content")) or word(flag.document.get("summary")) or ""
    named = (*refs(flag.document.get("object")), *_ADDRESS.findall(words))
    ours = [uri for uri in dict.fromkeys(named) if tx.here.is_ours(uri)][: MOST_POSTS + 1]
    target, posts = _sort(tx, ours)
    if target is None:
        raise NotFound("nobody who lives here is reported")
    uri = authority(sender.uri, flag.id)
    report(tx, reporter=sender, target=target, posts=posts, comment=words, uri=uri)


def _sort(tx: Tx, uris: list[str]) -> tuple[Actor | None, list[Post]]:
    target: Actor | None = None
    posts = []
    for uri in uris:
        if (neighbour := find_neighbour(tx, uri)) is not None:
            target = target or neighbour
        elif (post := find_post(tx, uri)) is not None and post.boost_of_id is None:
            posts.append(post)
    if target is None and posts:
        target = tx.session.get(Actor, posts[0].actor_id)
    owner = None if target is None else target.id
    return target, [post for post in posts if post.actor_id == owner]
