"""Profiles: who a member is, in their own words, and what they said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import BigInteger, Select, bindparam, select

from microfed.errors import NotFound
from microfed.ids import MAX_ID
from microfed.outbound.media import emojis_shown, header_url
from microfed.queries.people import need_actor_by_id, need_local
from microfed.queries.posts import load_people
from microfed.queries.views import PersonView
from microfed.queries.visibility import Viewer, visible_to
from microfed.store.database import Tx
from microfed.store.people import INSTANCE_ACTOR, Actor, Member
from microfed.store.posts import Pin, Post


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A member's page. `note` and the values of `fields` are safe HTML."""

    person: PersonView
    uri: str
    note: str
    fields: tuple[tuple[str, str], ...]
    emojis: Mapping[str, str]  # those of both, and where each is shown
    joined_at: datetime | None
    is_indexable: bool
    moved_to_uri: str | None
    is_private: bool = False  # a group that only its members know of
    face_description: str = ""
    banner_url: str | None = None
    banner_description: str = ""


def need_profile(tx: Tx, name: str, viewer: Viewer | None = None) -> ProfileView:
    """Return the page of a member; NotFound, or Gone once they have left."""
    if name.lower() == INSTANCE_ACTOR:
        raise NotFound("nobody of that name lives here")
    return _profile(tx, need_local(tx, name, viewer=viewer))


def need_profile_of(tx: Tx, id_: int, viewer: Viewer | None = None) -> ProfileView:
    """Return what is known of anyone, from wherever they are; NotFound once they are gone."""
    actor = need_actor_by_id(tx, id_, viewer=viewer)
    if actor.suspended_at is not None:
        raise NotFound("there is no such account")
    return _profile(tx, actor)


def _profile(tx: Tx, actor: Actor) -> ProfileView:
    return ProfileView(
        person=load_people(tx, [actor.id])[actor.id],
        uri=actor.uri,
        note=actor.note,
        fields=tuple((field["name"], field["value"]) for field in actor.fields),
        emojis=emojis_shown(tx.here, actor.emojis),
        joined_at=actor.published_at,
        is_indexable=actor.is_indexable,
        moved_to_uri=actor.moved_to_uri,
        is_private=actor.is_private,
        face_description=actor.avatar_description or "",
        banner_url=header_url(tx.here, actor.id, actor.header_uri),
        banner_description=actor.header_description or "",
    )


def ids_by(
    tx: Tx,
    actor_id: int,
    viewer: Viewer | None,
    *,
    limit: int,
    before: int | None = None,
    has_boosts: bool = True,
) -> list[int]:
    """Return what someone said and passed on, newest first."""
    values = {"actor": actor_id, "before": before or MAX_ID, "limit": limit}
    return list(tx.connection.scalars(_said(viewer, has_boosts), values))


@lru_cache(16)
def _said(viewer: Viewer | None, has_boosts: bool) -> Select[int]:
    # Built once for anyone, who is most of those who look.
    query = select(Post.id).where(
        Post.actor_id == bindparam("actor", type_=BigInteger),
        Post.id < bindparam("before", type_=BigInteger),
        visible_to(viewer),
    )
    if not has_boosts:
        query = query.where(Post.boost_of_id.is_(None))
    return query.order_by(Post.id.desc()).limit(bindparam("limit", type_=BigInteger))


def pinned_ids(tx: Tx, actor_id: int, *, limit: int = 5) -> list[int]:
    """Return what someone keeps at the top of their page."""
    query = select(Pin.post_id).where(Pin.actor_id == actor_id).order_by(Pin.id.desc())
    return list(tx.connection.scalars(query.limit(limit)))


def caretakers(tx: Tx) -> list[PersonView]:
    """Return who looks after the place: admins first, then organisers, the eldest first."""
    ids = list(
        tx.connection.scalars(
            select(Member.id)
            .join(Actor, Actor.id == Member.id)
            .where(
                Member.role.in_(("admin", "organiser")),
                Member.suspended_at.is_(None),
                Actor.suspended_at.is_(None),
                Actor.gone_at.is_(None),
            )
            .order_by(Member.role, Member.id)
            .limit(20)
        )
    )
    people = load_people(tx, ids)
    return [people[id_] for id_ in ids]
