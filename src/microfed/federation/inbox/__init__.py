"""What microfed does with each activity another server sends.

This table is the index: to know what happens when a Follow arrives, open `follow.py`.
"""

from collections.abc import Callable
from typing import Any

from microfed.federation.inbox.accept import on_accept
from microfed.federation.inbox.add import on_add
from microfed.federation.inbox.announce import on_announce
from microfed.federation.inbox.block import on_block
from microfed.federation.inbox.create import on_create
from microfed.federation.inbox.delete import on_delete
from microfed.federation.inbox.emoji_react import on_emoji_react
from microfed.federation.inbox.flag import on_flag
from microfed.federation.inbox.follow import on_follow
from microfed.federation.inbox.invite import on_invite
from microfed.federation.inbox.join import on_join
from microfed.federation.inbox.leave import on_leave
from microfed.federation.inbox.like import on_like
from microfed.federation.inbox.move import on_move
from microfed.federation.inbox.offer import on_offer
from microfed.federation.inbox.quote_request import on_quote_request
from microfed.federation.inbox.reject import on_reject
from microfed.federation.inbox.remove import on_remove
from microfed.federation.inbox.tentative_accept import on_tentative_accept
from microfed.federation.inbox.undo import on_undo
from microfed.federation.inbox.update import on_update
from microfed.operations.deeds import deed_arrived
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import (
    Accept,
    Activity,
    Add,
    Announce,
    Block,
    Create,
    Delete,
    EmojiReact,
    Flag,
    Follow,
    Invite,
    Join,
    Leave,
    Like,
    Move,
    Offer,
    QuoteRequest,
    Reject,
    Remove,
    TentativeAccept,
    Undo,
    Update,
)

Handler = Callable[[Tx, Actor, Any], None]

HANDLERS: dict[type[Activity], Handler] = {
    Follow: on_follow,
    Accept: on_accept,
    Reject: on_reject,
    Undo: on_undo,
    Create: on_create,
    Update: on_update,
    Delete: on_delete,
    Announce: on_announce,
    Like: on_like,
    QuoteRequest: on_quote_request,
    Remove: on_remove,
    Move: on_move,
    Flag: on_flag,
    EmojiReact: on_emoji_react,
    Block: on_block,
    Add: on_add,
    Offer: on_offer,
    Join: on_join,
    Leave: on_leave,
    TentativeAccept: on_tentative_accept,
    Invite: on_invite,
}


def handle(tx: Tx, sender: Actor, activity: Activity) -> None:
    """Handle one activity of its proven sender; one of a type we have no rule for is shown."""
    handler = HANDLERS.get(type(activity))
    if handler is not None:
        handler(tx, sender, activity)
    else:
        deed_arrived(tx, by=sender, done=activity)
