"""Agreeing on an offer or a need: with whom, whether it still stands, and that it is done.

Its author alone says yes or no; whoever took it up may step back; both say that it is done.
"""

from sqlalchemy import select

from microfed.errors import Forbidden, Invalid, NotFound
from microfed.here import authority
from microfed.operations.aid import is_over, need_aid, set_state
from microfed.operations.aid_agreements import (
    Bond,
    bond_of,
    find_bond,
    mark_done,
    note_proposal,
    standing,
    tell_agreed,
    tell_declined,
    tell_done,
    tell_withdrawn,
)
from microfed.operations.posts import need_own
from microfed.queries.people import is_blocked
from microfed.queries.visibility import Viewer, said_in_private
from microfed.queries.whole_posts import find_post, need_visible_post
from microfed.store.aid import Aid
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.agreements import PRIMARY


def agree(tx: Tx, *, author: Actor, post: Post, person_id: int) -> None:
    """`author` settles it with somebody who answered: it is under way. Twice is harmless.

    Raises Invalid when it is over or they stepped back, NotFound for who never answered.
    """
    need_own(author, post)
    aid = need_aid(tx, post.id)
    bond = find_bond(tx, aid_id=aid.id, person_id=person_id)
    if bond is None:
        bond = _with_who_wrote(tx, aid, post, person_id)
    row = bond.row
    if row.state in ("accepted", "done"):
        return
    if is_over(aid, now=tx.now):
        raise Invalid("this is over", {"state": "this is over"})
    if row.state == "withdrawn":
        raise Invalid("they stepped back", {"person": "they stepped back"})
    row.state, row.accepted_at = "accepted", tx.now
    row.author_done_at = row.person_done_at = None
    tx.flush()
    tell_agreed(tx, bond)
    if aid.state == "open":
        set_state(tx, author=author, post=post, state="under_way")


def decline(tx: Tx, *, author: Actor, post: Post, person_id: int) -> None:
    """`author` would rather not, or no longer: nobody else under way, it is open again."""
    need_own(author, post)
    need_aid(tx, post.id)
    bond = find_bond(tx, aid_id=post.id, person_id=person_id)
    if bond is None:
        raise NotFound("nobody like this has answered")
    if bond.row.state not in ("proposed", "accepted"):
        return
    stood = bond.row.state == "accepted"
    bond.row.state = "refused"
    tx.flush()
    tell_declined(tx, bond, stood=stood)
    _open_again(tx, bond, stood=stood)


def step_back(tx: Tx, *, person: Actor, post: Post) -> None:
    """`person` will not take it up after all."""
    bond = find_bond(tx, aid_id=post.id, person_id=person.id)
    if bond is None:
        raise NotFound("you have not answered this")
    stood = bond.row.state == "accepted"
    if bond.row.state not in ("proposed", "accepted"):
        return
    bond.row.state = "withdrawn"
    tx.flush()
    tell_withdrawn(tx, bond, stood=stood)
    _open_again(tx, bond, stood=stood)


def say_done(tx: Tx, *, person: Actor, post: Post) -> None:
    """Whoever took it up says that it is done; its author is asked too."""
    bond = find_bond(tx, aid_id=post.id, person_id=person.id)
    if bond is None or bond.row.state not in ("accepted", "done"):
        raise Forbidden("this was not agreed on with you")
    if mark_done(tx, bond, by=person):
        tell_done(tx, bond, by=person)


def offer_arrived(tx: Tx, *, by: Actor, satisfies: str, uri: str) -> None:
    """Somebody elsewhere would take up what a neighbour offers or needs."""
    authority(by.uri, uri)
    post = find_post(tx, satisfies.removesuffix(PRIMARY)) if satisfies.endswith(PRIMARY) else None
    if post is None or not post.is_local:
        raise NotFound("there is no such offer here")
    need_visible_post(tx, Viewer(by.id, is_local=False), id_=post.id)
    aid = need_aid(tx, post.id)
    if is_blocked(tx, by=post.actor_id, whom=by.id):
        raise Forbidden("the author does not want to hear from you")
    if is_over(aid, now=tx.now):
        raise Invalid("this offer is over: nobody can take it up any more")
    known = find_bond(tx, offer_uri=uri)
    if known is not None and (known.row.aid_id, known.person.id) != (aid.id, by.id):
        raise Forbidden("this was said of another offer")
    note_proposal(tx, person=by, aid=aid, offer_uri=uri)


