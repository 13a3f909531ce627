"""What a member wants to post, as an app says it: now, later, or once however often it asks."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select

from microfed.errors import Invalid, NotFound, Refused
from microfed.ids import id_at
from microfed.operations.once import ONCE_FOR
from microfed.operations.polls import Choice, check_choice
from microfed.operations.posts import edit_post, write_post
from microfed.operations.saying import MOST_CHARACTERS, Draft
from microfed.queries.aid import aid_of
from microfed.queries.events import event_of
from microfed.queries.people import find_by_handle
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.own import PlannedPost, SaidOnce
from microfed.store.people import Actor, Member
from microfed.store.posts import Attachment, Post
from microfed.vocab.audience import Audience

SOONEST = timedelta(minutes=5)
MOST_PLANNED = 300
_PREFERENCES = select(Member.preferences).where(Member.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Wish:
    """A post as an app asks for it. Only plain values: it can wait in the database."""

    text: str = ""
    warning: str = ""
    is_sensitive: bool = False
    language: str | None = None
    audience: str | None = None  # None: as the member usually does
    group: str = ""  # the name of the group it is said in
    in_reply_to_id: int | None = None
    quoted_id: int | None = None
    quote_policy: str | None = None
    media_ids: tuple[int, ...] | None = None
    options: tuple[str, ...] = ()
    lasts_seconds: int = 86_400
    is_multiple: bool = False
    hides_totals: bool = False
    application: str | None = None
    circle_id: int | None = None

    @property
    def poll(self) -> Choice | None:
        """The poll asked for."""
        if not self.options:
            return None
        lasts = timedelta(seconds=min(max(self.lasts_seconds, 0), 10**9))
        return Choice(self.options, lasts, self.is_multiple, self.hides_totals)


def say(tx: Tx, *, author: Actor, wish: Wish, key: str | None = None) -> Post:
    """`author` says what they wish. With the `key` of an earlier wish, that one is returned."""
    said = _said(tx, author, key, is_planned=False)
    if said is not None:
        post = tx.session.get(Post, said)
        if post is not None:
            return post
        _forget(tx, author, key)
    post = write_post(tx, author=author, draft=_draft(tx, author, wish))
    _note(tx, author, key, post.id, is_planned=False)
    return post


def correct(tx: Tx, *, author: Actor, post: Post, wish: Wish) -> Post:
    """`author` corrects a post; what the wish says nothing of stays as it is.

    Invalid for an event: its words would say another hour than the agenda does; and for an offer
    or a need, whose words would say something else than the board.
    """
    if post.kind == "event" and event_of(tx, post.id) is not None:
        raise Invalid("an event is changed on its page", {"status": "an event has a page for it"})
    if aid_of(tx, post.id) is not None:
        raise Invalid("an offer is changed on its page", {"status": "an offer has a page for it"})
    draft = replace(
        _draft(tx, author, replace(wish, in_reply_to_id=None, quoted_id=None)),
        audience=Audience(post.audience),
        is_sensitive=wish.is_sensitive,
        quote_policy=wish.quote_policy,
    )
    return edit_post(tx, author=author, post=post, draft=draft)


def plan(
    tx: Tx, *, author: Actor, wish: Wish, due_at: datetime, key: str | None = None
) -> PlannedPost:
    """`author` wants to say something later. What could not be said then is refused now."""
    said = _said(tx, author, key, is_planned=True)
    known = None if said is None else tx.session.get(PlannedPost, said)
    if known is not None:
        return known
    _check_due(tx, due_at)
    _check_plan(tx, author, wish)
    planned = PlannedPost(
        id=id_at(tx.now), actor_id=author.id, due_at=due_at, parameters=asdict(wish)
    )
    tx.session.add(planned)
    tx.flush()
    _note(tx, author, key, planned.id, is_planned=True)
    tx.tell("planned")
    return planned


def replan(tx: Tx, *, planned: PlannedPost, due_at: datetime) -> None:
    """A planned post is to be said at another time."""
    _check_due(tx, due_at)
    planned.due_at, planned.error = due_at, None
    tx.flush()
    tx.tell("planned")


def drop_plan(tx: Tx, *, planned: PlannedPost) -> None:
    """A planned post is not to be said."""
    tx.session.delete(planned)
    tx.flush()


def need_planned(tx: Tx, *, actor_id: int, id_: int) -> PlannedPost:
    """Return someone's own planned post."""
    planned = tx.session.get(PlannedPost, id_)
    if planned is None or planned.actor_id != actor_id or planned.due_at is None:
        raise NotFound("there is no such planned post")
    return planned


def say_planned(tx: Tx, id_: int) -> None:
    """Say what was planned, now that its time has come; a refusal is kept beside it."""
    planned = tx.session.get(PlannedPost, id_)
    if planned is None or planned.due_at is None or planned.due_at > tx.now:
        return
    author = tx.session.get_one(Actor, planned.actor_id)
    wish = wish_of(planned)
    tx.session.delete(planned)
    tx.flush()
    write_post(tx, author=author, draft=_draft(tx, author, wish))


def planned_failed(tx: Tx, id_: int, error: Refused) -> None:
    """A planned post could not be said: it stays, with the reason."""
    planned = tx.session.get(PlannedPost, id_)
    if planned is not None:
        planned.due_at, planned.error = None, str(error)
        tx.flush()


