"""Lists of people: made, changed, filled and let go by the member who reads them."""

from collections.abc import Collection

from sqlalchemy import delete, select

from microfed.errors import Invalid, NotFound
from microfed.ids import id_at
from microfed.outbound.home import empty_home, fill_home
from microfed.outbound.listed import empty_list, fill_list
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.lists import ListMember, PeopleList
from microfed.store.people import Actor, Follow
from microfed.text import clean_text

REPLIES = ("followed", "list", "none")
MOST_LISTS = 50
MOST_ON_A_LIST = 500
LONGEST_TITLE = 256


def make_list(
    tx: Tx, *, owner: Actor, title: str, replies: str = "list", is_exclusive: bool = False
) -> PeopleList:
    """`owner` makes a list; nobody else knows of it."""
    known = tx.connection.scalars(select(PeopleList.id).where(PeopleList.owner_id == owner.id))
    if len(known.all()) >= MOST_LISTS:
        raise Invalid(f"at most {MOST_LISTS} lists", {"base": "too many lists"})
    made = PeopleList(id=id_at(tx.now), owner_id=owner.id, title="", is_exclusive=False)
    change_list(tx, made, title=title, replies=replies, is_exclusive=is_exclusive)
    tx.session.add(made)
    tx.flush()
    return made


def change_list(
    tx: Tx,
    found: PeopleList,
    *,
    title: str | None = None,
    replies: str | None = None,
    is_exclusive: bool | None = None,
) -> None:
    """Its owner gives a list another name or another way; None leaves what was said.

    What stands at home changes with `is_exclusive` at once, for those already on it.
    """
    if title is not None:
        words = clean_text(title).strip()
        if not words:
            raise Invalid("a list needs a name", {"title": "can't be blank"})
        if len(words) > LONGEST_TITLE:
            raise Invalid("this name is too long", {"title": "is too long"})
        found.title = words
    if replies is not None:
        if replies not in REPLIES:
            raise Invalid(f"one of {', '.join(REPLIES)}", {"replies_policy": "is not in the list"})
        found.replies = replies
    if is_exclusive is not None and is_exclusive != found.is_exclusive:
        found.is_exclusive = is_exclusive
        tx.flush()
        for actor_id in tx.connection.scalars(
            select(ListMember.actor_id).where(ListMember.list_id == found.id)
        ).all():
            _at_home(tx, found.owner_id, actor_id)
    tx.flush()


def drop_list(tx: Tx, found: PeopleList) -> None:
    """A list goes; those on it are at home again."""
    on_it = tx.connection.scalars(
        select(ListMember.actor_id).where(ListMember.list_id == found.id)
    ).all()
    owner_id, was_exclusive = found.owner_id, found.is_exclusive
    tx.session.delete(found)
    tx.flush()
    for actor_id in on_it if was_exclusive else ():
        _at_home(tx, owner_id, actor_id)


def put_on_list(tx: Tx, found: PeopleList, ids: Collection[int]) -> None:
    """People join a list, all or none: each must be followed, or asked to be."""
    rows = tx.connection.execute(
        select(Follow.target_id, Follow.accepted_at).where(
            Follow.follower_id == found.owner_id, Follow.target_id.in_(ids)
        )
    )
    followed = {target_id: accepted_at is not None for target_id, accepted_at in rows}
    if set(ids) - set(followed):
        raise NotFound("one puts on a list whom one follows")
    on_it = set(
        tx.connection.scalars(select(ListMember.actor_id).where(ListMember.list_id == found.id))
    )
    if on_it & set(ids):
        raise Invalid("they are on this list already", {"account_ids": "already used"})
    if len(on_it) + len(ids) > MOST_ON_A_LIST:
        raise Invalid(f"at most {MOST_ON_A_LIST} people", {"account_ids": "too many"})
    for actor_id in ids:
        values = {"list_id": found.id, "owner_id": found.owner_id, "actor_id": actor_id}
        insert_once(tx, ListMember, {"id": id_at(tx.now), **values})
        if followed[actor_id]:
            fill_list(tx, list_id=found.id, actor_id=actor_id)
            if found.is_exclusive:
                _at_home(tx, found.owner_id, actor_id)


def take_off_list(tx: Tx, found: PeopleList, ids: Collection[int]) -> None:
    """People leave a list."""
    for actor_id in ids:
        gone = tx.connection.execute(
            delete(ListMember).where(
                ListMember.list_id == found.id, ListMember.actor_id == actor_id
            )
        )
        if gone.rowcount:
            empty_list(tx, list_ids=[found.id], actor_id=actor_id)
            if found.is_exclusive:
                _at_home(tx, found.owner_id, actor_id)


def _at_home(tx: Tx, owner_id: int, actor_id: int) -> None:
    """Bring the home timeline in line with whether somebody is on an exclusive list."""
    empty_home(tx, owner_id=owner_id, from_id=actor_id)
    fill_home(tx, owner_id=owner_id, from_id=actor_id)
