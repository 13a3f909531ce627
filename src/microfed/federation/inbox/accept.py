"""An Accept arrives: someone elsewhere says yes to a neighbour: to a follow, a quote, a reply, or
to taking up an offer."""

from microfed.federation.inbox.join import event_answered
from microfed.operations.agreeing import offer_was_accepted
from microfed.operations.event_answers import join_was_answered
from microfed.operations.follows import follow_was_accepted
from microfed.operations.introductions_heard import introduction_was_answered
from microfed.operations.policies import was_approved
from microfed.operations.posts import say_again, send_update
from microfed.operations.quotes import quote_was_answered
from microfed.operations.relays import relay_answered
from microfed.queries.people import find_neighbour
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Accept, Reject
from microfed.vocab.reading import ref, types


def on_accept(tx: Tx, sender: Actor, accept: Accept) -> None:
    """Dispatch on what was asked, which others embed or only name."""
    if event_answered(tx, sender, accept):
        return
    result = ref(accept.document.get("result"))
    if _is_agreed(tx, sender, accept, result):
        return
    if result is not None:
        inside = accept.embedded or {}
        approved = None
        if "QuoteRequest" in types(inside) or accept.embedded is None:
            approved = quote_was_answered(
                tx,
                by=sender,
                quoting_uri=ref(inside.get("instrument")),
                request=accept.object,
                stamp=result,
            )
        if approved is not None:
            send_update(tx, approved)
            return
        # GoToSocial accepts what was done by its id, or the request for it.
        uri = ref(inside.get("instrument")) or accept.object
        answer = was_approved(tx, by=sender, uri=uri, approval=result)
        if answer is not None:
            say_again(tx, answer)
        return
    if join_was_answered(tx, by=sender, join_uri=accept.object, is_yes=True):
        return
    if relay_answered(tx, by=sender, follow_uri=accept.object, is_yes=True):
        return
    if introduction_was_answered(tx, by=sender, uri=accept.object, says="yes"):
        return
    follow_was_accepted(
        tx, by=sender, follow_uri=accept.object, follower=who_asked(tx, sender, accept)
    )


def _is_agreed(tx: Tx, sender: Actor, accept: Accept, agreement: str | None) -> bool:
    uri = accept.object
    if uri is None or not tx.here.is_ours(uri):
        return False
    return offer_was_accepted(tx, by=sender, offer_uri=uri, agreement=agreement)


def who_asked(tx: Tx, sender: Actor, answer: Accept | Reject) -> Actor | None:
    """Return the neighbour in an embedded Follow, if it is one of `sender`."""
    inside = answer.embedded or {}
    asked, whom = ref(inside.get("actor")), ref(inside.get("object"))
    return None if asked is None or whom != sender.uri else find_neighbour(tx, asked)