def due_planned(tx: Tx, most: int = 20) -> list[int]:
    """Return the planned posts whose time has come."""
    due = select(PlannedPost.id).where(PlannedPost.due_at <= tx.now).order_by(PlannedPost.due_at)
    return list(tx.connection.scalars(due.limit(most)))


def next_planned_at(tx: Tx) -> datetime | None:
    """Return when the next planned post is due."""
    waiting = select(PlannedPost.due_at).where(PlannedPost.due_at.is_not(None))
    return tx.connection.scalar(waiting.order_by(PlannedPost.due_at).limit(1))


def wish_of(planned: PlannedPost) -> Wish:
    """Return what was wished for."""
    kept: dict[str, Any] = dict(planned.parameters)
    for name in ("options", "media_ids"):
        kept[name] = None if kept.get(name) is None else tuple(kept[name])
    return Wish(**kept)


def audience_of(tx: Tx, wish: Wish, *, author_id: int) -> Audience:
    """Return for whom a wish is: as it says, or else as its author usually speaks."""
    if wish.audience is not None:
        return Audience(wish.audience)
    usual = _usual(tx, author_id).get("visibility", "")
    said = {"unlisted": "quiet", "private": "followers", "direct": "people"}
    return Audience(said.get(usual, "public"))


def _usual(tx: Tx, author_id: int) -> dict[str, Any]:
    key = ("usual", author_id)
    usual: dict[str, Any] | None = tx.memo.get(key)
    if usual is None:
        usual = tx.connection.scalar(_PREFERENCES, {"id": author_id}) or {}
        tx.memo[key] = usual
    return usual


def _draft(tx: Tx, author: Actor, wish: Wish) -> Draft:
    viewer, parent, quoted = Viewer(author.id), None, None
    if wish.in_reply_to_id is not None:
        parent = need_visible_post(tx, viewer, id_=wish.in_reply_to_id)
        if parent.boost_of_id is not None:
            parent = need_visible_post(tx, viewer, id_=parent.boost_of_id)
    if wish.quoted_id is not None:
        quoted = need_visible_post(tx, viewer, id_=wish.quoted_id)
    usual = _usual(tx, author.id)
    group = None
    if wish.group:
        group = find_by_handle(tx, wish.group, even_private=True)
        if group is None or group.kind != "Group":
            raise NotFound("there is no such group")
    return Draft(
        group=group,
        source=wish.text,
        audience=audience_of(tx, wish, author_id=author.id),
        warning=wish.warning,
        is_sensitive=wish.is_sensitive or bool(usual.get("sensitive")),
        language=wish.language or usual.get("language") or None,
        in_reply_to=parent,
        application=wish.application,
        attachments=wish.media_ids,
        poll=wish.poll,
        quote_of=quoted,
        quote_policy=wish.quote_policy or usual.get("quote_policy"),
        circles=() if wish.circle_id is None else (wish.circle_id,),
    )


def _check_due(tx: Tx, due_at: datetime) -> None:
    if due_at < tx.now + SOONEST:
        raise Invalid(
            "a planned post must be at least 5 minutes ahead",
            {"scheduled_at": "must be at least 5 minutes ahead"},
        )


def _check_plan(tx: Tx, author: Actor, wish: Wish) -> None:
    draft = _draft(tx, author, wish)
    if not (wish.text.strip() or wish.media_ids or wish.options):
        raise Invalid("a post needs words", {"status": "a post needs words"})
    if len(wish.text) > MOST_CHARACTERS:
        raise Invalid("a post is too long", {"status": "too many characters"})
    if draft.poll is not None:
        check_choice(draft.poll)
    if wish.media_ids:
        mine = select(Attachment.id).where(
            Attachment.id.in_(wish.media_ids),
            Attachment.owner_id == author.id,
            Attachment.post_id.is_(None),
        )
        if len(set(tx.connection.scalars(mine))) != len(set(wish.media_ids)):
            raise Invalid("there is no such picture", {"media_ids": "there is no such picture"})
    waiting = select(PlannedPost.id).where(PlannedPost.actor_id == author.id).limit(MOST_PLANNED)
    if len(tx.connection.scalars(waiting).all()) >= MOST_PLANNED:
        raise Invalid(f"at most {MOST_PLANNED} posts can be planned", {"scheduled_at": "too many"})


def _said(tx: Tx, author: Actor, key: str | None, *, is_planned: bool) -> int | None:
    if key is None:
        return None
    row = tx.session.get(SaidOnce, (author.id, key[:200]))
    if row is None or row.is_planned != is_planned or row.said_at < tx.now - ONCE_FOR:
        return None
    return row.post_id


def _note(tx: Tx, author: Actor, key: str | None, id_: int, *, is_planned: bool) -> None:
    if key is None:
        return
    tx.connection.execute(
        delete(SaidOnce).where(SaidOnce.actor_id == author.id, SaidOnce.said_at < tx.now - ONCE_FOR)
    )
    values = {
        "actor_id": author.id,
        "key": key[:200],
        "post_id": id_,
        "is_planned": is_planned,
        "said_at": tx.now,
    }
    insert_once(tx, SaidOnce, values)


def _forget(tx: Tx, author: Actor, key: str | None) -> None:
    tx.connection.execute(
        delete(SaidOnce).where(SaidOnce.actor_id == author.id, SaidOnce.key == (key or "")[:200])
    )
