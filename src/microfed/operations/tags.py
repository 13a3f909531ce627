"""Hashtags a member follows, or shows on their profile."""

from sqlalchemy import delete, select

from microfed.errors import Invalid, NotFound
from microfed.ids import id_at
from microfed.outbound.deliver import deliver
from microfed.outbound.recipients import inboxes_of_followers
from microfed.outbound.render import activity
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.own import FeaturedTag, FollowedTag
from microfed.store.people import Actor
from microfed.store.posts import Tag
from microfed.text import find_tags, tag_key

MOST_FOLLOWED = 100
MOST_FEATURED = 10


def need_tag(tx: Tx, name: str) -> Tag:
    """Return a hashtag by its name, known from now on if it was not; Invalid for no name."""
    bare = name.strip().removeprefix("#")
    if find_tags(f"#{bare}") != [bare]:
        raise Invalid("this cannot be a hashtag", {"name": "is invalid"})
    insert_once(tx, Tag, {"id": id_at(tx.now), "name": tag_key(bare), "display": bare})
    return tx.session.scalars(select(Tag).where(Tag.name == tag_key(bare))).one()


def follow_tag(tx: Tx, *, owner: Actor, tag: Tag) -> None:
    """`owner` sees public posts with a hashtag at home from now on. Twice is harmless."""
    known = select(FollowedTag.tag_id).where(FollowedTag.owner_id == owner.id)
    if len(tx.connection.scalars(known).all()) >= MOST_FOLLOWED:
        raise Invalid(f"at most {MOST_FOLLOWED} hashtags", {"base": "too many hashtags"})
    insert_once(tx, FollowedTag, {"id": id_at(tx.now), "owner_id": owner.id, "tag_id": tag.id})


def unfollow_tag(tx: Tx, *, owner: Actor, tag: Tag) -> None:
    """`owner` follows a hashtag no more; what stands at home already stays."""
    tx.connection.execute(
        delete(FollowedTag).where(FollowedTag.owner_id == owner.id, FollowedTag.tag_id == tag.id)
    )


def feature_tag(tx: Tx, *, actor: Actor, tag: Tag) -> FeaturedTag:
    """`actor` shows a hashtag on their profile; those who follow them elsewhere are told."""
    known = tx.session.scalars(select(FeaturedTag).where(FeaturedTag.actor_id == actor.id)).all()
    found = next((one for one in known if one.tag_id == tag.id), None)
    if found is not None:
        return found
    if len(known) >= MOST_FEATURED:
        raise Invalid(
            f"at most {MOST_FEATURED} hashtags on a profile", {"base": "too many hashtags"}
        )
    made = FeaturedTag(id=id_at(tx.now), actor_id=actor.id, tag_id=tag.id)
    tx.session.add(made)
    tx.flush()
    _tell(tx, "Add", actor, tag, made.id)
    return made


def unfeature_tag(tx: Tx, *, actor: Actor, id_: int) -> None:
    """`actor` shows a hashtag no more."""
    found = tx.session.scalar(
        select(FeaturedTag).where(FeaturedTag.id == id_, FeaturedTag.actor_id == actor.id)
    )
    if found is None:
        raise NotFound("this hashtag is not on your profile")
    _tell(tx, "Remove", actor, tx.session.get_one(Tag, found.tag_id), found.id)
    tx.session.delete(found)
    tx.flush()


def find_featured(tx: Tx, *, actor: Actor, tag: Tag) -> int | None:
    """Return the id under which a profile shows a hashtag."""
    return tx.connection.scalar(
        select(FeaturedTag.id).where(FeaturedTag.actor_id == actor.id, FeaturedTag.tag_id == tag.id)
    )


def _tell(tx: Tx, kind: str, actor: Actor, tag: Tag, id_: int) -> None:
    """An Add or Remove of a Hashtag, as Mastodon sends it (interop.md §3.12)."""
    document = activity(
        kind,
        id_=f"{actor.uri}/tags/{id_}/{kind.lower()}",
        actor=actor.uri,
        to=[f"{actor.uri}/followers"],
        object_={"type": "Hashtag", "href": tx.here.tag(tag.name), "name": f"#{tag.display}"},
        target=f"{actor.uri}/collections/tags",
    )
    deliver(tx, document, sender=actor, inboxes=inboxes_of_followers(tx, actor.id))
    tx.tell("actor", actor.id)
