"""An Add arrives: someone elsewhere shows a post or a hashtag on their profile."""

from microfed.errors import Invalid, NotFound
from microfed.operations.featured import pin_arrived, tag_was_featured
from microfed.operations.group_care import trust
from microfed.queries.groups import group_looked_after
from microfed.queries.people import find_actor
from microfed.queries.whole_posts import need_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Activity, Add
from microfed.vocab.reading import ref, types, word


def on_add(tx: Tx, sender: Actor, add: Add) -> None:
    """Show what they show, if it is theirs. Group servers add other things: not ours to keep."""
    target = ref(add.document.get("target"))
    name = hashtag_in(add)
    if name is not None:
        tag_was_featured(tx, by=sender, collection=target, name=name, is_on=True)
        return
    if target is not None and (group := group_looked_after(tx, target)) is not None:
        trust(tx, group=group, by=sender, who=_need_known(tx, add.object))
        return
    if target is None or target != sender.featured_uri:
        return
    if add.object is None:
        raise Invalid("an Add needs an object")
    pin_arrived(tx, by=sender, collection=target, post=need_post(tx, add.object))


def _need_known(tx: Tx, uri: str | None) -> Actor:
    found = None if uri is None else find_actor(tx, uri)
    if found is None:
        raise NotFound("there is no such account")
    return found


def hashtag_in(activity: Activity) -> str | None:
    """Return the name of the hashtag an activity is about, if it is about one."""
    inside = activity.embedded
    if inside is None or "Hashtag" not in types(inside):
        return None
    return (word(inside.get("name")) or "").lstrip("#")[:100] or None
