"""What the author of a post elsewhere lets people do with it (GoToSocial's interaction policy)."""

from typing import Any, Literal

from sqlalchemy import select

from microfed.queries.people import is_following
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Mention, Post
from microfed.vocab.policies import Policy
from microfed.vocab.terms import PUBLIC_FORMS

Verdict = Literal["yes", "ask", "no"]


def policy_in(extras: dict[str, Any] | None) -> Policy | None:
    """Return the policy kept with a post."""
    policy: Policy | None = (extras or {}).get("policy")
    return policy


def verdict(
    tx: Tx, policy: Policy | None, *, post_id: int, author_id: int, actor: Actor, deed: str
) -> Verdict:
    """Return whether `actor` may do this to the post: at once, once its author said yes, or not.

    Who follows whom elsewhere is not for us to know: of strangers a yes is asked for.
    """
    rule = None if policy is None else policy.get(deed)
    if rule is None or actor.id == author_id:
        return "yes"
    if deed == "reply" and _is_named(tx, post_id, actor.id):
        return "yes"
    author = tx.session.get_one(Actor, author_id)
    if _is_among(tx, rule["automatic"], author, actor):
        return "yes"
    if not actor.is_local or _is_among(tx, rule["manual"], author, actor):
        return "ask"
    return "no"


def verdict_on(tx: Tx, *, actor: Actor, post: Post, deed: str) -> Verdict:
    """Return whether `actor` may do this to a post, whoever wrote it."""
    policy = policy_in(post.extras)
    if policy is None:
        return "yes"
    return verdict(tx, policy, post_id=post.id, author_id=post.actor_id, actor=actor, deed=deed)


def _is_named(tx: Tx, post_id: int, actor_id: int) -> bool:
    query = select(Mention.post_id).where(Mention.post_id == post_id, Mention.actor_id == actor_id)
    return tx.connection.scalar(query) is not None


def _is_among(tx: Tx, named: list[str], author: Actor, actor: Actor) -> bool:
    if actor.uri in named or not PUBLIC_FORMS.isdisjoint(named):
        return True
    if author.followers_uri in named and is_following(tx, follower=actor.id, target=author.id):
        return actor.is_local
    if author.following_uri in named and is_following(tx, follower=author.id, target=actor.id):
        return actor.is_local
    return False
