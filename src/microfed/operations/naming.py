"""Who a post names and which hashtags it carries, whether it is from here or elsewhere."""

from collections.abc import Collection, Iterable

from sqlalchemy import bindparam, delete, select, update

from microfed.ids import id_at
from microfed.store.database import Tx
from microfed.store.insert import insert_all
from microfed.store.people import Actor
from microfed.store.posts import Mention, PostTag, Tag
from microfed.text import tag_key

MOST_TAGS = 50
_TAG_IDS = select(Tag.id).where(Tag.name.in_(bindparam("names", expanding=True)))


def name_people(
    tx: Tx,
    post_id: int,
    *,
    loud: Iterable[Actor],
    silent: Iterable[Actor],
    hidden: Iterable[Actor] = (),
) -> None:
    """Note who is named in a post, who is only addressed by it, and who is so in secret."""
    rows = {actor.id: (False, False) for actor in loud}
    for actor in silent:
        rows.setdefault(actor.id, (True, False))
    for actor in hidden:
        rows.setdefault(actor.id, (True, True))
    insert_all(
        tx,
        Mention,
        [
            {
                "post_id": post_id,
                "actor_id": actor_id,
                "is_silent": is_silent,
                "is_hidden": is_hidden,
            }
            for actor_id, (is_silent, is_hidden) in rows.items()
        ],
    )


def unname(tx: Tx, post_id: int, *, keep: Collection[int], may_read_on: bool) -> None:
    """Corrected words name nobody yet but whom they answer (`keep`).

    `may_read_on`: who was named reads it all the same from now on, as one who is addressed; a
    correction takes from nobody what was said to them.
    """
    rows = Mention.post_id == post_id, ~Mention.is_silent, Mention.actor_id.not_in(keep)
    if may_read_on:
        tx.connection.execute(update(Mention).where(*rows).values(is_silent=True))
    else:
        tx.connection.execute(delete(Mention).where(*rows))


def name_again(tx: Tx, post_id: int, *, loud: Collection[int]) -> None:
    """Those who were addressed only are named in the corrected words."""
    tx.connection.execute(
        update(Mention)
        .where(Mention.post_id == post_id, Mention.is_silent, Mention.actor_id.in_(loud))
        .values(is_silent=False, is_hidden=False)
    )


def tag_post(tx: Tx, post_id: int, names: Iterable[str]) -> None:
    """Note the hashtags of a post; a tag seen first keeps its spelling for all."""
    shown: dict[str, str] = {}
    for name in names:
        key = tag_key(name)
        if key and len(shown) < MOST_TAGS:
            shown.setdefault(key, name.lstrip("#"))
    if not shown:
        return
    ids = tx.connection.scalars(_TAG_IDS, {"names": list(shown)}).all()
    if len(ids) < len(shown):
        fresh = [{"id": id_at(tx.now), "name": key, "display": shown[key]} for key in shown]
        insert_all(tx, Tag, fresh)
        ids = tx.connection.scalars(_TAG_IDS, {"names": list(shown)}).all()
    insert_all(tx, PostTag, [{"tag_id": tag_id, "post_id": post_id} for tag_id in ids])
