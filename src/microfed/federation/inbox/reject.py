"""A Reject arrives: someone elsewhere does not, or no longer, let a neighbour follow, quote or
answer them, or take up their offer."""

from microfed.federation.inbox.accept import who_asked
from microfed.federation.inbox.join import event_answered
from microfed.operations.agreeing import offer_was_rejected
from microfed.operations.event_answers import join_was_answered
from microfed.operations.follows import follow_was_rejected
from microfed.operations.introductions_heard import introduction_was_answered
from microfed.operations.policies import was_rejected
from microfed.operations.quotes import quote_was_answered
from microfed.operations.relays import relay_answered
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Reject
from microfed.vocab.reading import ref, types


def on_reject(tx: Tx, sender: Actor, reject: Reject) -> None:
    """End the follow, whether it was still asked or already accepted; or what else was asked."""
    if event_answered(tx, sender, reject):
        return
    if join_was_answered(tx, by=sender, join_uri=reject.object, is_yes=False):
        return
    inside = reject.embedded or {}
    quoting = ref(inside.get("instrument"))
    asked = reject.object or ""
    if "QuoteRequest" in types(inside) or (not inside and asked.endswith("/quote")):
        quote_was_answered(tx, by=sender, quoting_uri=quoting, request=asked, stamp=None)
        return
    if was_rejected(tx, by=sender, uri=quoting or asked):
        return
    if tx.here.is_ours(asked) and offer_was_rejected(tx, by=sender, offer_uri=asked):
        return
    if relay_answered(tx, by=sender, follow_uri=reject.object, is_yes=False):
        return
    if introduction_was_answered(tx, by=sender, uri=reject.object, says="no"):
        return
    follow_was_rejected(
        tx, by=sender, follow_uri=reject.object, follower=who_asked(tx, sender, reject)
    )
