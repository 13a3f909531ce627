"""Quotes across servers: asking for leave, giving it, taking it back (FEP-044f)."""

from typing import Any

from sqlalchemy import delete, select, update

from microfed.errors import Forbidden, NotFound
from microfed.here import authority, same_origin
from microfed.ids import id_at
from microfed.operations.jobs import add_job
from microfed.outbound.deliver import deliver, deliver_to
from microfed.outbound.notify import notify
from microfed.outbound.recipients import inboxes_of_followers
from microfed.outbound.render import activity
from microfed.outbound.render_posts import note
from microfed.queries.people import is_blocked
from microfed.queries.quotes import may_quote
from microfed.queries.whole_posts import find_post, whole_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.store.quotes import QuoteStamp
from microfed.vocab.audience import Audience
from microfed.vocab.polls import Quotation
from microfed.vocab.reading import ref, types
from microfed.vocab.terms import POST_CONTEXT


def request_uri(quoting_uri: str) -> str:
    """Return the id of our question whether a post may quote what it quotes."""
    return f"{quoting_uri}/quote"


def ask_to_quote(tx: Tx, *, author: Actor, post: Post) -> None:
    """A neighbour's post quotes somebody elsewhere: their server is asked; a local one has said
    yes by its policy, and others find the stamp."""
    quoted = None if post.quote_of_id is None else tx.session.get(Post, post.quote_of_id)
    if quoted is None:
        return
    writer = tx.session.get_one(Actor, quoted.actor_id)
    if writer.is_local:
        post.quote_stamp = _stamp(tx, quoted, writer, post.uri, author).uri
        return
    instrument = note(tx.here, whole_post(tx, post))
    document = activity(
        "QuoteRequest",
        id_=request_uri(post.uri),
        actor=author.uri,
        to=[writer.uri],
        object_=quoted.uri,
        instrument=instrument,
    )
    document["@context"] = POST_CONTEXT
    deliver_to(tx, document, sender=author, to=writer)


def quote_was_asked(tx: Tx, *, by: Actor, post: Post, quoting_uri: str, uri: str) -> bool:
    """Someone elsewhere wants to quote a neighbour's post: the answer is what its policy says,
    and returned."""
    author = tx.session.get_one(Actor, post.actor_id)
    if not author.is_local or post.boost_of_id is not None:
        raise NotFound("there is no such post")
    authority(by.uri, quoting_uri)
    inside = {
        "type": "QuoteRequest",
        "id": uri,
        "actor": by.uri,
        "object": post.uri,
        "instrument": quoting_uri,
    }
    id_ = tx.here.activity(id_at(tx.now))
    is_refused = is_blocked(tx, by=author.id, whom=by.id)
    if is_refused or may_quote(tx, actor_id=by.id, post=post) == "denied":
        no = activity("Reject", id_=id_, actor=author.uri, to=[by.uri], object_=inside)
        deliver_to(tx, no, sender=author, to=by)
        return False
    stamp = _stamp(tx, post, author, quoting_uri, by)
    yes = activity(
        "Accept", id_=id_, actor=author.uri, to=[by.uri], object_=inside, result=stamp.uri
    )
    deliver_to(tx, yes, sender=author, to=by)
    known = find_post(tx, quoting_uri)
    if known is not None and known.actor_id == by.id and known.quote_uri == post.uri:
        _accept(tx, known, post, stamp.uri)
    return True


def quote_was_answered(
    tx: Tx, *, by: Actor, quoting_uri: str | None, request: str | None, stamp: str | None
) -> Post | None:
    """Someone elsewhere lets a neighbour quote them (`stamp` is their leave), or does not.

    Returns the post if the answer was yes, so that the world is told; None for what is no answer
    to a question of ours.
    """
    uri = quoting_uri or (request or "").removesuffix("/quote")
    post = find_post(tx, uri) if uri else None
    if post is None or not post.is_local or post.quote_of_id is None:
        return None
    quoted = tx.session.get_one(Post, post.quote_of_id)
    if quoted.actor_id != by.id:
        raise Forbidden("only its author may say whether a post is quoted")
    if stamp is None:
        post.quote_state, post.quote_stamp = "rejected", None
        _changed(tx, post)
        return None
    _accept(tx, post, quoted, authority(by.uri, stamp))
    return post


def remember_quote(tx: Tx, *, post_id: int, author: Actor, uri: str, said: Quotation) -> None:
    """A post from elsewhere quotes another. It is shown once its author's leave is certain."""
    quoted = find_post(tx, said.uri)
    if quoted is not None and quoted.boost_of_id is not None:
        return
    before = tx.connection.execute(
        select(Post.quote_uri, Post.quote_state, Post.quote_stamp).where(Post.id == post_id)
    ).one()
    if before.quote_uri == said.uri and before.quote_state != "pending":
        is_lost = before.quote_stamp is not None and said.stamp is None
        if quoted is not None and is_lost and not _is_stamped_here(tx, uri, quoted, None):
            # The quoter's server tells everyone by an Update that the leave was taken back.
            _lose(tx, tx.session.get_one(Post, post_id, populate_existing=True), quoted)
        return  # else an Update says once more what is settled
    tx.connection.execute(
        update(Post)
        .where(Post.id == post_id)
        .values(
            quote_uri=said.uri,
            quote_of_id=None if quoted is None else quoted.id,
            quote_state="pending",
        )
    )
    if quoted is not None and (
        quoted.actor_id == author.id or _is_stamped_here(tx, uri, quoted, said.stamp)
    ):
        post = tx.session.get_one(Post, post_id, populate_existing=True)
        _accept(tx, post, quoted, said.stamp)
        return
    if quoted is None or said.stamp is not None:
        arguments = {"post_id": post_id, "stamp": said.stamp}
        add_job(tx, "check_quote", key=str(post_id), arguments=arguments)


