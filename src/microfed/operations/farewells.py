"""Leaving for good: somebody who lived here deletes their account, and the world is told."""

from sqlalchemy import delete, select, update

from microfed.errors import Forbidden
from microfed.operations.event_leaving import guests_are_told, leave_events
from microfed.operations.files import let_go
from microfed.operations.group_rows import leaves_all_groups
from microfed.operations.introductions import leave_introductions
from microfed.operations.people import bury
from microfed.outbound.deliver import deliver
from microfed.outbound.groups import inboxes_of_group
from microfed.outbound.recipients import all_inboxes
from microfed.outbound.render import activity
from microfed.store.bilan import BilanEntry
from microfed.store.database import Tx
from microfed.store.directory import DirectoryEntry
from microfed.store.events import CalendarKey
from microfed.store.media import StoredFile
from microfed.store.people import INSTANCE_ACTOR, Actor, Follow, Member
from microfed.store.posts import HomeEntry, Like, Post
from microfed.store.welcome import NewcomerCard
from microfed.vocab.terms import PUBLIC


def leave_for_good(tx: Tx, *, who: Actor) -> None:
    """A neighbour leaves: every server that knows any of us hears it, nothing of them is shown.

    Their name stays taken and their key stays for the deliveries that are still on their way.
    """
    if not who.is_local or who.name_key == INSTANCE_ACTOR:
        raise Forbidden("only somebody who lives here can leave")
    if who.gone_at is not None:
        return
    # Of a private group only those hear that it is closed who know that it was there.
    to = str(who.followers_uri) if who.is_private else PUBLIC
    document = activity("Delete", id_=f"{who.uri}#delete", actor=who.uri, to=[to], object_=who.uri)
    inboxes = inboxes_of_group(tx, who.id) if who.is_private else all_inboxes(tx)
    deliver(tx, document, sender=who, inboxes=inboxes)
    bury(tx, who.uri, former_type=who.kind, actor_uri=who.uri)
    _uncount(tx, who)
    leaves_all_groups(tx, who)
    guests_are_told(tx, Post.actor_id == who.id)
    for table, column in (
        (Follow, Follow.follower_id),
        (Follow, Follow.target_id),
        (Like, Like.actor_id),
        (HomeEntry, HomeEntry.owner_id),
        (Post, Post.actor_id),
        (BilanEntry, BilanEntry.owner_id),
        (NewcomerCard, NewcomerCard.id),
        (CalendarKey, CalendarKey.id),
        (DirectoryEntry, DirectoryEntry.id),
    ):
        tx.connection.execute(delete(table).where(column == who.id))
    leave_introductions(tx, who_id=who.id)
    let_go(tx, StoredFile.actor_id == who.id)
    tx.connection.execute(
        update(Member).where(Member.id == who.id).values(suspended_at=tx.now, email=None)
    )
    who.gone_at = tx.now
    leave_events(tx, who.id)
    who.display_name, who.note, who.fields = "", "", []
    who.avatar_uri = who.header_uri = None
    who.extras = {key: kept for key, kept in (who.extras or {}).items() if key != "directory"}
    who.version += 1
    tx.flush()
    tx.tell("actor", who.id)


def _uncount(tx: Tx, who: Actor) -> None:
    """Those here who followed them, or were followed, count one less."""
    is_yes = Follow.accepted_at.is_not(None)
    followed = select(Follow.target_id).where(Follow.follower_id == who.id, is_yes)
    follows = select(Follow.follower_id).where(Follow.target_id == who.id, is_yes)
    for column, ids in ((Actor.followers_count, followed), (Actor.following_count, follows)):
        if who.is_private:  # its members were never counted as following it
            continue
        tx.connection.execute(
            update(Actor).where(Actor.id.in_(ids), Actor.host == "").values({column: column - 1})
        )
