"""A Create arrives: someone elsewhere said something."""

from microfed.here import authority
from microfed.operations.elsewhere import concerns_us, remember_post
from microfed.queries.whole_posts import need_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Create
from microfed.vocab.objects import is_post, read_note


def on_create(tx: Tx, sender: Actor, create: Create) -> None:
    """Keep the post if it concerns anyone here; one sent by its id alone is fetched first."""
    if create.embedded is None:
        need_post(tx, authority(sender.uri, create.object))
        return
    if not is_post(create.embedded):
        return
    note = read_note({"to": create.to, "cc": create.cc, **create.embedded})
    if concerns_us(tx, author=sender, note=note):
        remember_post(tx, author=sender, note=note)
