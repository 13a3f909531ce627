"""A Remove arrives: someone elsewhere no longer shows a post or a hashtag on their profile."""

from microfed.errors import Forbidden, NotFound
from microfed.federation.inbox.add import hashtag_in
from microfed.operations.featured import pin_was_removed, tag_was_featured
from microfed.operations.group_care import step_down
from microfed.queries.groups import group_looked_after
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Remove
from microfed.vocab.reading import ref


def on_remove(tx: Tx, sender: Actor, remove: Remove) -> None:
    """Show it no longer, if it was theirs to show."""
    target = ref(remove.document.get("target"))
    name = hashtag_in(remove)
    if name is not None:
        tag_was_featured(tx, by=sender, collection=target, name=name, is_on=False)
        return
    if target is not None and (group := group_looked_after(tx, target)) is not None:
        if remove.object != sender.uri:
            raise Forbidden("whoever looks after a group steps down themselves")
        step_down(tx, group=group, by=sender)
        return
    post = None if remove.object is None else find_post(tx, remove.object)
    if post is None:
        raise NotFound("we do not have this post")
    pin_was_removed(tx, by=sender, collection=target, post=post)