def stamp_was_read(tx: Tx, *, post_id: int, stamp: str | None, document: dict[str, Any]) -> None:
    """What stands at the stamp's address was read: the quote is good if all of it fits."""
    post = tx.session.get(Post, post_id)
    quoted = None if post is None or post.quote_uri is None else find_post(tx, post.quote_uri)
    if post is None or quoted is None:
        return
    post.quote_of_id = quoted.id
    author = tx.session.get_one(Actor, quoted.actor_id)
    fits = stamp is not None and (
        "QuoteAuthorization" in types(document)
        and document.get("id") == stamp
        and same_origin(stamp, author.uri)
        and ref(document.get("attributedTo")) == author.uri
        and ref(document.get("interactingObject")) == post.uri
        and ref(document.get("interactionTarget")) == quoted.uri
    )
    if fits or quoted.actor_id == post.actor_id:
        _accept(tx, post, quoted, stamp)
    tx.flush()


def stamp_was_revoked(tx: Tx, *, by: Actor, uri: str) -> Post | None:
    """Someone elsewhere takes back their leave; returns the post that may no longer quote them."""
    post = tx.session.scalar(select(Post).where(Post.quote_stamp == uri))
    if post is None:
        return None
    authority(by.uri, uri)
    quoted = None if post.quote_of_id is None else tx.session.get(Post, post.quote_of_id)
    if quoted is None or quoted.actor_id != by.id:
        raise Forbidden("only the author of what is quoted may take it back")
    _lose(tx, post, quoted)
    return post


def take_back_leave(tx: Tx, *, author: Actor, quoting: Post) -> None:
    """A neighbour takes back their leave: the quoter's server, and who follows the author, hear."""
    stamp = tx.session.scalar(select(QuoteStamp).where(QuoteStamp.quoting_uri == quoting.uri))
    if stamp is None:
        return
    quoter = tx.session.get(Actor, stamp.quoter_id)
    document = activity(
        "Delete",
        id_=f"{stamp.uri}/delete",
        actor=author.uri,
        to=[quoter.uri] if quoter is not None else [],
        object_=stamp.uri,
    )
    tx.session.delete(stamp)
    if quoter is not None and not quoter.is_local:
        deliver_to(tx, document, sender=author, to=quoter)
    elif quoter is not None and Audience(quoting.audience).is_open:
        deliver(tx, document, sender=author, inboxes=inboxes_of_followers(tx, quoter.id))


def need_stamp(tx: Tx, uri: str) -> tuple[QuoteStamp, str, str]:
    """Return a stamp of ours, with the ids of the quoted post and of its author."""
    row = tx.session.execute(
        select(QuoteStamp, Post.uri, Actor.uri)
        .join(Post, Post.id == QuoteStamp.post_id)
        .join(Actor, Actor.id == Post.actor_id)
        .where(QuoteStamp.uri == uri)
    ).first()
    if row is None:
        raise NotFound("there is no such leave to quote")
    return row[0], row[1], row[2]


def _stamp(tx: Tx, post: Post, author: Actor, quoting_uri: str, quoter: Actor) -> QuoteStamp:
    known = tx.session.scalar(select(QuoteStamp).where(QuoteStamp.quoting_uri == quoting_uri))
    if known is not None and known.post_id == post.id:
        return known
    if known is not None:  # it quotes something else now
        tx.connection.execute(delete(QuoteStamp).where(QuoteStamp.id == known.id))
        tx.session.expunge(known)
    id_ = id_at(tx.now)
    stamp = QuoteStamp(
        id=id_,
        uri=f"{author.uri}/stamps/{id_}",
        post_id=post.id,
        quoting_uri=quoting_uri,
        quoter_id=quoter.id,
    )
    tx.session.add(stamp)
    tx.flush()
    return stamp


def _is_stamped_here(tx: Tx, quoting_uri: str, quoted: Post, stamp: str | None) -> bool:
    if not quoted.is_local:
        return False
    query = select(QuoteStamp.id).where(
        QuoteStamp.quoting_uri == quoting_uri, QuoteStamp.post_id == quoted.id
    )
    if stamp is not None:
        query = query.where(QuoteStamp.uri == stamp)
    return tx.connection.scalar(query) is not None


def _accept(tx: Tx, post: Post, quoted: Post, stamp: str | None) -> None:
    is_new = post.quote_state != "accepted"
    post.quote_of_id, post.quote_state, post.quote_stamp = quoted.id, "accepted", stamp
    _changed(tx, post)
    if is_new:
        _count(tx, quoted, 1)
        if quoted.is_local:
            notify(
                tx, owner_id=quoted.actor_id, kind="quote", from_id=post.actor_id, post_id=post.id
            )


def _lose(tx: Tx, post: Post, quoted: Post) -> None:
    if post.quote_state == "accepted":
        _count(tx, quoted, -1)
    post.quote_state, post.quote_stamp = "revoked", None
    _changed(tx, post)


def _count(tx: Tx, quoted: Post, step: int) -> None:
    tx.connection.execute(
        update(Post)
        .where(Post.id == quoted.id)
        .values(quotes_count=Post.quotes_count + step, version=Post.version + 1)
    )
    tx.session.expire(quoted, ["quotes_count", "version"])
    tx.tell("post_changed", quoted.id)


def _changed(tx: Tx, post: Post) -> None:
    post.version += 1
    tx.flush()
    tx.tell("post_changed", post.id)