def offer_was_accepted(tx: Tx, *, by: Actor, offer_uri: str, agreement: str | None) -> bool:
    """An author elsewhere says yes to a neighbour. Says whether it was about an offer at all."""
    bond = find_bond(tx, offer_uri=offer_uri)
    if bond is None or not bond.person.is_local:
        return False
    _only_its_author(bond, by)
    if bond.row.state in ("accepted", "done"):
        return True
    if bond.row.state == "withdrawn":
        raise Invalid("they stepped back before you agreed")
    if is_over(need_aid(tx, bond.row.aid_id), now=tx.now):
        raise Invalid("this offer is over: nobody can agree on it any more")
    row = bond.row
    row.uri = None if agreement is None else authority(by.uri, agreement)
    row.state, row.accepted_at = "accepted", tx.now
    row.author_done_at = row.person_done_at = None
    tx.flush()
    tell_agreed(tx, bond)
    return True


def offer_was_rejected(tx: Tx, *, by: Actor, offer_uri: str) -> bool:
    """An author elsewhere says no to a neighbour, or no longer yes."""
    bond = find_bond(tx, offer_uri=offer_uri)
    if bond is None or not bond.person.is_local:
        return False
    _only_its_author(bond, by)
    if bond.row.state in ("proposed", "accepted"):
        stood = bond.row.state == "accepted"
        bond.row.state = "refused"
        tx.flush()
        tell_declined(tx, bond, stood=stood)
    return True


def offer_was_withdrawn(tx: Tx, *, by: Actor, offer_uri: str) -> bool:
    """Somebody elsewhere will not take it up after all."""
    bond = find_bond(tx, offer_uri=offer_uri)
    if bond is None or bond.person.id != by.id or not bond.author.is_local:
        return False
    need_aid(tx, bond.row.aid_id)
    if bond.row.state in ("proposed", "accepted"):
        stood = bond.row.state == "accepted"
        bond.row.state = "withdrawn"
        tx.flush()
        tell_withdrawn(tx, bond, stood=stood)
        _open_again(tx, bond, stood=stood)
    return True


def receipt_arrived(tx: Tx, *, by: Actor, agreement: str) -> bool:
    """One of the two, elsewhere, says that it is done. Says whether there is such an agreement."""
    bond = find_bond(tx, uri=agreement)
    if bond is None:
        return False
    if by.id not in (bond.author.id, bond.person.id):
        raise Forbidden("this is between others")
    mark_done(tx, bond, by=by)
    return True


def _only_its_author(bond: Bond, by: Actor) -> None:
    if by.id != bond.author.id:
        raise Forbidden("only its author can agree on an offer")


def _with_who_wrote(tx: Tx, aid: Aid, post: Post, person_id: int) -> Bond:
    """Settle it with somebody who answered in private from a server that knows no agreements."""
    wrote = select(Post.id).where(
        Post.in_reply_to_id == post.id,
        Post.actor_id == person_id,
        said_in_private(),
    )
    person = tx.session.get(Actor, person_id)
    if person is None or person.id == post.actor_id or tx.connection.scalar(wrote.limit(1)) is None:
        raise NotFound("nobody like this has answered")
    return bond_of(tx, note_proposal(tx, person=person, aid=aid, offer_uri=None))


def _open_again(tx: Tx, bond: Bond, *, stood: bool) -> None:
    """With nobody else under way, an offer of ours stands open again."""
    if not stood or not bond.author.is_local or standing(tx, bond.row.aid_id):
        return
    aid = need_aid(tx, bond.row.aid_id)
    if aid.state == "under_way":
        set_state(tx, author=bond.author, post=bond.post, state="open")
