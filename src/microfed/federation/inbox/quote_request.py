"""A QuoteRequest arrives: someone elsewhere asks whether they may quote a neighbour (FEP-044f)."""

from microfed.errors import Invalid, NotFound
from microfed.here import authority
from microfed.operations.elsewhere import remember_post
from microfed.operations.quotes import quote_was_asked
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import find_post, need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import QuoteRequest
from microfed.vocab.objects import is_post, read_note
from microfed.vocab.reading import documents, ref


def on_quote_request(tx: Tx, sender: Actor, request: QuoteRequest) -> None:
    """Answer for the neighbour, whose policy says who may quote."""
    quoting = ref(request.document.get("instrument"))
    post = None if request.object is None else find_post(tx, request.object)
    if post is None:
        raise NotFound("there is no such post")
    if quoting is None:
        raise Invalid("a QuoteRequest needs the quoting post as its instrument")
    need_visible_post(tx, Viewer(sender.id, is_local=False), id_=post.id)
    uri = authority(sender.uri, request.id)
    if not quote_was_asked(tx, by=sender, post=post, quoting_uri=quoting, uri=uri):
        return
    for said in documents(request.document.get("instrument")):
        # It may go to nobody else here, and its author's followers are not ours to ask.
        if is_post(said) and ref(said) == quoting:
            note = read_note(said, said_by=sender.uri)
            remember_post(tx, author=sender, note=note, is_news=False)
