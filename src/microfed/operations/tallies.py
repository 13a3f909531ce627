"""Polls across servers: our votes go to whoever asks, our counts to everyone who looks."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from microfed.operations.jobs import add_job
from microfed.outbound import render_polls
from microfed.outbound.allies import inboxes_of_ring
from microfed.outbound.circles import inboxes_of_circle
from microfed.outbound.deliver import deliver, deliver_to
from microfed.outbound.recipients import inboxes_of, inboxes_of_followers, inboxes_of_interested
from microfed.outbound.render_activities import update
from microfed.queries.whole_posts import whole_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.polls import PollOption, Vote
from microfed.store.posts import Post
from microfed.vocab.audience import Audience

# Many vote within minutes; the world is told once for all of them (interop.md §3.5).
TELL_AFTER = timedelta(minutes=3)


def tell_votes(tx: Tx, *, actor: Actor, post: Post, votes: Sequence[Vote]) -> None:
    """A neighbour chose answers in a poll elsewhere: its author is told, nobody else."""
    author = tx.session.get_one(Actor, post.actor_id)
    rows = tx.connection.execute(
        select(PollOption.position, PollOption.title).where(PollOption.poll_id == post.id)
    )
    titles = {row.position: row.title for row in rows}
    for vote in votes:
        said = [(vote.uri or "", titles[vote.position])]
        document = render_polls.vote(uris=said, actor=actor.uri, author=author.uri, of=post.uri)
        deliver_to(tx, document, sender=actor, to=author)


def plan_tallies(tx: Tx, post_id: int) -> None:
    """A poll of ours has new votes: the world is told in a while."""
    add_job(
        tx,
        "tell_poll",
        key=str(post_id),
        arguments={"post_id": post_id},
        due_at=tx.now + TELL_AFTER,
    )


def tell_tallies(tx: Tx, post_id: int) -> None:
    """Send a poll of ours with its present counts to all who got it and all who voted."""
    post = tx.session.get(Post, post_id)
    if post is None or not post.is_local or not Audience(post.audience).leaves:
        return
    author = tx.session.get_one(Actor, post.actor_id)
    voters = tx.connection.scalars(select(Vote.actor_id).where(Vote.poll_id == post_id)).all()
    inboxes = inboxes_of(tx, voters, is_shared=True) | inboxes_of_interested(tx, post_id)
    if Audience(post.audience) is Audience.RING:
        inboxes = inboxes_of_ring(tx, post.ring)
    if Audience(post.audience) is Audience.CIRCLE:
        inboxes = inboxes_of_circle(tx, post)
    if Audience(post.audience) in (Audience.PUBLIC, Audience.QUIET, Audience.FOLLOWERS):
        inboxes |= inboxes_of_followers(tx, author.id)
    deliver(tx, update(tx.here, whole_post(tx, post)), sender=author, inboxes=inboxes)
