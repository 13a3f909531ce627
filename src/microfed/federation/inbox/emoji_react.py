"""An EmojiReact arrives: someone on Pleroma or Akkoma reacts to a neighbour's post."""

from microfed.federation.inbox.like import react
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import EmojiReact


def on_emoji_react(tx: Tx, sender: Actor, activity: EmojiReact) -> None:
    """Note it as a like that says with which emoji: one of each actor counts."""
    react(tx, sender, activity)
